# The room: the first instructions of every hart, and the way into and out of a trap.
# All harts start here in M mode, with a0 = hart id and a1 = device tree. tp holds the hart id from then on, always.

.equ stack_bytes, 16384
.equ max_harts, 64

.section .text.start, "ax"
.globl _start
_start:
        li      t0, max_harts
        bgeu    a0, t0, park
        mv      tp, a0
.option push
.option norelax
        la      gp, __global_pointer$
.option pop
        la      t0, machine_trap_entry
        csrw    mtvec, t0
        li      t0, 1 << 13             # mstatus.FS = Initial
        csrs    mstatus, t0
        fscsr   zero
        la      sp, stacks
        addi    t0, a0, 1
        li      t1, stack_bytes
        mul     t0, t0, t1
        add     sp, sp, t0
        csrwi   mie, 1 << 3             # an IPI ends a WFI; MIE is off, so it does not trap
        bnez    a0, wait_for_hart_0

        la      t0, bss_start
        la      t1, bss_end
1:      sd      zero, 0(t0)
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        mv      a0, a1
        call    start_first_hart

wait_for_hart_0:                        # bss is not cleared before the gate opens
        la      t0, boot_gate
1:      lw      t1, 0(t0)
        fence   rw, rw
        bnez    t1, 2f
        wfi
        j       1b
2:      call    start_other_hart

park:   csrw    mie, zero
        wfi
        j       park

# The interrupted code's caller-saved integer registers go on its own stack: handlers use no floating point. A trap
# out of S mode relies on the stack being mapped to where it is.
.macro trap_entry name, cause, epc, value, return
.balign 4
.globl \name
\name:
        addi    sp, sp, -128
        sd      ra, 0(sp)
        sd      t0, 8(sp)
        sd      t1, 16(sp)
        sd      t2, 24(sp)
        sd      t3, 32(sp)
        sd      t4, 40(sp)
        sd      t5, 48(sp)
        sd      t6, 56(sp)
        sd      a0, 64(sp)
        sd      a1, 72(sp)
        sd      a2, 80(sp)
        sd      a3, 88(sp)
        sd      a4, 96(sp)
        sd      a5, 104(sp)
        sd      a6, 112(sp)
        sd      a7, 120(sp)
        csrr    a0, \cause
        csrr    a1, \epc
        csrr    a2, \value
        call    dispatch_trap
        csrw    \epc, a0
        ld      ra, 0(sp)
        ld      t0, 8(sp)
        ld      t1, 16(sp)
        ld      t2, 24(sp)
        ld      t3, 32(sp)
        ld      t4, 40(sp)
        ld      t5, 48(sp)
        ld      t6, 56(sp)
        ld      a0, 64(sp)
        ld      a1, 72(sp)
        ld      a2, 80(sp)
        ld      a3, 88(sp)
        ld      a4, 96(sp)
        ld      a5, 104(sp)
        ld      a6, 112(sp)
        ld      a7, 120(sp)
        addi    sp, sp, 128
        \return
.endm

.section .text, "ax"
trap_entry machine_trap_entry, mcause, mepc, mtval, mret
trap_entry supervisor_trap_entry, scause, sepc, stval, sret

# void enter_supervisor(void (*body)(void*), void* argument): calls body in S mode and comes back in M mode, by the
# ecall that run_in_supervisor's handler answers.
.globl enter_supervisor
enter_supervisor:
        addi    sp, sp, -16
        sd      ra, 0(sp)
        mv      t0, a0
        mv      a0, a1
        li      t1, 3 << 11             # mstatus.MPP = S
        csrc    mstatus, t1
        li      t1, 1 << 11
        csrs    mstatus, t1
        la      t1, 1f
        csrw    mepc, t1
        mret
1:      jalr    t0
        ecall
        ld      ra, 0(sp)
        addi    sp, sp, 16
        ret

.section .stacks, "aw", @nobits
.balign 16
stacks: .skip   stack_bytes * max_harts
