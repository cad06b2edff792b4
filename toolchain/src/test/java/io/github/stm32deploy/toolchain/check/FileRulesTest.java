// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Versions, names and origin of a file: the smallest that has the problem, and the one that has not. */
class FileRulesTest {
    @Test
    void a_plain_int8_network_is_left_in_peace() {
        assertThat(GraphSketch.plain().codes()).isEmpty();
    }

    @Test
    void an_ir_version_is_too_new_for_the_old_front_end_only() {
        Diagnosis refused =
                GraphSketch.plain().versions(10, 17).sdk(SdkVersion.V2_2).finding("ONNX-IR-TOO-NEW");
        assertThat(refused.severity()).isEqualTo(Severity.ERROR);
        assertThat(refused.effect()).contains("ir_version 10 is higher than the checker's (9)");
        assertThat(GraphSketch.plain().versions(9, 17).sdk(SdkVersion.V2_2).codes())
                .isEmpty();
        assertThat(GraphSketch.plain().versions(10, 17).sdk(SdkVersion.V3_0).codes())
                .isEmpty();
    }

    @Test
    void operator_set_21_is_the_newest_seen_to_work() {
        assertThat(GraphSketch.plain()
                        .versions(10, 22)
                        .finding("ONNX-OPSET-TOO-NEW")
                        .observed())
                .isEqualTo("operator set 22");
        assertThat(GraphSketch.plain().versions(10, 21).codes()).isEmpty();
    }

    @Test
    void a_file_of_the_vendors_front_end_is_no_model() {
        assertThat(GraphSketch.plain()
                        .file("face_OE_3_3_1.onnx")
                        .finding("FILE-VENDOR-INTERMEDIATE")
                        .severity())
                .isEqualTo(Severity.WRONG);
        assertThat(GraphSketch.plain().file("face_OE.onnx").codes()).isEmpty();
    }

    @Test
    void characters_outside_ascii_are_named() {
        assertThat(GraphSketch.plain()
                        .file("gesichtsgröße.onnx")
                        .finding("FILE-PATH-NON-ASCII")
                        .observed())
                .isEqualTo("öß");
        assertThat(GraphSketch.plain().file("face-v1.0_x.onnx").codes()).isEmpty();
    }

    @Test
    void a_file_name_that_makes_no_identifier_is_noted() {
        assertThat(GraphSketch.plain().file("yolo_85%.onnx").codes()).containsExactly("FILE-NAME-NO-IDENTIFIER");
        assertThat(GraphSketch.plain().file("2stage.onnx").codes()).containsExactly("FILE-NAME-NO-IDENTIFIER");
    }

    @Test
    void inputs_and_outputs_must_differ_in_c() {
        GraphSketch sketch = new GraphSketch();
        String left = sketch.input("left:0", 1, 3, 8, 8);
        String right = sketch.input("left.0", 1, 3, 8, 8);
        sketch.output(sketch.conv(sketch.node("Add", List.of(left, right)), sketch.floats(4, 3, 3, 3)));
        Diagnosis collision = sketch.finding("IO-NAMES-COLLIDE");
        assertThat(collision.observed()).isEqualTo("\"left:0\" and \"left.0\"");
    }

    @Test
    void a_network_compiled_for_another_accelerator_is_named() {
        GraphSketch sketch = new GraphSketch().tflite();
        String image = sketch.input("image", ElementType.INT8, 1, 32, 32, 3);
        sketch.output(sketch.node("ethos-u", "tflite", "ethos-u", List.of(image), Map.of()), ElementType.INT8, 1, 8);
        assertThat(sketch.finding("FILE-COMPILED-ELSEWHERE").observed()).contains("Vela");
        assertThat(sketch.codes()).doesNotContain("OP-UNLISTED");
    }
}
