// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the recipes say of figures that others measured: where the files are at hand, our count decides. */
class FiguresOfRecipesTest {
    @ParameterizedTest
    @CsvSource({
        "dbface-keras-256x256-integer-quant-nhwc, dbface/dbface_keras_256x256_integer_quant_nhwc.tflite",
        "yunet-120x160-weight, yunet/model_weight_quant.tflite",
    })
    void the_table_and_our_count_agree_on_the_same_file(String recipe, String file) {
        assertThat(MaccCounter.count(graph(file), SdkVersion.newest(), MaccConvention.GENERATED_C)
                        .total())
                .isEqualTo(macc(recipe));
    }

    @Test
    void the_table_and_our_count_agree_on_retinaface_at_its_size() {
        assertThat(at("retinaface/retinaface_mbnet0.25.onnx", "input", 256, 256))
                .isEqualTo(macc("retinaface-mobilenet0.25-256x256"));
    }

    @Test
    void the_figure_of_centerface_is_that_of_one_pixel() {
        ModelGraph graph = graph("centerface/centerface_1x3xHxW_dynamic_range_quant.tflite");
        long atItsSize = MaccCounter.count(graph, SdkVersion.newest(), MaccConvention.GENERATED_C)
                .total();
        long ofOnePixel = MaccCounter.ofOnePixel(graph, SdkVersion.newest(), MaccConvention.GENERATED_C)
                .orElseThrow()
                .total();

        assertThat(ofOnePixel).isCloseTo(macc("centerface-nx3xhxw"), within(500L));
        assertThat(atItsSize).isGreaterThan(40 * macc("centerface-nx3xhxw"));
        assertThat(doubts("centerface-nx3xhxw"))
                .contains(String.format(java.util.Locale.ROOT, "%,d", ofOnePixel))
                .contains(String.format(java.util.Locale.ROOT, "%,d", atItsSize));
    }

    @Test
    void the_row_of_scrfd_with_460_lines_has_480() {
        long figure = macc("scrfd-model-float32");
        long at480 = at("scrfd/scrfd_500m_bnkps.onnx", "input.1", 480, 640);
        long at460 = at("scrfd/scrfd_500m_bnkps.onnx", "input.1", 460, 640);

        assertThat(Math.abs(at480 - figure)).isLessThan(figure / 500);
        assertThat(Math.abs(at460 - figure)).isGreaterThan(figure / 50);
        assertThat(doubts("scrfd-model-float32"))
                .contains(String.format(java.util.Locale.ROOT, "%,d", at480))
                .contains(String.format(java.util.Locale.ROOT, "%,d", at460));
    }

    private static long at(String file, String input, int height, int width) {
        return MaccCounter.countAt(
                        graph(file),
                        Map.of(input, Shape.of(1, 3, height, width)),
                        SdkVersion.newest(),
                        MaccConvention.GENERATED_C)
                .total();
    }

    private static long macc(String recipe) {
        return user(recipe).macc().orElseThrow();
    }

    private static String doubts(String recipe) {
        return user(recipe).doubts().toString();
    }

    private static Recipe.UserFigures user(String recipe) {
        return Recipes.byId(recipe).orElseThrow().user().orElseThrow();
    }

    private static ModelGraph graph(String file) {
        Path path = SharedFiles.folder("models/" + file);
        assumeTrue(Files.isRegularFile(path), "../shared/models is not on this machine");
        return ModelFile.open(path).graph();
    }
}
