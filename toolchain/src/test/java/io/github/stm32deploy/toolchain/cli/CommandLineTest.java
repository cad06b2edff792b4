// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What holds for every command: help with an example that works, clean JSON, no colour where none is wanted. */
class CommandLineTest {
    @TempDir
    Path folder;

    private static CommandLine commands(String... arguments) {
        Console console = new Console(
                new ByteArrayOutputStream(),
                new ByteArrayOutputStream(),
                new ByteArrayInputStream(new byte[0]),
                false,
                false);
        return Main.commandLine(console, arguments);
    }

    private static Stream<CommandLine> withSubcommands(CommandLine command) {
        return Stream.concat(
                Stream.of(command),
                command.getSubcommands().values().stream().flatMap(CommandLineTest::withSubcommands));
    }

    @Test
    void a_verb_needs_no_other_command_and_anything_else_all_of_them() {
        Set<String> all = commands().getSubcommands().keySet();
        for (String verb : all) {
            assertThat(commands(verb, "x").getSubcommands().keySet()).containsExactly(verb);
        }
        assertThat(commands("--help").getSubcommands().keySet()).isEqualTo(all);
        assertThat(commands("Check").getSubcommands().keySet()).isEqualTo(all);
        assertThat(Cli.run("chek", "model.onnx").ends(2).err()).contains("check");
    }

    @Test
    void every_command_has_help_with_an_example_that_parses() {
        List<CommandLine> all = withSubcommands(commands()).toList();
        assertThat(all).hasSizeGreaterThan(8);
        for (CommandLine command : all) {
            List<String> arguments = new ArrayList<>(
                    List.of(command.getCommandSpec().qualifiedName().split(" ")));
            arguments.remove(0);
            arguments.add("--help");
            String help = Cli.run(arguments.toArray()).fine().text();
            assertThat(help).startsWith("Usage: " + command.getCommandSpec().qualifiedName());
            String example = help.lines()
                    .filter(line -> line.startsWith("Example: stm32-deploy "))
                    .findFirst()
                    .orElse("none");
            assertThat(example).as("example of %s", arguments).isNotEqualTo("none");
            commands().parseArgs(example.replace("Example: stm32-deploy ", "").split(" "));
        }
    }

    @Test
    void the_command_alone_lists_the_commands() {
        assertThat(Cli.run().fine().text()).contains("demo", "build", "measure", "doctor");
        assertThat(Cli.run("--version").fine().text()).startsWith("stm32-deploy ");
    }

    @Test
    void json_on_standard_output_is_nothing_but_json() throws IOException {
        Path built = folder.resolve("built");
        Snapshot.copy(DemoApplication.built(DemoApplication.HOST), built);

        JsonNode report = Schemas.report(
                Cli.run("generate", DemoApplication.quantized(), "-o", folder.resolve("c"), "--json", "-")
                        .fine()
                        .out());
        assertThat(report.path("verdict").asText()).isEqualTo("cpu");

        JsonNode checked = Schemas.parse(Cli.run("check", DemoApplication.quantized(), "--json", "-")
                .fine()
                .out());
        for (JsonNode one : checked.isArray() ? checked : List.of(checked)) {
            Schemas.report(one.toString().getBytes(StandardCharsets.UTF_8));
        }

        JsonNode measured = Schemas.report(Cli.run("measure", built, "--runs", "1", "--reloads", "1", "--json", "-")
                .fine()
                .out());
        assertThat(measured.path("measurement").path("inference").path("median").asDouble())
                .isPositive();

        JsonNode found = Schemas.detections(Cli.run("run", built, DemoApplication.scene(1), "--json", "-")
                .fine()
                .out());
        assertThat(found.path("detections").get(0).path("boxes")).hasSize(1);

        Cli.Ran doctor = Cli.run("doctor", "--json", "-");
        assertThat(Schemas.parse(doctor.out()).isEmpty()).isFalse();

        Path file = folder.resolve("new folder/quantized.json");
        Cli.run("quantize", DemoApplication.quantized(), "-o", folder.resolve("q.onnx"), "--json", file)
                .fine();
        assertThat(Schemas.parse(Files.readAllBytes(file)).isObject()).isTrue();
    }

    @Test
    void build_writes_json_and_nothing_else_to_standard_output() throws IOException {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Cli.Ran ran = Cli.run(
                        "build",
                        DemoApplication.quantized(),
                        "--board",
                        "host",
                        "-o",
                        folder.resolve("out"),
                        "--json",
                        "-")
                .fine();
        assertThat(Schemas.report(ran.out()))
                .isEqualTo(Schemas.report(Files.readAllBytes(folder.resolve("out/report.json"))));
        assertThat(ran.err()).contains("building firmware");
    }

    @Test
    void colours_on_a_terminal_unless_no_color_is_set() throws Exception {
        assumeTrue(onTerminal(Map.of("TERM", "xterm", "NO_COLOR", "")).isPresent(), "there is no script program here");
        assertThat(onTerminal(Map.of("TERM", "xterm", "NO_COLOR", "")).orElseThrow())
                .contains("\u001B[", "USAGE-BOARD-UNKNOWN");
        assertThat(onTerminal(Map.of("TERM", "xterm", "NO_COLOR", "1")).orElseThrow())
                .doesNotContain("\u001B[")
                .contains("USAGE-BOARD-UNKNOWN");
    }

    /** What a command that fails prints on a pseudo-terminal of util-linux' script program. */
    private static Optional<String> onTerminal(Map<String, String> environment)
            throws IOException, InterruptedException {
        String java = "'" + ChildProgram.java() + "' -cp '" + System.getProperty("java.class.path") + "' "
                + Main.class.getName() + " boards show nothing";
        ProcessBuilder builder =
                new ProcessBuilder("script", "-q", "-e", "-c", java, "/dev/null").redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException noScript) {
            return Optional.empty();
        }
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Optional.of(text);
    }
}
