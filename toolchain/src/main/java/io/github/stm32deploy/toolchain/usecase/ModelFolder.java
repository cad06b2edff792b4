// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The model files that the user means: files as named, and in folders whatever has the ending of a model. Endings of
 * formats that are not read count too, so that their owner is told what to bring instead.
 */
public final class ModelFolder {
    /** Files that a folder is searched for; what a file is, its content decides. */
    private static final Set<String> ENDINGS = Set.of(
            "onnx",
            "tflite",
            "lite",
            "ort",
            "pb",
            "h5",
            "keras",
            "pt",
            "pth",
            "mnn",
            "caffemodel",
            "param",
            "ncnn",
            "task",
            "mlmodel",
            "engine",
            "trt",
            "pdmodel",
            "rknn",
            "safetensors",
            "yaml",
            "yml");

    private ModelFolder() {}

    /**
     * A model to look at.
     *
     * @param label how a table names it: the path below the folder that was named, or the path as named
     */
    public record Found(Path file, String label) {}

    /**
     * The recipe that ships with the program under that name; empty where a file or folder of the name exists, or no
     * recipe has it.
     */
    static Optional<Recipe> recipe(Path named) {
        return Files.exists(named) ? Optional.empty() : Recipes.byId(named.toString());
    }

    /**
     * @param named files and folders
     * @return files in the order named, those of a folder by name
     * @throws DiagnosedException where a folder holds no model or cannot be read
     */
    public static List<Found> find(List<Path> named) {
        List<Found> found = new ArrayList<>();
        for (Path path : named) {
            if (Files.isDirectory(path)) {
                found.addAll(inside(path));
            } else {
                found.add(new Found(path, path.toString().replace('\\', '/')));
            }
        }
        return found;
    }

    private static List<Found> inside(Path folder) {
        List<Found> found;
        try (Stream<Path> tree = Files.walk(folder)) {
            found = tree.filter(Files::isRegularFile)
                    .filter(ModelFolder::mayBeModel)
                    .map(file ->
                            new Found(file, folder.relativize(file).toString().replace('\\', '/')))
                    .sorted((left, right) -> left.label().compareTo(right.label()))
                    .toList();
        } catch (IOException | UncheckedIOException unreadable) {
            throw usage(folder, "the folder cannot be read: " + unreadable.getMessage());
        }
        if (found.isEmpty()) {
            throw usage(folder, "no file in it or below it has the ending of a model (.onnx, .tflite...)");
        }
        return found;
    }

    private static boolean mayBeModel(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        boolean recipe = ending.equals("yaml") || ending.equals("yml");
        return !name.startsWith(".") && ENDINGS.contains(ending) && (!recipe || looksLikeRecipe(file));
    }

    /** YAML files are of many kinds; a recipe names its model and its licence at the left margin. */
    private static boolean looksLikeRecipe(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            List<String> keys = lines.limit(200)
                    .map(line -> line.substring(0, Math.max(0, line.indexOf(':'))))
                    .toList();
            return keys.containsAll(List.of("id", "file", "licence"));
        } catch (IOException | UncheckedIOException unreadable) {
            return false;
        }
    }

    private static DiagnosedException usage(Path folder, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("READ-IS-DIRECTORY", Stage.READ, "a folder was given and there is no model in it")
                        .where(folder.toString())
                        .observed(observed)
                        .effect("there is nothing to check")
                        .fix("name a model file, or a folder with models")
                        .build());
    }
}
