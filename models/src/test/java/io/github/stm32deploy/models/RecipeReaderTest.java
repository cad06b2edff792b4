// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeReaderTest {
    private static final Path RESOURCES = Path.of("src/main/resources/io/github/stm32deploy/models");
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Recipes.schema());

    private static final String WHOLE = """
            id: some-face
            title: Some face
            task: face-detection
            file: some.onnx
            sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
            source:
              repository: owner/name
              commit: 0123456789abcdef0123456789abcdef01234567
              url: https://example.org/some
            files:
              - name: some.onnx
                bytes: 10
            aliases: [folder/model.onnx]
            input:
              layout: NCHW
              colour: RGB
              width: 128
              height: 96
              mean: [1, 2, 3]
              scale: [4, 5, 6]
              resize: stretch
            landmarks: 5
            figures:
              user:
                macc: 100
                inferenceMillis: 1.5
                doubts:
                  - figure: macc
                    degree: impossible
                    reason: less than the weights
            instead:
              what: a thing
              bring: another
            """;

    @TempDir
    private Path folder;

    static List<String> resources() throws IOException {
        return RecipeIndexTest.resources();
    }

    @ParameterizedTest
    @MethodSource("resources")
    void every_recipe_that_ships_keeps_to_the_schema(String resource) throws IOException {
        JsonNode recipe = new YAMLMapper().readTree(Files.readString(RESOURCES.resolve(resource + ".yaml")));

        assertThat(SCHEMA.validate(recipe)).isEmpty();
    }

    @Test
    void a_recipe_says_what_stands_in_it() throws Exception {
        Recipe recipe = read(WHOLE);

        assertThat(recipe.file()).contains("some.onnx");
        assertThat(recipe.input().orElseThrow().mean()).containsExactly(1f, 2f, 3f);
        assertThat(recipe.input().orElseThrow().isComplete()).isTrue();
        assertThat(recipe.user().orElseThrow().macc()).hasValue(100);
        assertThat(recipe.user().orElseThrow().flashBytes()).isEmpty();
        assertThat(recipe.user().orElseThrow().doubts()).hasSize(1);
        assertThat(SCHEMA.validate(new YAMLMapper().readTree(WHOLE))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id: some-face              | id: some face        | id",
                "id: some-face              | ident: some-face     | id",
                "id: some-face              | ident: some-face     | ident",
                "task: face-detection       | task: faces          | task",
                "file: some.onnx            | file: [1]            | file",
                "sha256: 0123               | sha256: x123         | sha256",
                "repository: owner/name     | repository: name     | source.repository",
                "commit: 0123               | commit: HEAD         | source.commit",
                "url: https://              | url: file://         | source.url",
                "bytes: 10                  | bytes: -1            | files[0].bytes",
                "name: some.onnx            | nam: some.onnx       | files[0].name",
                "[folder/model.onnx]        | [model.onnx]         | aliases",
                "[folder/model.onnx]        | model.onnx           | aliases",
                "layout: NCHW               | layout: NCWH         | input.layout",
                "colour: RGB                | colour: CMYK         | input.colour",
                "width: 128                 | width: wide          | input.width",
                "height: 96                 | height: 100000       | input.height",
                "mean: [1, 2, 3]            | mean: [1, 2]         | input.scale",
                "scale: [4, 5, 6]           | scale: [4, 5, 0]     | input.scale",
                "resize: stretch            | resize: shrink       | input.resize",
                "landmarks: 5               | landmarks: five      | landmarks",
                "macc: 100                  | macc: '100'          | figures.user.macc",
                "inferenceMillis: 1.5       | inferenceMillis: 0   | figures.user.inferenceMillis",
                "degree: impossible         | degree: certain      | figures.user.doubts[0].degree",
                "reason: less               | reasons: less        | figures.user.doubts[0].reason",
                "bring: another             | brings: another      | instead.bring",
                "figures:                   | figures: {author: 1} | line 2",
            })
    void a_problem_names_its_field(String right, String wrong, String field) {
        assertThat(WHOLE).contains(right);

        InvalidRecipeException refused = catchThrowableOfType(
                InvalidRecipeException.class,
                () -> read(WHOLE.replaceFirst(java.util.regex.Pattern.quote(right), wrong)));

        assertThat(refused).isNotNull();
        assertThat(refused.problems()).anyMatch(problem -> problem.startsWith(field));
    }

    @Test
    void all_problems_are_reported_at_once() {
        InvalidRecipeException refused =
                catchThrowableOfType(InvalidRecipeException.class, () -> read("idd: x\ntask: faces\nlandmarks: -1\n"));

        assertThat(refused.problems())
                .extracting(problem -> problem.split(":")[0])
                .containsExactlyInAnyOrder("idd", "id", "task", "landmarks", "file");
    }

    @Test
    void a_recipe_of_one_line_needs_only_its_file() throws Exception {
        Recipe recipe = read("id: a\nfile: a.onnx\n");

        assertThat(recipe.input()).isEmpty();
        assertThat(recipe.decoder()).isEmpty();
        assertThat(recipe.licence()).isEmpty();
    }

    @Test
    void an_input_with_something_unknown_is_not_complete() throws Exception {
        assertThat(read(WHOLE.replace("colour: RGB", "colour: unknown"))
                        .input()
                        .orElseThrow()
                        .isComplete())
                .isFalse();
        assertThat(read(WHOLE.replace("resize: stretch", "resize: face-crop"))
                        .input()
                        .orElseThrow()
                        .isComplete())
                .isFalse();
        assertThat(read(WHOLE.replace("width: 128", "name: x"))
                        .input()
                        .orElseThrow()
                        .isComplete())
                .isFalse();
    }

    private Recipe read(String yaml) throws IOException, InvalidRecipeException {
        Path file = folder.resolve("recipe.yaml");
        Files.writeString(file, yaml);
        return Recipes.read(file);
    }
}
