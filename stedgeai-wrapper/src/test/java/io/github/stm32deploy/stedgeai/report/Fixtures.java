// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;

/** Real reports beside the repository; tests that need them skip where they are absent. */
final class Fixtures {
    private static final Path FOLDER = Path.of(System.getenv().getOrDefault("STM32_DEPLOY_SHARED", "../../shared"))
            .resolve("fixtures/stedgeai");

    private Fixtures() {}

    static Path folder() {
        Assumptions.assumeTrue(Files.isRegularFile(FOLDER.resolve("index.json")), "no recorded reports in " + FOLDER);
        return FOLDER;
    }

    static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            boolean packed = file.toString().endsWith(".gz");
            return packed ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
        }
    }

    static String text(Path file) throws IOException {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }
}
