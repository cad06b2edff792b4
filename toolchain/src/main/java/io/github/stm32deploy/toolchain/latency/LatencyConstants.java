// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import java.util.EnumMap;
import java.util.Map;

/** A value for every constant of the latency model. */
public final class LatencyConstants {
    private final double[] values;

    private LatencyConstants(double[] values) {
        this.values = values;
    }

    /**
     * @throws IllegalArgumentException where one is missing or outside of its physical range
     */
    public static LatencyConstants of(Map<LatencyConstant, Double> values) {
        double[] all = new double[LatencyConstant.values().length];
        for (LatencyConstant constant : LatencyConstant.values()) {
            Double value = values.get(constant);
            if (value == null || !(value >= constant.low() && value <= constant.high())) {
                throw new IllegalArgumentException(constant + " = " + value + ", not between " + constant.low()
                        + " and " + constant.high() + " " + constant.unit());
            }
            all[constant.ordinal()] = value;
        }
        return new LatencyConstants(all);
    }

    public double get(LatencyConstant constant) {
        return values[constant.ordinal()];
    }

    /** The same with another value of one constant. */
    public LatencyConstants with(LatencyConstant constant, double value) {
        double[] changed = values.clone();
        changed[constant.ordinal()] = Math.min(constant.high(), Math.max(constant.low(), value));
        return new LatencyConstants(changed);
    }

    public Map<LatencyConstant, Double> values() {
        Map<LatencyConstant, Double> map = new EnumMap<>(LatencyConstant.class);
        for (LatencyConstant constant : LatencyConstant.values()) {
            map.put(constant, values[constant.ordinal()]);
        }
        return map;
    }
}
