// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives inputs whose size a file leaves open the size that the user states: {@code --input NAME=1x3x128x128}. */
public final class InputBinding {
    private static final int MAX_RANK = 16;

    private InputBinding() {}

    /**
     * The graph with the inputs bound and all shapes inferred again.
     *
     * @param statements {@code NAME=SIZExSIZE…} each; the name may be left out where the graph has one input
     *     ({@code 1x3x128x128}); a name may contain {@code =}, the last one counts
     * @throws DiagnosedException of kind USAGE: READ-INPUT-SYNTAX, READ-INPUT-UNKNOWN, READ-INPUT-MISMATCH (another rank than
     *     the file's, or another size than one that the file fixes)
     */
    public static ModelGraph bind(ModelGraph graph, List<String> statements) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String statement : statements) {
            int equals = statement.lastIndexOf('=');
            GraphValue input = input(graph, equals < 0 ? null : statement.substring(0, equals), statement);
            Shape shape = shape(statement.substring(equals + 1), statement, input);
            requireFit(input, shape);
            shapes.put(input.name(), shape);
        }
        return ShapeInference.infer(graph, shapes);
    }

    private static GraphValue input(ModelGraph graph, String name, String statement) {
        if (name == null && graph.inputs().size() == 1) {
            return graph.inputs().get(0);
        }
        for (GraphValue input : graph.inputs()) {
            if (input.name().equals(name)) {
                return input;
            }
        }
        List<String> names = graph.inputs().stream()
                .map(input -> "\"" + input.name() + "\" (" + input.type().shape() + ")")
                .toList();
        throw usage(Diagnosis.error("READ-INPUT-UNKNOWN", Stage.READ, "the model has no such input")
                .where("--input " + statement)
                .observed(name == null ? "no name before the sizes" : "no input \"" + name + "\"")
                .rule("the name is that of an input of the model; a model with one input needs no name")
                .effect("nothing is checked")
                .fix("the inputs are " + String.join(", ", names))
                .build());
    }

    private static Shape shape(String text, String statement, GraphValue input) {
        String[] parts = text.strip().split("[x,]", -1);
        long[] sizes = new long[parts.length];
        try {
            for (int axis = 0; axis < sizes.length; axis++) {
                sizes[axis] = Integer.parseInt(parts[axis].strip());
                if (sizes[axis] <= 0) {
                    throw new NumberFormatException();
                }
            }
        } catch (NumberFormatException notASize) {
            throw syntax(statement, input);
        }
        if (sizes.length > MAX_RANK) {
            throw syntax(statement, input);
        }
        return Shape.of(sizes);
    }

    private static DiagnosedException syntax(String statement, GraphValue input) {
        return usage(Diagnosis.error("READ-INPUT-SYNTAX", Stage.READ, "the sizes of an input cannot be read")
                .where("--input " + statement)
                .observed("\"" + statement.substring(statement.lastIndexOf('=') + 1) + "\"")
                .rule("sizes are positive whole numbers joined by x, one for each dimension")
                .effect("nothing is checked")
                .fix("write them like --input " + input.name() + "=1x3x128x128; the file says "
                        + input.type().shape())
                .build());
    }

    private static void requireFit(GraphValue input, Shape shape) {
        Shape stated = input.type().shape();
        // An input without any stated type takes whatever the user says.
        boolean open = input.type().element().bits() == 0 && stated.rank() == 0;
        boolean fits = open || stated.rank() == shape.rank();
        for (int axis = 0; fits && axis < stated.rank(); axis++) {
            fits = stated.size(axis) < 0 || stated.size(axis) == shape.size(axis);
        }
        if (!fits) {
            throw usage(Diagnosis.error("READ-INPUT-MISMATCH", Stage.READ, "an input cannot have these sizes")
                    .where("input \"" + input.name() + "\"")
                    .observed(shape + ", the file says " + stated)
                    .rule("only dimensions that the file leaves open can be bound")
                    .effect("nothing is checked")
                    .fix("keep the sizes that are numbers in " + stated
                            + ", or export the model again with the size you need")
                    .build());
        }
    }

    private static DiagnosedException usage(Diagnosis diagnosis) {
        return new DiagnosedException(DiagnosedException.Kind.USAGE, diagnosis);
    }
}
