# The room: entry from reset, into a random program, and back out of it through a trap.
# Frame (see harness.cpp): 0 x[32], 256 f[32], 512 fcsr, 520 the handler's stack.

        .section .text.entry
        .globl  _start
_start: csrr    t0, mhartid
        bnez    t0, park
        la      sp, stack_top
        tail    harness_main
park:   csrw    mie, zero               # QEMU runs with a second hart (see qemu.cpp)
1:      wfi
        j       1b

        .balign 8
        .globl  physical_anchor
physical_anchor:
        .dword  physical_anchor

# void enter_program(Frame*): loads all registers from the frame and goes to mepc in mstatus.MPP. Returns when a trap
# handler has found the program at its end; the frame of that handler then holds its registers.
        .globl  enter_program
enter_program:
        addi    sp, sp, -112
        sd      ra, 0(sp)
        sd      s0, 8(sp)
        sd      s1, 16(sp)
        sd      s2, 24(sp)
        sd      s3, 32(sp)
        sd      s4, 40(sp)
        sd      s5, 48(sp)
        sd      s6, 56(sp)
        sd      s7, 64(sp)
        sd      s8, 72(sp)
        sd      s9, 80(sp)
        sd      s10, 88(sp)
        sd      s11, 96(sp)
        la      t0, saved_sp
        sd      sp, 0(t0)
        sc.d    t1, t1, (t0)            # no reservation is left from earlier: this fails
        mv      t6, a0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        fld     f\n, 256+8*\n(t6)
        .endr
        ld      t0, 512(t6)
        fscsr   t0
        li      t0, 0x6000              # FS off; the program's own FS is in mstatus_to_set
        csrc    mstatus, t0
        la      t0, mstatus_to_set
        ld      t0, 0(t0)
        csrs    mstatus, t0
restore_m:
        .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        ld      x\n, 8*\n(t6)
        .endr
        ld      t6, 248(t6)
        mret

        .macro  handler name, scratch, handle, leave, resume
        .balign 4
        .globl  \name
\name:  csrrw   t6, \scratch, t6
        .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        sd      x\n, 8*\n(t6)
        .endr
        csrrw   t0, \scratch, t6
        sd      t0, 248(t6)
        ld      sp, 520(t6)
        mv      a0, t6
        mv      s1, t6
        call    \handle
        mv      t6, s1
        bnez    a0, \leave
        .endm

        handler trap_m, mscratch, handle_trap_m, leave_program
        j       restore_m

        handler trap_s, sscratch, handle_trap_s, leave_s
        .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        ld      x\n, 8*\n(t6)
        .endr
        ld      t6, 248(t6)
        sret
        .globl  leave_s
leave_s:ecall                           # M-mode knows this one by its address

leave_program:
        li      t0, 0x6000
        csrs    mstatus, t0
        la      t6, final_floats
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        fsd     f\n, 8*\n(t6)
        .endr
        frcsr   t0
        sd      t0, 256(t6)
        la      t0, saved_sp
        ld      sp, 0(t0)
        ld      ra, 0(sp)
        ld      s0, 8(sp)
        ld      s1, 16(sp)
        ld      s2, 24(sp)
        ld      s3, 32(sp)
        ld      s4, 40(sp)
        ld      s5, 48(sp)
        ld      s6, 56(sp)
        ld      s7, 64(sp)
        ld      s8, 72(sp)
        ld      s9, 80(sp)
        ld      s10, 88(sp)
        ld      s11, 96(sp)
        addi    sp, sp, 112
        ret

        .bss
        .balign 16
        .globl  saved_sp, mstatus_to_set, final_floats
saved_sp:       .space 8
mstatus_to_set: .space 8
final_floats:   .space 264
        .balign 16
        .space  8192
        .globl  stack_top, stack_m, stack_s
stack_top:
        .space  4096
stack_m:
        .space  4096
stack_s:
