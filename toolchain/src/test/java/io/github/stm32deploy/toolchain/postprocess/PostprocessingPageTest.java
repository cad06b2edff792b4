// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of instruction counts has what the benchmark counts. */
class PostprocessingPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Path FAMILIES = ROOT.resolve("firmware-templates/benchmarks/postprocess/families");
    private static final Pattern NAME = Pattern.compile("\\.name = \"([^\"]+)\"");

    @Test
    void everyFamilyOfTheBenchmarkHasItsRows() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/reference/postprocessing.md"));
        try (Stream<Path> files = Files.list(FAMILIES)) {
            List<Path> families = files.sorted().toList();
            assertThat(families).isNotEmpty();
            for (Path family : families) {
                Matcher name = NAME.matcher(Files.readString(family));
                assertThat(name.find()).as("a name in " + family.getFileName()).isTrue();
                // Once with its instructions, once with its memory.
                assertThat(page.lines().filter(line -> line.startsWith("| " + name.group(1) + " |")))
                        .as(name.group(1) + "; firmware-templates/benchmarks/postprocess/run.sh --write")
                        .hasSize(2);
            }
        }
    }
}
