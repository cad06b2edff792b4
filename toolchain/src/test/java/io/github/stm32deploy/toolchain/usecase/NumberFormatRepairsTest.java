// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.repair.AppliedRepair;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumberFormatRepairsTest {
    @TempDir
    private Path folder;

    private static Node node(String operator, List<String> inputs, String output) {
        String name = operator + "_" + output;
        return new Node(name, operator, "", inputs, List.of(output), Map.of(), new Origin(operator, name, 0));
    }

    private static ModelGraph.Builder product() {
        return ModelGraph.builder("product")
                .irVersion(8)
                .opset("", 17)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 2)))
                .output("z", new TensorType(ElementType.FLOAT32, Shape.of(1, 2)))
                .constant("s", TensorData.ofFloats(Shape.scalar(), 0.02f));
    }

    private static TensorData point(ElementType type, int value) {
        return TensorData.ofBytes(type, Shape.scalar(), (byte) value);
    }

    /** int8 weights under float activations. */
    private static ModelGraph hybrid() {
        return product()
                .constant(
                        "w",
                        TensorData.ofBytes(
                                ElementType.INT8, Shape.of(2, 2), (byte) 90, (byte) -70, (byte) 5, (byte) 33))
                .node(node("DequantizeLinear", List.of("w", "s"), "wf"))
                .node(node("MatMul", List.of("x", "wf"), "z"))
                .build();
    }

    /** A product on codes of a type, between pairs. */
    private static ModelGraph quantized(ElementType type, int zeroPoint) {
        return product()
                .constant("m", point(type, zeroPoint))
                .constant("w", TensorData.ofBytes(type, Shape.of(2, 2), (byte) 90, (byte) 70, (byte) 5, (byte) 33))
                .node(node("QuantizeLinear", List.of("x", "s", "m"), "q"))
                .node(node("DequantizeLinear", List.of("q", "s", "m"), "f"))
                .node(node("DequantizeLinear", List.of("w", "s", "m"), "wf"))
                .node(node("MatMul", List.of("f", "wf"), "y"))
                .node(node("QuantizeLinear", List.of("y", "s", "m"), "p"))
                .node(node("DequantizeLinear", List.of("p", "s", "m"), "z"))
                .build();
    }

    private QuantizeModel.Result quantize(ModelGraph graph) throws IOException {
        Path model = Files.write(folder.resolve("model.onnx"), OnnxWriter.toBytes(graph));
        return new QuantizeModel(Progress.silent())
                .quantize(new QuantizeModel.Request(
                        model, Map.of(), QuantizationChoice.of("random"), folder.resolve("int8.onnx")));
    }

    private static Diagnosis finding(QuantizeModel.Result result, String code) {
        return result.diagnoses().stream()
                .filter(diagnosis -> diagnosis.code().equals(code))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void integer_weights_under_float_activations_are_made_float_and_quantized() throws IOException {
        QuantizeModel.Result result = quantize(hybrid());

        assertThat(result.quantization()).isPresent();
        assertThat(result.repairs()).extracting(Report.Repair::id).containsExactly("weights-to-float32");
        assertThat(finding(result, "QUANT-REPAIRED-FIRST").observed()).contains("weights-to-float32");
        assertThat(new String(result.json(), StandardCharsets.UTF_8)).contains("\"repairs\"", "weights-to-float32");
        ModelGraph written = ModelFile.open(folder.resolve("int8.onnx")).graph();
        assertThat(written.nodes()).filteredOn(one -> one.is("QuantizeLinear")).hasSize(2);
    }

    @Test
    void an_unsigned_model_is_written_as_signed_int8_with_its_own_scales() throws IOException {
        QuantizeModel.Result result = quantize(quantized(ElementType.UINT8, 128));

        assertThat(result.quantization()).isEmpty();
        assertThat(result.repairs()).extracting(Report.Repair::id).containsExactly("uint8-to-int8");
        assertThat(finding(result, "QUANT-CALIBRATION-UNUSED").fix()).contains("--only dequantize");
        ModelGraph written = ModelFile.open(folder.resolve("int8.onnx")).graph();
        assertThat(written.constants().values()).noneMatch(data -> data.element() == ElementType.UINT8);
    }

    @Test
    void an_int8_model_is_left_alone() throws IOException {
        QuantizeModel.Result result = quantize(quantized(ElementType.INT8, 3));

        assertThat(result.repairs()).isEmpty();
        assertThat(result.diagnoses()).extracting(Diagnosis::code).containsExactly("QUANT-CALIBRATION-UNUSED");
    }

    @Test
    void what_cannot_be_proven_stays_and_is_called_wrong() {
        ModelGraph unsigned = quantized(ElementType.UINT8, 128);
        AppliedRepair reverted = new AppliedRepair(
                "uint8-to-int8",
                List.of("q"),
                "codes are unsigned",
                List.of(),
                Optional.empty(),
                false,
                "not comparable",
                Optional.empty());

        List<Diagnosis> findings = new NumberFormatRepairs(unsigned, List.of(reverted)).findings("model.onnx");

        assertThat(findings).extracting(Diagnosis::code).containsExactly("QUANT-OTHER-INTEGERS");
        assertThat(findings.get(0).observed()).contains("uint8-to-int8 is reverted: not comparable");
    }
}
