// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What one layer's codes do to the outputs, measured on calibration samples.
 *
 * @param node name in the graph
 * @param excluded the node, and the Relu or Clip that is part of it: what {@code --exclude} has to name
 * @param aloneDb mean signal to noise ratio of the outputs where only this layer has codes
 * @param gainDb what the outputs of the int8 graph gain where only this layer stays float
 * @param floatThere the int8 graph with this layer float, for the layers with the largest gains
 */
public record LayerSensitivity(
        String node,
        String operator,
        List<String> excluded,
        double aloneDb,
        double gainDb,
        Optional<ModelGraph> floatThere) {
    public LayerSensitivity {
        Objects.requireNonNull(node);
        excluded = List.copyOf(excluded);
        Objects.requireNonNull(floatThere);
    }
}
