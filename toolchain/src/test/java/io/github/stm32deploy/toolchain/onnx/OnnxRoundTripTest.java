// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reading what was written gives the graph that was written, for every real ONNX file. */
class OnnxRoundTripTest {
    @TestFactory
    Stream<DynamicTest> everyRealFileKeepsItsGraph() {
        Path folder = SharedModels.folder();
        return SharedModels.all(".onnx").stream()
                .filter(file -> !file.toString().contains("notmodel"))
                .map(file -> DynamicTest.dynamicTest(folder.relativize(file).toString(), () -> roundTrip(file)));
    }

    private static void roundTrip(Path file) {
        ModelGraph first = ModelFile.open(file).graph();
        byte[] written = OnnxWriter.toBytes(first);
        ModelGraph second = OnnxReader.read(ByteBuffer.wrap(written), Path.of("written.onnx"));
        assertSame(first, second);
        assertThat(OnnxWriter.toBytes(second)).isEqualTo(written);
    }

    static void assertSame(ModelGraph first, ModelGraph second) {
        assertThat(second.opsets()).isEqualTo(first.opsets());
        assertThat(second.inputs()).isEqualTo(first.inputs());
        assertThat(second.outputs()).isEqualTo(first.outputs());
        assertThat(second.constants().keySet())
                .containsExactlyElementsOf(first.constants().keySet());
        first.constants()
                .forEach((name, data) -> assertSame(data, second.constants().get(name)));
        assertThat(second.nodes()).hasSameSizeAs(first.nodes());
        for (int index = 0; index < first.nodes().size(); index++) {
            Node before = first.nodes().get(index);
            Node after = second.nodes().get(index);
            assertThat(after.name()).isEqualTo(before.name());
            assertThat(after.operator()).isEqualTo(before.operator());
            assertThat(after.domain()).isEqualTo(before.domain());
            assertThat(after.inputs()).isEqualTo(before.inputs());
            assertThat(after.outputs()).isEqualTo(before.outputs());
            assertThat(after.attributes().keySet())
                    .isEqualTo(before.attributes().keySet());
            before.attributes()
                    .forEach((name, value) ->
                            assertSame(value, after.attributes().get(name)));
        }
        for (Node node : first.nodes()) {
            for (String output : node.outputs()) {
                assertThat(second.type(output)).isEqualTo(first.type(output));
            }
        }
    }

    private static void assertSame(Attribute before, Attribute after) {
        if (before instanceof Attribute.TensorValue tensor) {
            assertSame(tensor.value(), ((Attribute.TensorValue) after).value());
        } else if (before instanceof Attribute.GraphValue graph) {
            assertSame(graph.value(), ((Attribute.GraphValue) after).value());
        } else {
            assertThat(after).isEqualTo(before);
        }
    }

    private static void assertSame(TensorData before, TensorData after) {
        assertThat(after.type()).isEqualTo(before.type());
        assertThat(after.bytes()).isEqualTo(before.bytes());
    }

    @org.junit.jupiter.api.Test
    void aFolderThatIsNotThereIsNoPlaceForAModel(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) {
        java.nio.file.Path file = folder.resolve("missing").resolve("out.onnx");
        ModelGraph graph = ModelGraph.builder("empty").opset("", 13).build();
        io.github.stm32deploy.toolchain.diagnose.DiagnosedException failed =
                org.assertj.core.api.Assertions.catchThrowableOfType(
                        io.github.stm32deploy.toolchain.diagnose.DiagnosedException.class,
                        () -> OnnxWriter.write(graph, file));
        assertThat(failed.diagnoses().get(0).code()).isEqualTo("WRITE-MODEL-FAILED");
        assertThat(folder).isEmptyDirectory();
    }
}
