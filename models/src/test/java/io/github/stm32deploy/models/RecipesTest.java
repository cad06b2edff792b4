// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.stm32deploy.models.RecipeMatch.By;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RecipesTest {
    /** The material beside the repository that only some machines have. */
    private static final Path SHARED = Path.of(System.getenv().getOrDefault("STM32_DEPLOY_SHARED", "../../shared"));

    private static final String SHORT_RANGE = "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633";

    private static final List<Recipe> ALL = Recipes.bundled();

    @Test
    void ids_rows_and_digests_are_unique() {
        assertThat(ALL).extracting(recipe -> recipe.id()).doesNotHaveDuplicates();
        assertThat(rows()).doesNotHaveDuplicates();
        assertThat(Recipes.summaries()).flatExtracting(RecipeSummary::digests).doesNotHaveDuplicates();
        assertThat(Recipes.summaries()).flatExtracting(RecipeSummary::names).doesNotHaveDuplicates();
    }

    @Test
    void every_recipe_says_what_it_is_for_and_under_which_licence() {
        for (Recipe recipe : ALL) {
            assertThat(recipe.title()).as("title of %s", recipe.id()).isNotBlank();
            assertThat(recipe.task()).as("task of %s", recipe.id()).isNotBlank();
            assertThat(recipe.format()).as("format of %s", recipe.id()).isNotBlank();
            assertThat(recipe.licence()).as("licence of %s", recipe.id()).isNotBlank();
        }
    }

    @Test
    void what_is_recommended_exists() {
        List<String> ids = ALL.stream().map(Recipe::id).toList();

        for (Recipe recipe : ALL) {
            assertThat(ids).as("see of %s", recipe.id()).containsAll(recipe.see());
            assertThat(recipe.see()).as("see of %s", recipe.id()).doesNotContain(recipe.id());
            recipe.instead()
                    .ifPresent(instead ->
                            assertThat(ids).as("recipes of %s", recipe.id()).containsAll(instead.recipes()));
        }
    }

    @Test
    void every_row_of_the_table_has_one_recipe_with_its_figures() throws IOException {
        Path csv = SHARED.resolve("data/seed-benchmark.csv");
        assumeTrue(Files.isRegularFile(csv), "../shared/data is not on this machine");
        List<List<String>> table =
                Files.readAllLines(csv).stream().skip(1).map(RecipesTest::cells).toList();
        Map<String, Recipe.UserFigures> figures = ALL.stream()
                .flatMap(recipe -> recipe.user().stream())
                .filter(user -> !user.row().isEmpty())
                .collect(Collectors.toMap(Recipe.UserFigures::row, Function.identity()));

        assertThat(rows())
                .containsExactlyInAnyOrderElementsOf(
                        table.stream().map(row -> row.get(0)).toList());
        for (List<String> row : table) {
            Recipe.UserFigures user = figures.get(row.get(0));
            assertThat(user.note()).isEqualTo(row.get(9));
            assertThat(user.worked()).isEqualTo(row.get(10).equals("yes"));
            assertThat(user.asWritten().getOrDefault("time", "")).isEqualTo(row.get(5));
            String macc = row.get(2).replace(",", "");
            if (macc.equals("?")) {
                assertThat(user.macc()).isEmpty();
            } else {
                assertThat(user.macc()).hasValue(Long.parseLong(macc));
            }
            assertThat(user.flashBytes().isPresent()).isEqualTo(row.get(3).endsWith("B"));
            assertThat(user.ramBytes().isPresent()).isEqualTo(row.get(4).endsWith("B"));
            assertThat(user.inferenceMillis().isPresent()).isEqualTo(row.get(5).endsWith("ms"));
            assertThat(user.cause()).as("cause for %s", row.get(0)).isNotBlank();
            assertThat(user.fix()).as("fix for %s", row.get(0)).isNotBlank();
        }
    }

    @Test
    void sizes_are_counted_in_1024() {
        Recipe.UserFigures user =
                Recipes.byId("yunet-120x160-weight").orElseThrow().user().orElseThrow();

        assertThat(user.asWritten()).containsEntry("flash", "434KB");
        assertThat(user.flashBytes()).hasValue(434 * 1024);
        assertThat(user.inferenceMillis()).hasValue(770);
    }

    @Test
    void the_figures_of_centerface_are_doubted() {
        for (String id : List.of("centerface-nx3xhxw", "centerface-nx3xhxw-quant")) {
            assertThat(Recipes.byId(id).orElseThrow().user().orElseThrow().doubts())
                    .filteredOn(doubt -> doubt.degree().equals("impossible"))
                    .extracting(Recipe.Doubt::figure)
                    .contains("macc", "ram", "time");
        }
    }

    @Test
    void digests_are_those_of_the_files() throws IOException {
        Path index = SHARED.resolve("models/index.json");
        assumeTrue(Files.isRegularFile(index), "../shared/models is not on this machine");
        Map<String, JsonNode> byDigest = new java.util.HashMap<>();
        for (JsonNode file : new JsonMapper().readTree(index.toFile()).get("files")) {
            byDigest.put(file.get("sha256").textValue(), file);
        }
        int seen = 0;
        for (Recipe recipe : ALL) {
            for (Recipe.KnownFile file : recipe.files()) {
                JsonNode known = byDigest.get(file.sha256());
                if (known != null) {
                    seen++;
                    assertThat(file.bytes()).isEqualTo(known.get("bytes").longValue());
                    assertThat(file.repository()).isEqualTo(known.get("repo").textValue());
                    assertThat(file.commit()).isEqualTo(known.get("commit").textValue());
                }
            }
        }
        assertThat(seen).isGreaterThan(50);
    }

    @Test
    void a_file_is_recognised_by_content_then_by_name_then_by_format() {
        assertThat(Recipes.matching("renamed.tflite", SHORT_RANGE).orElseThrow())
                .satisfies(match -> assertThat(match.by()).isEqualTo(By.DIGEST))
                .satisfies(match -> assertThat(match.recipe().id()).isEqualTo("blazeface-short-range"));
        assertThat(Recipes.matching("a/b/CenterFace_Nx3xHxW.onnx", "00").orElseThrow())
                .satisfies(match -> assertThat(match.by()).isEqualTo(By.NAME))
                .satisfies(match -> assertThat(match.recipe().id()).isEqualTo("centerface-nx3xhxw"));
        assertThat(Recipes.matching("version-RFB-320.onnx", "00").orElseThrow().by())
                .isEqualTo(By.NAME_OTHER_CONTENT);
        assertThat(Recipes.matching("version-RFB-320.onnx", "").orElseThrow().by())
                .isEqualTo(By.NAME);
    }

    @Test
    void a_common_name_needs_its_folder() {
        assertThat(Recipes.matching("downloads/model_float32.tflite", "")).isEmpty();
        assertThat(Recipes.matching("downloads/SCRFD/model_float32.tflite", "")
                        .orElseThrow()
                        .recipe()
                        .id())
                .isEqualTo("scrfd-model-float32");
        assertThat(Recipes.matching("C:\\zoo\\YuNet\\model_weight_quant.tflite", "")
                        .orElseThrow()
                        .recipe()
                        .id())
                .isEqualTo("yunet-120x160-weight");
        assertThat(Recipes.matching("other-version-RFB-320.onnx", "")).isEmpty();
    }

    private static List<String> rows() {
        return Recipes.summaries().stream()
                .map(RecipeSummary::row)
                .filter(row -> !row.isEmpty())
                .toList();
    }

    /** Cells of a line of CSV with quoted cells. */
    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (char letter : line.toCharArray()) {
            if (letter == '"') {
                quoted = !quoted;
            } else if (letter == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(letter);
            }
        }
        cells.add(cell.toString());
        return cells;
    }
}
