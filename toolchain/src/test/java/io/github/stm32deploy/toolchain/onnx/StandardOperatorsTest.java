// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every standard operator in every version that operator sets 7 to 22 can mean is read, and the inferred types of its outputs
 * are those of the specification's own examples; what ONNX Runtime executes has that type there too.
 */
class StandardOperatorsTest {
    @Test
    void everyStandardOperatorIsReadAndItsShapeInferred() {
        Outcome outcome = new Outcome();
        OperatorCase.all("operator-cases.tsv").stream()
                .filter(one -> !one.isElsewhere())
                .forEach(outcome::check);
        assertThat(outcome.wrong).isEmpty();
        // ONNX Runtime has no kernel for some old versions and types, and refuses made-up values for a few operators.
        assertThat(outcome.confirmed).as("cases that ONNX Runtime executed").isGreaterThan(outcome.cases * 9 / 10);
    }

    @Test
    void operatorsThatQuantizersAndOptimizersOfOnnxRuntimeWriteHaveShapes() {
        Outcome outcome = new Outcome();
        OperatorCase.all("microsoft-cases.tsv").forEach(outcome::check);
        assertThat(outcome.wrong).isEmpty();
        assertThat(outcome.confirmed).as("cases that ONNX Runtime executed").isGreaterThan(outcome.cases * 9 / 10);
    }

    @Test
    void operatorsThatAreNotListedHereHaveTestsOfTheirOwn() {
        Set<String> elsewhere = OperatorCase.all("operator-cases.tsv").stream()
                .filter(OperatorCase::isElsewhere)
                .map(OperatorCase::operator)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(elsewhere).isEqualTo(new TreeSet<>(GraphAndSequenceOperatorsTest.OPERATORS));
    }

    private static final class Outcome {
        final List<String> wrong = new ArrayList<>();
        int cases;
        int confirmed;

        void check(OperatorCase one) {
            cases++;
            ModelGraph graph = ShapeInference.infer(OnnxReader.read(ByteBuffer.wrap(one.model()), Path.of("m.onnx")));
            List<TensorType> found = new ArrayList<>();
            for (int index = 0; index < one.outputs().size(); index++) {
                found.add(graph.type("y" + index).orElse(null));
            }
            if (!found.equals(one.outputs())) {
                wrong.add(one + ": is " + one.outputs() + ", inferred " + found);
            }
            List<TensorType> run = executed(graph);
            if (run == null) {
                return;
            }
            confirmed++;
            for (int index = 0; index < run.size(); index++) {
                if (!agree(one.outputs().get(index), run.get(index))) {
                    wrong.add(one + ": output " + index + " is " + run.get(index) + " in ONNX Runtime");
                }
            }
        }
    }

    /** Output types that ONNX Runtime makes; null where it does not execute the graph. */
    private static List<TensorType> executed(ModelGraph graph) {
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        for (GraphValue input : graph.inputs()) {
            if (input.type().element() == ElementType.STRING) {
                return null;
            }
            inputs.put(input.name(), values(input.type()));
        }
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            Map<String, TensorData> outputs = executor.run(inputs);
            return graph.outputs().stream()
                    .map(output -> outputs.get(output.name()).type())
                    .toList();
        } catch (DiagnosedException | IllegalArgumentException refused) {
            // No kernel, or an element type that its Java interface does not take.
            return null;
        }
    }

    private static boolean agree(TensorType expected, TensorType actual) {
        boolean agree = expected.element() == actual.element()
                && expected.shape().rank() == actual.shape().rank();
        for (int axis = 0; agree && axis < expected.shape().rank(); axis++) {
            agree = expected.shape().size(axis) < 0
                    || expected.shape().size(axis) == actual.shape().size(axis);
        }
        return agree;
    }

    /** Zeros for integers, which often are indices; floats between 0 and 1. */
    private static TensorData values(TensorType type) {
        ByteBuffer bytes = ByteBuffer.allocate((int) type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        if (type.element() == ElementType.FLOAT32) {
            for (int index = 0; index < type.shape().elements(); index++) {
                bytes.putFloat(index * 4, (index % 7 + 1) / 8f);
            }
        }
        return TensorData.of(type, bytes);
    }
}
