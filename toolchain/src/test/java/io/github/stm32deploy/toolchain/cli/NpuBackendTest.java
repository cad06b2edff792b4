// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.neuralart.StandInCase;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The npu backend against a stand-in for ST's tool: each way in which it can fail, or succeed without having done what it was asked
 * for, has a code and an exit code of its own. {@link Cli} sees to it that no process is left.
 */
@EnabledOnOs(OS.LINUX)
class NpuBackendTest {
    private static final Board DK = Boards.byId("stm32n6570-dk");

    @TempDir
    private static Path shared;

    private static Path model;

    @TempDir
    private Path folder;

    private StandInCase stedgeai;
    private Path output;

    @BeforeAll
    static void quantize() {
        model = shared.resolve("drawn-faces_int8.onnx");
        Cli.run(
                        "quantize",
                        DemoApplication.material().resolve("drawn-faces.onnx"),
                        "--calibration",
                        "random",
                        "-o",
                        model)
                .fine();
    }

    @BeforeEach
    void place() {
        stedgeai = new StandInCase(folder.resolve("st"));
        output = folder.resolve("made");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stm32n6570-dk", "nucleo-n657x0-q"})
    void a_good_run_is_kept_with_what_was_obtained(String board) throws IOException {
        stedgeai.generate(stedgeai.goodRun(Boards.byId(board))).install();

        Cli.Ran ran = generate("--board", board).fine();

        assertThat(output.resolve("network"))
                .isDirectoryContaining(file -> file.endsWith("network.c"))
                .isDirectoryContaining(file -> file.endsWith("network_atonbuf.xSPI2.raw"));
        assertThat(output.resolve("model.onnx")).exists();
        Schemas.report(Files.readAllBytes(output.resolve("report.json")));
        Report report = JsonFiles.read(output.resolve("report.json"), Report.class);
        assertThat(report.obtained().tool()).isEqualTo("4.0.1-20581 7ed50de05");
        assertThat(report.obtained().compiler()).isEqualTo("1.1.3-275");
        assertThat(report.obtained().epochs().total()).isEqualTo(3);
        assertThat(report.obtained().weightsBytes()).isEqualTo(1000);
        assertThat(report.obtained().images()).singleElement().satisfies(image -> {
            assertThat(image.pool()).isEqualTo("octoFlash");
            assertThat(image.address()).isEqualTo(flash(board));
        });
        assertThat(report.prediction()).isNotNull();
        assertThat(ran.text()).contains("ST Edge AI Core 4.0.1-20581", "3 obtained, 0 with the CPU");
        // The numbers of the stand-in belong to no network.
        assertThat(ran.err()).contains("note NPU-EPOCHS-DIFFER ");
        assertThat(folder.resolve("made.stedgeai.log")).content().contains("PASS:", "Exec/report summary");
    }

    private static long flash(String board) {
        return Boards.byId(board).npu().orElseThrow().pools().stream()
                .filter(pool -> pool.name().equals("octoFlash"))
                .findFirst()
                .orElseThrow()
                .start();
    }

    @Test
    void the_tool_is_given_plain_paths_whatever_the_users_are_called() throws IOException {
        stedgeai.generate(stedgeai.goodRun(DK)).install();
        Path named = Files.copy(model, folder.resolve("gesicht gr\u00f6\u00dfe.onnx"));

        Cli.run(
                        "generate",
                        named,
                        "--backend",
                        "npu",
                        "--board",
                        DK.id(),
                        "--stedgeai",
                        stedgeai.root(),
                        "-o",
                        folder.resolve("\u00e4rger"))
                .fine();

        assertThat(String.join(" ", stedgeai.arguments())).isASCII().contains("gesicht_gr__e.onnx");
    }

    @Test
    void nothing_stays_behind_in_the_folder_for_temporary_files() throws IOException {
        stedgeai.generate("die 9").install();
        List<Path> before = workFolders();

        generate().refused(4, "STEDGEAI-CRASHED");

        assertThat(workFolders()).isEqualTo(before);
    }

    private static List<Path> workFolders() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("stm32-deploy-npu-"))
                    .sorted()
                    .toList();
        }
    }

    /** Before the model is looked at. */
    static Stream<Arguments> environments() {
        return Stream.of(
                environment("STEDGEAI-NO-ANSWER", tool -> tool.version("say Accept the licence?", "hang")),
                environment("STEDGEAI-VERSION-UNREADABLE", tool -> tool.version("say No licence", "exit 1")),
                environment("STEDGEAI-VERSION-OLD", tool -> tool.version("say ST Edge AI Core v1.0.0-19899")),
                environment("STEDGEAI-NPU-MISSING", tool -> delete(tool.root().resolve("Utilities/linux/atonn"))),
                environment(
                        "STEDGEAI-NOT-STARTED",
                        tool -> tool.root()
                                .resolve("Utilities/linux/stedgeai")
                                .toFile()
                                .setExecutable(false, false)),
                environment("STEDGEAI-NOT-AT-PATH", tool -> delete(tool.root().resolve("Utilities/linux/stedgeai"))));
    }

    private static Arguments environment(String code, Consumer<StandInCase> change) {
        return Arguments.of(code, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("environments")
    void what_is_wrong_with_the_installation(String code, Consumer<StandInCase> change) throws IOException {
        stedgeai.generate(stedgeai.goodRun(DK));
        // What it says is written by install, what is taken away must be there before.
        change.accept(stedgeai);
        stedgeai.install();
        change.accept(stedgeai);

        generate("--stedgeai-timeout", "4").refused(3, code);

        assertThat(output).doesNotExist();
        assertThat(stedgeai.calls()).isZero();
    }

    @Test
    void no_installation_at_all() {
        assumeTrue(System.getenv("STEDGEAI_CORE_DIR") == null, "this machine has ST Edge AI Core");

        Cli.Ran ran = Cli.run("generate", model, "--backend", "npu", "--board", DK.id(), "-o", output)
                .refused(3, "STEDGEAI-NOT-FOUND");

        assertThat(ran.err()).contains("--backend cpu");
    }

    /** Whatever it does, the run ends with a code of its own. */
    static Stream<Arguments> failures() {
        return Stream.of(
                failure("STEDGEAI-FAILED", good -> List.of("say " + StandInCase.VERSION, "exit 255")),
                failure("STEDGEAI-CRASHED", good -> List.of("say " + StandInCase.VERSION, "child", "die 11")),
                failure("STEDGEAI-SILENT", good -> List.of("say " + StandInCase.VERSION, "child", "hang")),
                failure(
                        "ONNX-IR-TOO-NEW",
                        good -> says(
                                "INTERNAL ERROR: Your model ir_version 10 is higher than the checker's (9).", 255)),
                failure(
                        "VENDOR-UNSUPPORTED-LAYER",
                        good -> says("NOT IMPLEMENTED: Unsupported layer types: Range, OneHot", 255)),
                failure(
                        "FILE-PATH-NON-ASCII",
                        good -> says("Internal compiler error (signo=22): wstring_convert::from_bytes", 255)),
                failure(
                        "VENDOR-POOL-FILE",
                        good -> List.of(
                                "say " + StandInCase.VERSION,
                                "say Error: memory pool JSON ERROR: INVALID_ARGUMENT:Expected a value.",
                                "say Warning: Oauto did not find valid compile options: aborting",
                                "say total bytes left unallocated=123456",
                                "say E103(CliRuntimeError): Error calling the Neural Art compiler",
                                "exit 255")),
                failure(
                        "MEM-ACTIVATIONS-EXCEED",
                        good -> List.of(
                                "say " + StandInCase.VERSION,
                                "say Warning: Oauto did not find valid compile options: aborting",
                                "say total bytes left unallocated=3211264",
                                "say E103(CliRuntimeError): Error calling the Neural Art compiler",
                                "exit 255")),
                failure("STEDGEAI-OUTPUT-GONE", good -> appended(good, "drop")),
                failure("STEDGEAI-FILE-MISSING", good -> StandInCase.with(good, "copy network.c")),
                failure(
                        "STEDGEAI-FILE-CUT",
                        good -> StandInCase.with(good, "copy network.c", "cut network.c network.c 270")),
                failure("NPU-WEIGHTS-MISSING", good -> StandInCase.with(good, "fill")),
                failure(
                        "NPU-WEIGHTS-SIZE",
                        good -> StandInCase.with(good, "fill", "fill network_atonbuf.xSPI2.raw 512")),
                failure("NPU-WEIGHTS-STRAY", good -> appended(good, "fill network_atonbuf.OTHER.raw 64")),
                failure(
                        "NPU-QUANTIZATION-IGNORED",
                        good -> StandInCase.with(
                                good,
                                "bar",
                                "say INVALID_ARGUMENT:(tensors[3].value.format.type): invalid value \"BOOL\". Ignore Quantization JSON file")),
                failure(
                        "NPU-MODEL-OTHER",
                        good -> StandInCase.with(good, "sign", "copy network_c_info.json c_info.json")));
    }

    private static Arguments failure(String code, java.util.function.UnaryOperator<List<String>> actions) {
        return Arguments.of(code, actions);
    }

    private static List<String> says(String line, int status) {
        return List.of("say " + StandInCase.VERSION, "bar 3", "say " + line, "exit " + status);
    }

    private static List<String> appended(List<String> actions, String last) {
        return Stream.concat(actions.stream(), Stream.of(last)).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void what_the_tool_does_wrong(String code, java.util.function.UnaryOperator<List<String>> actions)
            throws IOException {
        stedgeai.generate(actions.apply(stedgeai.goodRun(DK))).install();

        Cli.Ran ran = generate("--stedgeai-timeout", "32").refused(4, code);

        assertThat(output).doesNotExist();
        assertThat(folder.resolve("made.stedgeai.log")).exists();
        assertThat(ran.err()).contains("made.stedgeai.log");
        assertChildGone();
    }

    private void assertChildGone() throws IOException {
        Path pid = stedgeai.scene().resolve("child.pid");
        if (Files.exists(pid)) {
            assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid)))
                            .filter(child ->
                                    child.isAlive() && child.info().command().isPresent()))
                    .isEmpty();
        }
    }

    @Test
    void a_run_that_takes_too_long_is_ended_though_it_prints() throws IOException {
        stedgeai.generate(Stream.generate(() -> List.of("say on it", "wait 500"))
                        .limit(80)
                        .flatMap(List::stream)
                        .toList())
                .install();

        generate("--stedgeai-timeout", "12").refused(4, "STEDGEAI-TIMED-OUT");
    }

    @Test
    void a_network_for_the_cpu_alone_is_no_success() throws IOException {
        stedgeai.generate(stedgeai.run(DK, "stm32n6", "ss/sa per channel", 0)).install();

        generate().refused(4, "NPU-NOT-TARGETED");
    }

    @Test
    void a_model_that_the_tool_takes_for_float_is_no_success() throws IOException {
        stedgeai.generate(stedgeai.run(DK, "stm32n6npu", "float", 0)).install();

        generate().refused(4, "NPU-QUANTIZATION-ABSENT");
    }

    @Test
    void external_ram_is_used_where_it_was_asked_for() throws IOException {
        stedgeai.generate(stedgeai.run(DK, "stm32n6npu", "ss/sa per channel", 8192))
                .install();

        generate().refused(4, "NPU-SPILL-UNASKED");
        generate("--external-ram").fine();
    }

    @Test
    void layers_that_stay_float_are_told() throws IOException {
        stedgeai.generate(StandInCase.with(
                        stedgeai.goodRun(DK),
                        "bar",
                        "say WARNING: conv_1 is not quantized",
                        "say WARNING: conv_2 is not quantized"))
                .install();

        assertThat(generate().fine().err()).contains("NPU-LAYERS-FLOAT", "2 layers");
    }

    @Test
    void epochs_on_the_cpu_that_nobody_predicted_are_told() throws IOException {
        List<String> good = stedgeai.goodRun(DK);
        Path description = stedgeai.scene().resolve("c_info.json");
        Files.writeString(description, Files.readString(description).replace("NODE_HW", "NODE_SW"));
        stedgeai.generate(good).install();

        Cli.Ran ran = generate().fine();

        assertThat(ran.err()).contains("slow NPU-EPOCHS-ON-CPU ");
        assertThat(ran.text()).contains("verdict    npu+cpu", "3 obtained, 3 with the CPU");
    }

    @Test
    void a_description_for_other_memory_is_refused() throws IOException {
        List<String> good = stedgeai.goodRun(DK);
        Path description = stedgeai.scene().resolve("c_info.json");
        long start = flash(DK.id());
        Files.writeString(
                description,
                Files.readString(description).replace("\"" + start + "\"", "\"" + (start + 0x100000) + "\""));
        stedgeai.generate(good).install();

        generate().refused(4, "NPU-POOLS-OTHER");
    }

    @Test
    void a_report_that_was_altered_is_not_believed() throws IOException {
        List<String> good = stedgeai.goodRun(DK);
        Path description = stedgeai.scene().resolve("c_info.json");
        Files.writeString(
                description, Files.readString(description).replace("\"activations\": 4096", "\"activations\": 4097"));
        stedgeai.generate(good).install();

        generate().refused(4, "STEDGEAI-REPORT-CONTRADICTS");
    }

    @Test
    void the_runtime_must_be_of_the_release_of_the_compiler() throws IOException {
        stedgeai.generate(stedgeai.goodRun(DK)).install().runtime(262);

        Cli.Ran ran = generate().refused(3, "NPU-RUNTIME-VERSION");

        assertThat(ran.err()).contains("1.1.3-262", "1.1.3-275");
    }

    @Test
    void a_release_that_is_not_known_is_used_and_told() throws IOException {
        stedgeai.version("say ST Edge AI Core v9.9.0-1 abcdef0")
                .generate(StandInCase.with(stedgeai.goodRun(DK), "say", "say ST Edge AI Core v9.9.0-1 abcdef0"))
                .install();

        assertThat(generate().fine().err()).contains("STEDGEAI-VERSION-UNKNOWN", "9.9.0-1");
    }

    @Test
    void a_failure_that_more_memory_answers_is_repaired_once() throws IOException {
        List<String> good = stedgeai.run(DK, "stm32n6npu", "ss/sa per channel", 8192);
        stedgeai.generate(
                        "say " + StandInCase.VERSION,
                        "say total bytes left unallocated=3211264",
                        "say E103(CliRuntimeError): Error calling the Neural Art compiler",
                        "exit 255")
                .generate(good)
                .install();

        assertThat(generate().refused(4, "MEM-ACTIVATIONS-EXCEED").err()).contains("--external-ram");

        Files.delete(stedgeai.scene().resolve("calls-generate.txt"));
        Cli.Ran ran = generate("--auto-repair").fine();

        assertThat(stedgeai.calls()).isEqualTo(2);
        assertThat(ran.err()).contains("NPU-REPAIRED-ONCE", "--external-ram");
    }

    @Test
    void the_board_needs_an_npu() {
        Cli.run("generate", model, "--backend", "npu", "--board", "host", "-o", output)
                .refused(2, "NPU-BOARD");
    }

    private Cli.Ran generate(Object... options) {
        return Cli.run(Stream.concat(
                        Stream.of("generate", model, "--backend", "npu", "--stedgeai", stedgeai.root(), "-o", output),
                        options.length > 0 && options[0].equals("--board")
                                ? Stream.of(options)
                                : Stream.concat(Stream.of("--board", DK.id()), Stream.of(options)))
                .toArray());
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException unwritable) {
            throw new java.io.UncheckedIOException(unwritable);
        }
    }
}
