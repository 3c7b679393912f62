# Prints '>', then sends back what the console receives; 'q' ends the machine with code 0, '7' with code 7.
        .globl  _start
_start: csrr    a0, mhartid
        bnez    a0, park
        li      s0, 0x10000000          # ns16550
        li      s1, 0x100000            # finisher
        li      t1, '>'
        sb      t1, 0(s0)
loop:   lbu     t0, 5(s0)
        andi    t0, t0, 1               # a byte waits
        beqz    t0, loop
        lbu     t1, 0(s0)
        sb      t1, 0(s0)
        li      t2, 'q'
        li      t3, 0x5555              # pass
        beq     t1, t2, finish
        li      t2, '7'
        li      t3, 0x73333             # fail, code 7
        bne     t1, t2, loop
finish: sw      t3, 0(s1)
park:   wfi
        j       park
