// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

/**
 * Values of the floats of 8 and 4 bits (ONNX documentation, "Float stored in 8 bits" and "Float stored in 4 bits"; Micikevicius
 * et al., arXiv:2209.05433; OCP Microscaling Formats 1.0 for E8M0 and E2M1).
 */
final class SmallFloat {
    private SmallFloat() {}

    static float decode(ElementType element, int code) {
        return switch (element) {
            case FLOAT8E4M3FN -> (code & 0x7F) == 0x7F ? Float.NaN : value(code, 8, 3, 7);
            case FLOAT8E4M3FNUZ -> code == 0x80 ? Float.NaN : value(code, 8, 3, 8);
            case FLOAT8E5M2 -> fiveBits(code);
            case FLOAT8E5M2FNUZ -> code == 0x80 ? Float.NaN : value(code, 8, 2, 16);
            case FLOAT8E8M0 -> code == 0xFF ? Float.NaN : (float) Math.scalb(1.0, code - 127);
            case FLOAT4E2M1 -> value(code, 4, 1, 1);
            default -> throw new IllegalArgumentException(element + " is no small float");
        };
    }

    /** The one 8-bit float that has infinities, as IEEE 754 arranges them. */
    private static float fiveBits(int code) {
        if ((code & 0x7C) != 0x7C) {
            return value(code, 8, 2, 15);
        }
        if ((code & 3) != 0) {
            return Float.NaN;
        }
        return code >= 0x80 ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
    }

    private static float value(int code, int bits, int mantissaBits, int bias) {
        int mantissa = code & ((1 << mantissaBits) - 1);
        int exponent = code >> mantissaBits & ((1 << (bits - 1 - mantissaBits)) - 1);
        boolean negative = code >> (bits - 1) != 0;
        double magnitude = exponent == 0
                ? Math.scalb(mantissa, 1 - bias - mantissaBits)
                : Math.scalb(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        return (float) (negative ? -magnitude : magnitude);
    }
}
