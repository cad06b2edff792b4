// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import java.util.List;

/**
 * A change that was tried to bring the outputs of the int8 graph closer to those of the float graph.
 *
 * @param name of the method: {@code equalize-channels}
 * @param what was changed, in one line
 * @param nodes that it concerned, by their names in the graph
 * @param gainDb change of the mean signal to quantization noise ratio over the outputs, measured on calibration samples
 * @param kept false where the gain was too small, or an output or the held-out samples lost; the change was taken back
 */
public record AccuracyStep(String name, String what, List<String> nodes, double gainDb, boolean kept) {
    public AccuracyStep {
        nodes = List.copyOf(nodes);
    }

    AccuracyStep asKept() {
        return new AccuracyStep(name, what, nodes, gainDb, true);
    }
}
