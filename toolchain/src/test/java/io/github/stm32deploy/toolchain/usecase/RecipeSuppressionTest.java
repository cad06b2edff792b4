// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.postprocess.Capacity;
import io.github.stm32deploy.toolchain.postprocess.DetectionOutputSpec;
import io.github.stm32deploy.toolchain.postprocess.NmsSpec;
import io.github.stm32deploy.toolchain.postprocess.ScoreRule;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecipeSuppressionTest {
    private static final NmsSpec FAMILY = NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.45f);

    private static final DetectionOutputSpec SPEC = new DetectionOutputSpec(
            64, 64, 0, ScoreRule.above(ScoreRule.Activation.NONE, 0.5f), FAMILY, new Capacity(64, 16));

    private static NmsSpec read(Map<String, Object> decoder) {
        return RecipeSuppression.applied(SPEC, decoder, true).nms();
    }

    @Test
    void the_threshold_of_the_recipe_replaces_that_of_the_family() {
        assertThat(read(Map.of("iouThreshold", 0.3)).iouThreshold()).isEqualTo(0.3f);
        assertThat(read(Map.of("suppression", Map.of("iouThreshold", 0.6, "perClass", true, "maxPerClass", 7))))
                .satisfies(nms -> {
                    assertThat(nms.iouThreshold()).isEqualTo(0.6f);
                    assertThat(nms.perClass()).isTrue();
                    assertThat(nms.keep()).isEqualTo(7);
                });
    }

    @Test
    void words_say_how_boxes_are_dropped() {
        assertThat(read(Map.of("nms", "weighted")).kind()).isEqualTo(NmsSpec.Kind.WEIGHTED);
        assertThat(read(Map.of("nms", "none")).kind()).isEqualTo(NmsSpec.Kind.NONE);
        assertThat(read(Map.of("nms", "hard, pixels counted inclusively")).convention())
                .isEqualTo(NmsSpec.IouConvention.PLUS_ONE);
        assertThat(read(Map.of("nms", "hard, per class")).perClass()).isTrue();
    }

    @Test
    void silence_leaves_the_decoder_as_it_is() {
        assertThat(RecipeSuppression.applied(SPEC, Map.of("family", "any"), true))
                .isSameAs(SPEC);
        assertThat(RecipeSuppression.applied(SPEC, Map.of("nms", "weighted"), false))
                .isSameAs(SPEC);
    }

    @Test
    void a_word_or_threshold_without_meaning_is_refused() {
        assertThatThrownBy(() -> read(Map.of("nms", "soft")))
                .hasMessage(
                        "nms is hard, weighted or none, with per class or pixels counted inclusively behind a comma, not"
                                + " \"soft\"");
        assertThatThrownBy(() -> read(Map.of("iouThreshold", 30))).hasMessage("iouThreshold is 0 to 1, not 30");
    }

    @Test
    void every_recipe_that_ships_is_understood() {
        assertThat(Recipes.bundled())
                .isNotEmpty()
                .allSatisfy(recipe -> assertThat(RecipeSuppression.applied(SPEC, recipe.decoder(), true))
                        .isNotNull());
    }
}
