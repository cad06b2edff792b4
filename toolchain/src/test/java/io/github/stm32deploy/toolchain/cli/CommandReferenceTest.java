// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** docs/reference/cli.md is what the commands say of themselves; {@code -DupdateReference=true} writes it anew. */
class CommandReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "cli.md");
    private static final int WIDTH = 110;

    @Test
    void the_reference_is_what_the_commands_print() throws IOException {
        String generated = generate();
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(REFERENCE, generated);
        }
        assertThat(Files.readString(REFERENCE).replace("\r\n", "\n")).isEqualTo(generated);
    }

    private static String generate() {
        Console console = new Console(
                new ByteArrayOutputStream(),
                new ByteArrayOutputStream(),
                new ByteArrayInputStream(new byte[0]),
                false,
                false);
        CommandLine start = Main.commandLine(console);
        StringBuilder text = new StringBuilder(
                "# Commands\n\n"
                        + "Generated from the commands themselves; `-DupdateReference=true` on CommandReferenceTest writes it anew.\n");
        section(text, start);
        return text.toString();
    }

    private static void section(StringBuilder text, CommandLine command) {
        command.setUsageHelpWidth(WIDTH);
        text.append("\n## ")
                .append(command.getCommandSpec().qualifiedName())
                .append("\n\n```\n")
                .append(command.getUsageMessage(Ansi.OFF)
                        .replace(System.lineSeparator(), "\n")
                        .strip())
                .append("\n```\n");
        command.getSubcommands().values().forEach(sub -> section(text, sub));
    }
}
