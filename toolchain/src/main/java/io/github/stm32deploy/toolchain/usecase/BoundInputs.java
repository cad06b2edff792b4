// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.util.Map;
import java.util.stream.Collectors;

/** The graph of a model file with the input shapes that the user says ({@code --input NAME=1x3x128x128}). */
final class BoundInputs {
    private BoundInputs() {}

    /**
     * @param asked by input name
     * @return shapes inferred; an open first dimension is 1, as a target runs it
     * @throws DiagnosedException of kind USAGE where a name is no input, or the shape contradicts what the file states
     */
    static ModelGraph bind(ModelFile model, Map<String, Shape> asked) {
        ModelGraph graph = model.graph();
        asked.forEach((name, shape) -> check(model, name, shape));
        ModelGraph bound = ShapeInference.infer(graph, asked);
        return ShapeInference.withBatchOfOne(bound);
    }

    private static void check(ModelFile model, String name, Shape shape) {
        GraphValue input = model.graph().inputs().stream()
                .filter(value -> value.name().equals(name))
                .findFirst()
                .orElseThrow(() -> usage(
                        model,
                        "no input of that name",
                        "inputs are "
                                + model.graph().inputs().stream()
                                        .map(value -> value.name() + " "
                                                + value.type().shape())
                                        .collect(Collectors.joining(", ")),
                        name));
        Shape stated = input.type().shape();
        boolean fits = stated.rank() == shape.rank();
        for (int axis = 0; fits && axis < shape.rank(); axis++) {
            fits = stated.size(axis) < 0 || stated.size(axis) == shape.size(axis);
        }
        if (!fits) {
            throw usage(model, "another shape than the file states", "the file states " + stated, name + "=" + shape);
        }
    }

    private static DiagnosedException usage(ModelFile model, String happened, String rule, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("CHECK-INPUT-SHAPE", Stage.CHECK, "--input names " + happened)
                        .where(model.file().toString())
                        .observed(observed)
                        .rule(rule)
                        .effect("nothing was checked")
                        .fix(
                                "only dimensions that the file leaves open can be set; others are changed by exporting again")
                        .build());
    }
}
