// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A calibration source without some of its samples.
 *
 * @param source the whole
 * @param left names of the samples that are not passed on
 */
record WithoutSamples(CalibrationSource source, Set<String> left) implements CalibrationSource {
    WithoutSamples {
        left = Set.copyOf(left);
    }

    @Override
    public String description() {
        return source.description();
    }

    @Override
    public boolean synthetic() {
        return source.synthetic();
    }

    @Override
    public int count() {
        return source.count() - left.size();
    }

    @Override
    public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
        int most = limit > Integer.MAX_VALUE - left.size() ? limit : limit + left.size();
        source.forEach(
                most,
                sample -> {
                    if (!left.contains(sample.name())) {
                        samples.accept(sample);
                    }
                },
                skipped);
    }
}
