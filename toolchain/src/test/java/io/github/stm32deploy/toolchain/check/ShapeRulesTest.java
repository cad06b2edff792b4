// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Attribute;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Open sizes, batches, ranks and layouts: the smallest graph that has the problem, and the one that has not. */
class ShapeRulesTest {
    private static GraphSketch float1(long... inputShape) {
        GraphSketch sketch = new GraphSketch();
        sketch.output(sketch.conv(sketch.input("image", inputShape), sketch.floats(4, 3, 3, 3)));
        return sketch;
    }

    @Test
    void an_open_height_makes_the_vendors_figures_those_of_a_pixel() {
        Diagnosis open = float1(1, 3, -1, -1).finding("SHAPE-DYNAMIC");
        assertThat(open.severity()).isEqualTo(Severity.WRONG);
        assertThat(open.fix()).contains("--input image=1x3x128x128");
        assertThat(float1(1, 3, 32, 32).codes()).doesNotContain("SHAPE-DYNAMIC", "SHAPE-BATCH-OPEN");
    }

    @Test
    void an_open_batch_is_one() {
        assertThat(float1(-1, 3, 32, 32).finding("SHAPE-BATCH-OPEN").severity()).isEqualTo(Severity.NOTE);
        assertThat(float1(-1, 3, 32, 32).codes()).doesNotContain("SHAPE-DYNAMIC");
    }

    @Test
    void a_batch_of_two_is_refused() {
        assertThat(float1(2, 3, 32, 32).finding("SHAPE-BATCH-NOT-ONE").observed())
                .contains("2x3x32x32");
        assertThat(float1(1, 3, 32, 32).codes()).doesNotContain("SHAPE-BATCH-NOT-ONE");
    }

    @Test
    void four_dimensions_are_enough() {
        GraphSketch five = new GraphSketch();
        String map = five.conv(five.input("image", 1, 3, 8, 8), five.floats(4, 3, 1, 1));
        five.output(five.relu(five.node("Reshape", List.of(map, five.longs(1, 2, 2, 8, 8)))));
        assertThat(five.finding("SHAPE-RANK-OVER-4").observed()).endsWith("1x2x2x8x8");
        assertThat(five.finding("SHAPE-RANK-OVER-4").severity()).isEqualTo(Severity.SLOW);
        GraphSketch four = new GraphSketch();
        map = four.conv(four.input("image", 1, 3, 8, 8), four.floats(4, 3, 1, 1));
        four.output(four.relu(four.node("Reshape", List.of(map, four.longs(1, 4, 64, 1)))));
        assertThat(four.codes()).doesNotContain("SHAPE-RANK-OVER-4");
    }

    @Test
    void dimensions_are_below_65536() {
        GraphSketch large = new GraphSketch();
        large.output(large.relu(large.input("wave", 1, 65536)));
        assertThat(large.finding("OP-DIMENSION-SIZE").severity()).isEqualTo(Severity.ERROR);
        GraphSketch small = new GraphSketch();
        small.output(small.relu(small.input("wave", 1, 65535)));
        assertThat(small.codes()).doesNotContain("OP-DIMENSION-SIZE");
    }

    @Test
    void six_dimensions_are_too_many_for_the_front_end() {
        GraphSketch six = new GraphSketch();
        String map = six.conv(six.input("image", 1, 3, 8, 8), six.floats(4, 3, 1, 1));
        six.output(six.relu(six.node("Reshape", List.of(map, six.longs(1, 2, 2, 8, 4, 2)))));
        assertThat(six.finding("SHAPE-RANK-OVER-4").severity()).isEqualTo(Severity.ERROR);
    }

    @Test
    void padding_of_a_sequence_has_no_known_channels() {
        GraphSketch sequence = new GraphSketch();
        sequence.output(
                sequence.node("Pad", List.of(sequence.input("wave", 1, 4, 20), sequence.longs(0, 0, 1, 0, 0, 1))));
        assertThat(sequence.finding("OP-PAD-RANK").severity()).isEqualTo(Severity.ERROR);
        GraphSketch image = new GraphSketch();
        image.output(
                image.node("Pad", List.of(image.input("image", 1, 4, 20, 1), image.longs(0, 0, 1, 0, 0, 0, 1, 0))));
        assertThat(image.codes()).doesNotContain("OP-PAD-RANK");
    }

    @Test
    void computed_reshapes_behind_overridable_weights_hide_the_layout() {
        assertThat(computedReshape(true).finding("INPUT-LAYOUT-UNKNOWN").effect())
                .contains("Order of dimensions of input cannot be interpreted");
        assertThat(computedReshape(false).codes()).doesNotContain("INPUT-LAYOUT-UNKNOWN", "ONNX-WEIGHTS-AS-INPUTS");
    }

    private static GraphSketch computedReshape(boolean overridable) {
        GraphSketch sketch = new GraphSketch();
        String weights = sketch.floats(4, 3, 1, 1);
        if (overridable) {
            sketch.listedAsInput(weights);
        }
        String map = sketch.conv(sketch.input("image", 1, 3, 8, 8), weights);
        String batch = sketch.node(
                "Gather",
                List.of(sketch.node("Shape", List.of(map)), sketch.longs(0)),
                Map.of("axis", Attribute.of(0)));
        String target = sketch.node(
                "Concat", List.of(batch, sketch.longs(-1), sketch.longs(4)), Map.of("axis", Attribute.of(0)));
        sketch.output(sketch.node("Reshape", List.of(map, target)));
        return sketch;
    }

    @Test
    void overridable_weights_alone_are_a_note() {
        GraphSketch sketch = new GraphSketch();
        String weights = sketch.floats(4, 3, 1, 1);
        sketch.listedAsInput(weights);
        sketch.output(sketch.conv(sketch.input("image", 1, 3, 8, 8), weights));
        assertThat(sketch.finding("ONNX-WEIGHTS-AS-INPUTS").observed()).isEqualTo("1 constant beside 1 true input");
    }

    @Test
    void something_has_to_tell_where_the_channels_are() {
        GraphSketch identity = new GraphSketch();
        identity.output(identity.node("Identity", List.of(identity.input("input", 1, 3, 36, 36))));
        assertThat(identity.finding("INPUT-LAYOUT-UNKNOWN").observed()).contains("[Identity]");
        assertThat(float1(1, 3, 36, 36).codes()).doesNotContain("INPUT-LAYOUT-UNKNOWN");
    }

    @Test
    void transposes_between_convolutions_are_counted() {
        assertThat(transposed(10).finding("LAYOUT-TRANSPOSES").observed()).startsWith("10 Transpose nodes move");
        assertThat(transposed(4).codes()).doesNotContain("LAYOUT-TRANSPOSES");
    }

    private static GraphSketch transposed(int times) {
        GraphSketch sketch = new GraphSketch();
        String map = sketch.input("image", 1, 3, 8, 8);
        for (int step = 0; step < times; step++) {
            map = sketch.node("Transpose", List.of(map), Map.of("perm", Attribute.ofInts(0, 1, 3, 2)));
            map = sketch.conv(map, sketch.floats(3, 3, 1, 1));
        }
        sketch.output(map);
        return sketch;
    }
}
