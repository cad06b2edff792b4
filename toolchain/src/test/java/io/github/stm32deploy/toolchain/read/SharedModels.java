// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The collection of real models beside the repository; tests that need it are skipped where it is absent. */
public final class SharedModels {
    private SharedModels() {}

    public static Path folder() {
        String stated = System.getenv("STM32_DEPLOY_SHARED");
        Path shared = stated != null
                ? Path.of(stated)
                : Path.of(System.getProperty("user.dir"), "..", "..", "shared").normalize();
        Path models = shared.resolve("models");
        assumeTrue(Files.isDirectory(models), "no collection of real models at " + models);
        return models;
    }

    public static Path file(String name) {
        return folder().resolve(name);
    }

    /** All model files whose name ends with one of {@code endings}, sorted. */
    public static List<Path> all(String... endings) {
        try (Stream<Path> files = Files.walk(folder())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
