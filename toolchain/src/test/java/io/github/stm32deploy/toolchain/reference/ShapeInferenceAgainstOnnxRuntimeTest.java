// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The inferred type of every tensor is the type it has when ONNX Runtime executes the graph, for every real model that ONNX
 * Runtime loads. (What ONNX Runtime infers without executing is less than that: it does no shape arithmetic.)
 */
class ShapeInferenceAgainstOnnxRuntimeTest {
    @TestFactory
    Stream<DynamicTest> everyTensorHasTheTypeItHasInOnnxRuntime() {
        Path folder = SharedModels.folder();
        return SharedModels.all(".onnx", ".tflite").stream()
                .map(file -> DynamicTest.dynamicTest(folder.relativize(file).toString(), () -> compare(file)));
    }

    private static void compare(Path file) {
        ModelGraph bare;
        try {
            bare = withoutTypes(ModelFile.open(file).graph());
        } catch (DiagnosedException noModel) {
            assertThat(file.getParent().getFileName().toString())
                    .as(noModel.getMessage())
                    .isEqualTo("notmodel");
            return;
        }
        // gaze_opt takes the two eyes of a face as a batch and reshapes for exactly that.
        int batch = file.endsWith("gaze_opt.onnx") ? 2 : 1;
        Map<String, Shape> shapes = new LinkedHashMap<>();
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        for (GraphValue input : bare.inputs()) {
            long[] sizes = input.type().shape().toArray();
            for (int axis = 0; axis < sizes.length; axis++) {
                sizes[axis] = sizes[axis] < 0 ? (axis == 0 ? batch : 320) : sizes[axis];
            }
            TensorType type = new TensorType(input.type().element(), Shape.of(sizes));
            shapes.put(input.name(), type.shape());
            inputs.put(input.name(), TensorData.of(type, ByteBuffer.allocate((int) type.bytes())));
        }
        List<String> all = bare.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .filter(name -> !name.isEmpty())
                .toList();
        Map<String, TensorData> values;
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(
                bare, OnnxRuntimeExecutor.Options.reference().withExtraOutputs(all))) {
            values = executor.run(inputs);
        } catch (DiagnosedException refused) {
            // Nothing to compare with: but only an operator that no standard defines is a reason to refuse.
            assertThat(bare.nodes())
                    .as(refused.diagnoses().get(0).observed())
                    .anyMatch(
                            node -> !node.domain().isEmpty() || node.operator().equals("Plugin"));
            return;
        }
        ModelGraph inferred = ShapeInference.infer(bare, shapes);
        List<String> wrong = new ArrayList<>();
        values.forEach((tensor, value) -> {
            TensorType found = inferred.type(tensor).orElse(null);
            Node producer = inferred.producer(tensor).orElseThrow();
            if (!value.type().equals(found) && producer.domain().isEmpty()) {
                wrong.add(producer.operator() + " " + tensor + ": has " + value.type() + ", inferred " + found);
            }
        });
        assertThat(wrong).isEmpty();
    }

    /** The graph without any type but those of the inputs. */
    private static ModelGraph withoutTypes(ModelGraph graph) {
        ModelGraph.Builder builder = graph.toBuilder().clearOutputs().clearTypes();
        for (GraphValue output : graph.outputs()) {
            builder.output(output.name(), new TensorType(ElementType.UNKNOWN, Shape.scalar()));
        }
        return builder.build();
    }
}
