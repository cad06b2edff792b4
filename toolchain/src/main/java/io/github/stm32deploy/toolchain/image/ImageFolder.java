// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The image files that a user means by naming a folder or a file. */
public final class ImageFolder {
    private ImageFolder() {}

    /**
     * The files directly in a folder whose name is that of an image, sorted by name; a file is itself.
     *
     * @return empty where the folder holds none
     * @throws IOException where it is no readable folder
     */
    public static List<Path> images(Path named) throws IOException {
        if (Files.isRegularFile(named)) {
            return List.of(named);
        }
        try (Stream<Path> files = Files.list(named)) {
            return files.filter(Files::isRegularFile)
                    .filter(ImageFile::hasImageName)
                    // Path order depends on the file system; names as text do not.
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
        }
    }
}
