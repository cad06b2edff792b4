// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.math.BigInteger;

/** Units = ticks * numerator / denominator; both are 1 to 2^32-1. */
public record TickScale(long numerator, long denominator) {

    public TickScale {
        if (numerator < 1 || denominator < 1 || numerator > 0xFFFFFFFFL || denominator > 0xFFFFFFFFL) {
            throw new IllegalArgumentException("ticks scale by " + numerator + "/" + denominator);
        }
    }

    /** Ticks in units, rounded half up; exact for any number of ticks. */
    public long units(long ticks) {
        BigInteger product = BigInteger.valueOf(ticks).multiply(BigInteger.valueOf(numerator));
        BigInteger half = BigInteger.valueOf(denominator).shiftRight(1);
        return product.add(half).divide(BigInteger.valueOf(denominator)).longValueExact();
    }
}
