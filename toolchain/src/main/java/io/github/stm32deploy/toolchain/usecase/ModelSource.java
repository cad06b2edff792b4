// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.InvalidRecipeException;
import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.RecipeMatch;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * A model as the user named it: a model file, or a recipe that names one and says what it wants and gives.
 *
 * @param recipe that the user named
 * @param known recipe that ships and names this very file, or the one that this file was made from, by its digest; empty where
 *     the user named one
 * @param sha256 digest of the model file, hexadecimal
 */
record ModelSource(ModelFile model, Optional<Recipe> recipe, Optional<Recipe> known, String sha256) {
    private static final String FACE_CROP = "face-crop";

    /**
     * @param named a model file, or a recipe ({@code .yaml}, {@code .yml}); the id of a recipe that ships is told where its
     *     model is found
     * @throws DiagnosedException where it is neither, or the model is not the one of the recipe
     */
    static ModelSource open(Path named) {
        if (!Files.exists(named)) {
            Recipes.byId(named.toString())
                    .filter(recipe -> recipe.id().equals(named.toString()))
                    .filter(recipe -> recipe.file().isEmpty())
                    .ifPresent(recipe -> {
                        throw withoutFile(Kind.USAGE, named, recipe);
                    });
        }
        String name = String.valueOf(named.getFileName()).toLowerCase(Locale.ROOT);
        if (!name.endsWith(".yaml") && !name.endsWith(".yml")) {
            FileDigest bytes = FileDigest.begin(named);
            ModelFile model = ModelFile.open(named);
            String digest = bytes.sha256();
            Optional<Recipe> known = byDigest(named, digest)
                    .or(() -> Provenance.of(model.graph()).flatMap(origin -> byDigest(named, origin)));
            return new ModelSource(model, Optional.empty(), known, digest);
        }
        Recipe recipe = recipe(named);
        Path file = named.resolveSibling(recipe.file().orElseThrow(() -> withoutFile(Kind.FINDING, named, recipe)));
        FileDigest bytes = FileDigest.begin(file);
        ModelFile model = ModelFile.open(file);
        String digest = bytes.sha256();
        if (!recipe.sha256().isEmpty() && !recipe.sha256().equalsIgnoreCase(digest)) {
            throw new DiagnosedException(
                    Kind.FINDING,
                    Diagnosis.error(
                                    "READ-RECIPE-OTHER-MODEL",
                                    Stage.READ,
                                    "the model file is not the one of the recipe")
                            .where(file.toString())
                            .observed("sha256 " + digest)
                            .rule("the recipe expects sha256 " + recipe.sha256())
                            .effect("its input contract and figures may belong to another model")
                            .fix("fetch the model that the recipe names, or correct sha256 in " + named)
                            .build());
        }
        return new ModelSource(model, Optional.of(recipe), Optional.empty(), digest);
    }

    private static Optional<Recipe> byDigest(Path named, String digest) {
        return KnownModel.match(named, digest)
                .filter(match -> match.by() == RecipeMatch.By.DIGEST)
                .map(RecipeMatch::recipe);
    }

    /** Input contract of the user's recipe, where there is one that says everything. */
    Optional<InputContract> contract() {
        return recipe.flatMap(this::contractOf);
    }

    /** Input contract of a recipe, where it says everything. */
    Optional<InputContract> contractOf(Recipe described) {
        return described.input().filter(Recipe.Input::isComplete).map(this::contract);
    }

    /**
     * Input contract of a recipe for an input of known size: sizes that the recipe leaves open are those of the input, and where
     * another model would cut out the region first, each picture is that region, cut evenly to the shape of the input.
     */
    Optional<InputContract> contractOf(Recipe described, ImageInput image) {
        return described
                .input()
                .map(input -> new Recipe.Input(
                        input.name(),
                        input.layout(),
                        input.colour(),
                        input.width() == 0 ? image.width() : input.width(),
                        input.height() == 0 ? image.height() : input.height(),
                        input.mean(),
                        input.scale(),
                        input.resize().equals(FACE_CROP) ? "centre-crop" : input.resize(),
                        input.padding(),
                        input.crop(),
                        input.source(),
                        input.usual()))
                .filter(Recipe.Input::isComplete)
                .map(this::contract);
    }

    private InputContract contract(Recipe.Input input) {
        try {
            return new InputContract(
                    choice(InputContract.Layout.class, input.layout(), "layout"),
                    choice(InputContract.Colour.class, input.colour(), "colour"),
                    input.width(),
                    input.height(),
                    input.mean(),
                    input.scale(),
                    choice(InputContract.ResizeMode.class, input.resize(), "resize"),
                    input.padding());
        } catch (IllegalArgumentException | NullPointerException contradiction) {
            throw invalid(model.file(), "input: " + contradiction.getMessage());
        }
    }

    private <E extends Enum<E>> E choice(Class<E> type, String text, String key) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().replace('_', '-').equalsIgnoreCase(text)) {
                return constant;
            }
        }
        throw invalid(
                model.file(),
                "input." + key + ": " + text + " is none of "
                        + String.join(
                                ", ",
                                java.util.Arrays.stream(type.getEnumConstants())
                                        .map(constant -> constant.name()
                                                .replace('_', '-')
                                                .toLowerCase(Locale.ROOT))
                                        .toList()));
    }

    private static Recipe recipe(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("READ-FILE-MISSING", Stage.READ, "there is no such file")
                            .where(file.toString())
                            .effect("there is no recipe to read")
                            .fix("check the path; a relative path starts at the folder in which the command runs")
                            .build());
        }
        try {
            return Recipes.read(file);
        } catch (InvalidRecipeException invalid) {
            throw invalid(file, invalid.problem());
        } catch (IOException unreadable) {
            throw invalid(file, "the file cannot be read as UTF-8 text");
        }
    }

    /** A recipe that only says where a model is found, or that there is none to find. */
    private static DiagnosedException withoutFile(Kind kind, Path named, Recipe recipe) {
        Diagnosis.Builder diagnosis = Diagnosis.error(
                        "READ-RECIPE-WITHOUT-FILE", Stage.READ, "the recipe brings no model file")
                .where(named.toString())
                .effect("there is nothing to read");
        if (recipe.instead().isPresent()) {
            return new DiagnosedException(
                    kind,
                    diagnosis
                            .observed(recipe.instead().get().what())
                            .fix(recipe.instead().get().bring())
                            .build());
        }
        return new DiagnosedException(
                kind,
                diagnosis
                        .observed("no file is named; the source is "
                                + recipe.source().map(ModelSource::place).orElse(Recipe.UNKNOWN))
                        .fix("fetch the model there and give its file, or name it in the recipe: file: NAME")
                        .build());
    }

    private static String place(Recipe.Source source) {
        return source.repository().isEmpty()
                ? source.url()
                : "https://github.com/" + source.repository() + ", " + source.path();
    }

    /** A recipe with a value that cannot be used. */
    static DiagnosedException invalid(Path file, String observed) {
        return new DiagnosedException(
                Kind.FINDING,
                Diagnosis.error("READ-RECIPE-INVALID", Stage.READ, "the recipe cannot be used")
                        .where(file.toString())
                        .observed(observed)
                        .rule("docs/guide/recipes.md")
                        .effect("the model that it describes is not read")
                        .fix("correct the recipe")
                        .build());
    }

    static String sha256(Path file) {
        return FileDigest.begin(file).sha256();
    }
}
