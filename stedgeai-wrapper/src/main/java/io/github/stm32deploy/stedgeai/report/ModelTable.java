// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;
import java.util.Optional;

/**
 * The table of layers of the imported model, before the compiler. Its MACC is the only one that is right in the NPU flow of
 * 2.x; its weights are those of the model file, not the deployed ones.
 *
 * @param macc of the model as imported
 * @param weightsBytes parameters as the model file holds them
 * @param generatedMacc what the generated C computes; CPU flow only
 * @param generatedWeightsBytes deployed weights; CPU flow only
 * @param activationsBytes CPU flow only
 */
public record ModelTable(
        String name,
        List<Layer> layers,
        Figure macc,
        Figure weightsBytes,
        Optional<Figure> generatedMacc,
        Optional<Figure> generatedWeightsBytes,
        Optional<Figure> activationsBytes) {
    public ModelTable {
        layers = List.copyOf(layers);
    }

    /**
     * @param number m_id of the row that begins the layer
     * @param name as the tool shortens it ({@code _conv1_prelu_PRelu.._quantized})
     * @param operator in the words of the file's format ({@code CONV_2D}, {@code Conv}); "" for inputs and constants
     * @param shape {@code b:1,h:64,w:64,c:16}; "" where the row has none
     * @param macc absent where the row has none
     */
    public record Layer(
            int number,
            String name,
            String operator,
            String shape,
            Optional<Figure> parameters,
            Optional<Figure> parameterBytes,
            Optional<Figure> macc) {}
}
