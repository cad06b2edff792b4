// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/guide/which-models-run.md shows is what the program prints of the bundled detector; {@code
 * -DupdateReference=true} writes it anew.
 */
class GuideListingTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide", "which-models-run.md");

    @TempDir
    Path work;

    @Test
    void the_listings_of_the_guide_are_what_the_commands_print() throws IOException {
        Path models = Files.createDirectory(work.resolve("models"));
        Files.copy(DemoApplication.material().resolve("drawn-faces.onnx"), models.resolve("drawn-faces.onnx"));
        Files.copy(DemoApplication.quantized(), models.resolve("drawn-faces-int8.onnx"));
        String checked =
                Cli.run("check", models.resolve("drawn-faces.onnx")).text().strip();
        Cli.run("compare", models, "-o", work.resolve("table")).fine();
        String table = Files.readString(work.resolve("table/table.md"))
                .lines()
                .filter(line -> line.startsWith("|"))
                .collect(Collectors.joining("\n"));
        // The demo's own paths and its temporary folder are no part of the answer.
        String plain = checked.replace(models.resolve("drawn-faces.onnx").toString(), "drawn-faces.onnx");
        String own = table.replace(models + "/", "");
        String guide = Files.readString(GUIDE).replace("\r\n", "\n");
        String generated = listing(listing(guide, "check", "```\n" + plain + "\n```"), "compare", own);
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(GUIDE, generated);
        }
        assertThat(Files.readString(GUIDE).replace("\r\n", "\n")).isEqualTo(generated);
    }

    private static String listing(String page, String name, String content) {
        String start = "<!-- listing: " + name + " -->\n";
        assertThat(page).contains(start);
        return page.replaceFirst(
                "(?s)" + start + ".*?<!-- end -->", Matcher.quoteReplacement(start + content + "\n<!-- end -->"));
    }
}
