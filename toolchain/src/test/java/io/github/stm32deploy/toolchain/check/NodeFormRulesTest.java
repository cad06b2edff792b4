// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Forms of nodes at which the front end stops: the refused form, and the one it takes. */
class NodeFormRulesTest {
    private final GraphSketch sketch = new GraphSketch();
    private final String map = sketch.conv(sketch.input("image", 1, 3, 8, 8), sketch.floats(4, 3, 1, 1));

    @Test
    void reshape_with_allowzero() {
        sketch.output(sketch.node("Reshape", List.of(map, sketch.longs(1, 256)), Map.of("allowzero", Attribute.of(1))));
        assertThat(sketch.finding("OP-RESHAPE-ALLOWZERO").severity()).isEqualTo(Severity.ERROR);
    }

    @Test
    void reshape_with_the_default_of_allowzero() {
        sketch.output(sketch.node("Reshape", List.of(map, sketch.longs(1, 256)), Map.of("allowzero", Attribute.of(0))));
        assertThat(sketch.codes()).doesNotContain("OP-RESHAPE-ALLOWZERO");
    }

    @Test
    void tile_with_computed_repeats() {
        String repeats = sketch.input("repeats", ElementType.INT64, 4);
        sketch.output(sketch.node("Tile", List.of(map, repeats)));
        assertThat(sketch.finding("OP-TILE-REPEATS").severity()).isEqualTo(Severity.ERROR);
    }

    @Test
    void tile_with_constant_repeats() {
        sketch.output(sketch.node("Tile", List.of(map, sketch.longs(1, 1, 2, 2))));
        assertThat(sketch.codes()).doesNotContain("OP-TILE-REPEATS");
    }

    @Test
    void expand_to_a_computed_shape_is_such_a_tile() {
        sketch.output(sketch.node("Expand", List.of(map, sketch.input("target", ElementType.INT64, 4))));
        assertThat(sketch.finding("ONNX-EXPAND-COMPUTED").effect()).contains("has not parameter repeats");
    }

    @Test
    void expand_to_a_shape_that_is_known_is_not() {
        String like = sketch.node("Shape", List.of(sketch.input("like", 2, 4, 8, 8)));
        sketch.output(sketch.node("Expand", List.of(map, like)));
        assertThat(sketch.codes()).doesNotContain("ONNX-EXPAND-COMPUTED");
    }

    @Test
    void expand_to_a_constant_shape_is_not() {
        sketch.output(sketch.node("Expand", List.of(map, sketch.longs(2, 4, 8, 8))));
        assertThat(sketch.codes()).doesNotContain("ONNX-EXPAND-COMPUTED");
    }

    private String slice(long end) {
        return sketch.node("Slice", List.of(map, sketch.longs(0), sketch.longs(end), sketch.longs(2)));
    }

    @Test
    void slice_of_the_time_before_operator_set_10() {
        sketch.versions(6, 9);
        sketch.output(sketch.node(
                "Slice",
                List.of(map),
                Map.of(
                        "starts", Attribute.ofInts(0),
                        "ends", Attribute.ofInts(2),
                        "axes", Attribute.ofInts(1))));
        assertThat(sketch.finding("ONNX-SLICE-ATTRIBUTES").effect()).contains("got <class 'list'>");
    }

    @Test
    void slice_to_the_end() {
        sketch.output(slice(Long.MAX_VALUE));
        assertThat(sketch.finding("OP-SLICE-OPEN-END").severity()).isEqualTo(Severity.NOTE);
        assertThat(sketch.sdk(SdkVersion.V3_0).codes()).doesNotContain("OP-SLICE-OPEN-END");
    }

    @Test
    void slice_to_a_number() {
        sketch.output(slice(4));
        assertThat(sketch.codes()).doesNotContain("OP-SLICE-OPEN-END", "ONNX-SLICE-ATTRIBUTES");
    }

    @Test
    void pad_with_an_empty_value() {
        sketch.output(sketch.node("Pad", List.of(map, sketch.longs(0, 0, 1, 1, 0, 0, 1, 1), "")));
        assertThat(sketch.finding("OP-PAD-EMPTY-VALUE").severity()).isEqualTo(Severity.ERROR);
    }

    @Test
    void pad_without_a_value() {
        sketch.output(sketch.node("Pad", List.of(map, sketch.longs(0, 0, 1, 1, 0, 0, 1, 1))));
        assertThat(sketch.codes()).doesNotContain("OP-PAD-EMPTY-VALUE");
    }

    @Test
    void clip_with_quantized_bounds() {
        String low = sketch.dequantized(sketch.constant(ElementType.INT8), ElementType.INT8, 0.1f);
        sketch.output(sketch.node("Clip", List.of(map, low, sketch.scale(6))));
        assertThat(sketch.finding("OP-CLIP-BOUNDS").severity()).isEqualTo(Severity.ERROR);
    }

    @Test
    void clip_with_plain_bounds() {
        sketch.output(sketch.node("Clip", List.of(map, sketch.scale(0), sketch.scale(6))));
        assertThat(sketch.codes()).doesNotContain("OP-CLIP-BOUNDS");
    }

    @Test
    void gemm_with_a_computed_bias() {
        String row = sketch.node("Reshape", List.of(map, sketch.longs(1, 256)));
        String bias = sketch.node("Gemm", List.of(row, sketch.floats(256, 8)));
        sketch.output(sketch.node("Gemm", List.of(row, sketch.floats(256, 8), bias)));
        assertThat(sketch.finding("OP-GEMM-COMPUTED-BIAS").severity()).isEqualTo(Severity.ERROR);
    }

    @Test
    void gemm_with_a_constant_bias() {
        String row = sketch.node("Reshape", List.of(map, sketch.longs(1, 256)));
        sketch.output(sketch.node("Gemm", List.of(row, sketch.floats(256, 8), sketch.floats(8))));
        assertThat(sketch.codes()).doesNotContain("OP-GEMM-COMPUTED-BIAS");
    }
}
