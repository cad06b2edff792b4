/* SPDX-License-Identifier: Apache-2.0 */
/* The weights image as it is, without a detour over C literals. CMake puts weights.bin into the build folder, where
 * compilers run, so no path stands here: it could hold blanks or letters that an assembler takes amiss. */

#if defined(__APPLE__)
__asm__(".section __TEXT,__const\n"
        ".globl _n6_weights\n"
        ".globl _n6_weights_end\n"
        ".balign 64\n"
        "_n6_weights:\n"
        ".incbin \"weights.bin\"\n"
        "_n6_weights_end:\n"
        ".byte 0\n"
        ".text\n");
#else
__asm__(".section .n6_weights,\"a\",%progbits\n"
        ".globl n6_weights\n"
        ".globl n6_weights_end\n"
        ".balign 64\n"
        "n6_weights:\n"
        ".incbin \"weights.bin\"\n"
        "n6_weights_end:\n"
        ".byte 0\n"
        ".text\n");
#endif

/* ISO C wants a declaration in every file. */
typedef int n6_weights_in_assembly_t;
