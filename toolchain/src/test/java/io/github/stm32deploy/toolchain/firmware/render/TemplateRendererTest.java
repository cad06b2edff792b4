// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateRendererTest {
    private static final String FOLDER = "io/github/stm32deploy/toolchain/firmware/render/";

    /** As view models are written: a public record with one accessor per placeholder. */
    public record Row(String name, String value) {
        public String getName() {
            return name;
        }
    }

    private final TemplateRenderer renderer = new TemplateRenderer();

    @Test
    void fillsRowsAndKeepsTheDirectivesOfC() {
        String text = renderer.render(
                FOLDER + "sample.c.vm", Map.of("rows", List.of(Map.of("name", "a", "value", 1), new Row("b", "2"))));

        assertThat(text)
                .isEqualTo("#include <stdint.h>\n#define N6_SAMPLE 1\n\nconst int32_t a = 1;\nconst int32_t b = 2;\n");
    }

    @Test
    void refusesAValueThatIsAbsentEvenWhenQuiet() {
        assertThatThrownBy(() -> renderer.render(FOLDER + "absent.vm", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("absent.vm")
                .hasMessageContaining("notThere");
    }

    @Test
    void refusesReflection() {
        assertThatThrownBy(() -> renderer.render(FOLDER + "reflection.vm", Map.of("text", "x")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesTheTemplateThatDoesNotExist() {
        assertThatThrownBy(() -> renderer.render(FOLDER + "nowhere.vm", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere.vm");
    }
}
