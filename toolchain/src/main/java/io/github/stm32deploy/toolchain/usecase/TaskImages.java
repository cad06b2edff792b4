// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Images on which two graphs are compared by what they find.
 *
 * @param named what the user wrote
 * @param files at most as many as asked for
 * @param available that the user named
 * @param calibrated ranges were measured on these images
 */
record TaskImages(String named, List<Path> files, int available, boolean calibrated) {
    TaskImages {
        files = List.copyOf(files);
    }

    /**
     * The images that a choice means.
     *
     * @param calibration what was written behind {@code --calibration}
     * @return empty where none are wanted, or the samples are no images
     * @throws DiagnosedException TASK-IMAGES-UNUSABLE where {@code --test} names none
     */
    static Optional<TaskImages> of(TaskChoice choice, Optional<String> calibration) {
        if (choice.images() == 0) {
            return Optional.empty();
        }
        if (choice.test().isPresent()) {
            String named = choice.test().get();
            return Optional.of(in(named, choice.images(), false)
                    .orElseThrow(() -> unusable(
                            named,
                            Files.exists(Path.of(named)) ? "no image is directly in it" : "no such file or folder")));
        }
        return calibration.flatMap(named -> in(named, choice.images(), true));
    }

    /** @return empty where {@code named} is no image and no folder with images */
    static Optional<TaskImages> in(String named, int most, boolean calibrated) {
        Path path = Path.of(named);
        String name = named.toLowerCase(Locale.ROOT);
        if (name.endsWith(".npy") || name.endsWith(".npz") || !Files.exists(path)) {
            return Optional.empty();
        }
        try {
            List<Path> all = ImageFolder.images(path).stream()
                    .filter(ImageFile::hasImageName)
                    .toList();
            return all.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new TaskImages(named, spread(all, most), all.size(), calibrated));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** Neighbours in a folder are often frames of one film. */
    private static List<Path> spread(List<Path> all, int most) {
        int count = Math.min(most, all.size());
        List<Path> chosen = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            chosen.add(all.get((int) ((long) index * all.size() / count)));
        }
        return chosen;
    }

    private static DiagnosedException unusable(String named, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error(
                                "TASK-IMAGES-UNUSABLE",
                                Stage.QUANTIZE,
                                "there is no image to compare float and int8 on")
                        .where("--test " + named)
                        .observed(observed)
                        .rule("a folder with .jpg, .jpeg, .png, .bmp or .gif files, or one such file")
                        .effect("nothing was quantized")
                        .fix("name a folder of images that are not used for calibration, or leave --test out")
                        .build());
    }
}
