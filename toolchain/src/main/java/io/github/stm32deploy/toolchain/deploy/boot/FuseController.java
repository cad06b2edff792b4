// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Recognises code that may program one-time fuses of the STM32N6. ST's examples set two bits of OTP word 124 on boards
 * where they are not set (functions named below; repositories as in {@link BootImage}, STM32CubeN6, commit 2b220898, and
 * NPU_Validation): that cannot be undone, and on a board with another supply it can do damage.
 */
public final class FuseController {
    /** Functions of ST that program fuses, or exist to. */
    private static final List<String> FUNCTIONS =
            List.of("HAL_BSEC_OTP_Program", "Fuse_Programming", "fuse_vddio", "OTP_Config");

    /** BSEC in the secure and in the non-secure alias (stm32n657xx.h). */
    private static final List<Integer> BASES = List.of(0x5600_9000, 0x4600_9000);

    /** Word that holds what is to be programmed. */
    private static final int WRITE_DATA = 0xC08;

    /**
     * First-stage boot loaders of ST that have been looked at: the disassembly reads OTP word 124 and holds no store to
     * the register for data to be programmed.
     */
    private static final Set<String> READERS = Set.of(
            "a87b06caa17b16456953fb2341a9af1db0fc3e965adfe54d5d520a9f7ef59b97", // ObjectDetection, d306ecb
            "8be1f5c70858aaab5960add49f24c9dce11301996d0b13e60d5ab1732761c5c2"); // FaceDetection, 45faf18

    /** What machine code does with the controller, as far as its bytes tell. */
    public enum Access {
        /** Its address is not among the constants. */
        NONE,
        /** Its address is; whether it reads or programs is not known. */
        UNKNOWN,
        /** Known to read only. */
        READS,
        /** There is a store to the register for data to be programmed. */
        PROGRAMS
    }

    private FuseController() {}

    /** The first of the functions that is called or defined in a C source; comments do not count. */
    public static Optional<String> calledIn(String source) {
        String code = source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*", "");
        return FUNCTIONS.stream()
                .filter(name -> code.matches("(?s).*\\b" + name + "\\s*\\(.*"))
                .findFirst();
    }

    /** The first of the functions that is among the names of a program. */
    public static Optional<String> namedIn(Set<String> symbols) {
        return FUNCTIONS.stream().filter(symbols::contains).findFirst();
    }

    /**
     * What bytes of machine code tell. Constants that are put together by two instructions are not seen.
     *
     * @param sha256 of the image, hexadecimal
     */
    public static Access accessOf(byte[] code, String sha256) {
        if (READERS.contains(sha256.toLowerCase(Locale.ROOT))) {
            return Access.READS;
        }
        boolean known = false;
        for (int i = 0; i + 4 <= code.length; i += 2) {
            known = known || BASES.contains(word(code, i));
        }
        if (!known) {
            return Access.NONE;
        }
        for (int i = 0; i + 4 <= code.length; i += 2) {
            // STR.W Rt, [Rn, #0xC08], encoding T3: 0xF8Cn, 0xtC08
            if ((half(code, i) & 0xFFF0) == 0xF8C0 && (half(code, i + 2) & 0x0FFF) == WRITE_DATA) {
                return Access.PROGRAMS;
            }
        }
        return Access.UNKNOWN;
    }

    private static int half(byte[] code, int at) {
        return code[at] & 0xFF | (code[at + 1] & 0xFF) << 8;
    }

    private static int word(byte[] code, int at) {
        return half(code, at) | half(code, at + 2) << 16;
    }
}
