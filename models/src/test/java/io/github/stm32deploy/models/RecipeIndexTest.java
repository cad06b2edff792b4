// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The index is what the recipes say; {@code -DupdateReference=true} writes it anew. */
class RecipeIndexTest {
    private static final Path RESOURCES = Path.of("src/main/resources/io/github/stm32deploy/models");
    private static final Path INDEX = RESOURCES.resolve("recipes/index.tsv");
    private static final String HEAD = "# SPDX-License-Identifier: Apache-2.0\n"
            + "# Generated from the recipes; -DupdateReference=true on RecipeIndexTest writes it anew.\n";

    @Test
    void the_index_is_what_the_recipes_say() throws Exception {
        StringBuilder generated = new StringBuilder(HEAD);
        for (String resource : resources()) {
            Recipe recipe = Recipes.read(RESOURCES.resolve(resource + ".yaml"));
            generated.append(RecipeSummary.of(resource, recipe).line()).append('\n');
        }
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(INDEX, generated);
        }
        assertThat(Files.readString(INDEX).replace("\r\n", "\n")).isEqualTo(generated.toString());
    }

    /** Every recipe among the resources, the demo first, by path. */
    static List<String> resources() throws IOException {
        try (Stream<Path> files = Files.walk(RESOURCES.resolve("recipes"))) {
            List<String> found = files.filter(file -> file.toString().endsWith(".yaml"))
                    .map(file -> RESOURCES
                            .relativize(file)
                            .toString()
                            .replace('\\', '/')
                            .replaceFirst("\\.yaml$", ""))
                    .sorted()
                    .toList();
            return Stream.concat(Stream.of("demo/drawn-faces"), found.stream()).toList();
        }
    }
}
