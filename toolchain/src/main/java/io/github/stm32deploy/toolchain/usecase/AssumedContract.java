// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How pictures become the input of a model of which nothing says so: the usual way, and the assumption is a finding. Good
 * enough that ranges have the right order; the results on real pictures may still be those of another model.
 */
record AssumedContract(InputContract contract, String evidence) {
    /** A network that brings pixels to about -1..1 by itself reads them as they are. */
    private static final double NORMALIZED = 8;

    private static final Set<String> PASSING =
            Set.of("Transpose", "Cast", "Identity", "QuantizeLinear", "DequantizeLinear");

    /** Empty where the model does not take one picture. */
    static Optional<AssumedContract> of(ModelGraph graph) {
        if (graph.inputs().size() != 1) {
            return Optional.empty();
        }
        return ImageInput.of(graph.inputs().get(0).type(), Optional.empty()).map(image -> {
            boolean raw = !image.element().isFloatingPoint() || normalizes(graph);
            InputContract.Colour colour = image.channels() == 1 ? InputContract.Colour.GRAY : InputContract.Colour.RGB;
            float divisor = raw ? 1 : 255;
            InputContract contract = new InputContract(
                    image.layout(),
                    colour,
                    image.width(),
                    image.height(),
                    Collections.nCopies(colour.channels(), 0f),
                    Collections.nCopies(colour.channels(), divisor),
                    InputContract.ResizeMode.STRETCH,
                    0);
            String range = raw ? "pixels as they are, 0..255" : "pixels divided by 255, 0..1";
            return new AssumedContract(contract, colour + ", " + range + ", stretched to the input");
        });
    }

    /** True where the first arithmetic on the input takes 0..255 to small numbers. */
    private static boolean normalizes(ModelGraph graph) {
        String tensor = graph.inputs().get(0).name();
        double low = 0;
        double high = 255;
        while (graph.consumers(tensor).size() == 1) {
            Node node = graph.consumers(tensor).get(0);
            if (!PASSING.contains(node.operator())) {
                int other = node.input(0).equals(tensor) ? 1 : 0;
                Optional<TensorData> operand = graph.constant(node.input(other));
                if (operand.isEmpty()
                        || operand.get().elements() > 3
                        || operand.get().elements() == 0) {
                    break;
                }
                double value = operand.get().floatAt(0);
                List<Double> moved = applied(node.operator(), low, high, value);
                if (moved.isEmpty()) {
                    break;
                }
                low = moved.get(0);
                high = moved.get(1);
            }
            tensor = node.output(0);
        }
        return Math.abs(high - low) < NORMALIZED && Math.abs(high - low) > 0;
    }

    private static List<Double> applied(String operator, double low, double high, double value) {
        return switch (operator) {
            case "Mul" -> List.of(low * value, high * value);
            case "Div" -> List.of(low / value, high / value);
            case "Add" -> List.of(low + value, high + value);
            case "Sub" -> List.of(low - value, high - value);
            default -> List.of();
        };
    }

    Diagnosis finding(String file) {
        return Diagnosis.of(
                        Severity.WRONG,
                        "QUANT-CONTRACT-ASSUMED",
                        Stage.QUANTIZE,
                        "nothing says how a picture becomes the model's input; the usual way is taken")
                .where(file)
                .observed(evidence)
                .rule("ranges are those of real inputs: colour order, mean and scale of the training")
                .effect("where the model was trained otherwise, its int8 form loses accuracy on real pictures")
                .fix("write a recipe with an input section (docs/guide/recipes.md) and quantize that")
                .build();
    }
}
