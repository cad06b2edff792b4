// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.stedgeai.report.EpochTable;
import io.github.stm32deploy.stedgeai.report.MemoryUsage;
import io.github.stm32deploy.stedgeai.report.TextReport;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.neuralart.StandInCase;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real runs of ST Edge AI Core, replayed: what it printed then, and its own c_info file where that is at hand; the network itself is
 * not, so C and weights are those of the stand-in. Models that are not at hand are played by one of ours, whose prediction has
 * nothing to do with the record.
 */
@EnabledOnOs(OS.LINUX)
class RecordedRunsTest {
    private static final Path RECORDS = SharedFiles.folder("fixtures/stedgeai");

    @TempDir
    private static Path ours;

    private static Path ourModel;

    @TempDir
    private Path folder;

    private StandInCase stedgeai;
    private Path output;

    /**
     * @param text report or console log
     * @param description c_info file; "" where one is made of the text
     * @param model at hand; "" for one of ours
     * @param command whose part of the text is replayed
     * @param externalRam whether the run used it
     */
    private record Recorded(
            String text,
            String description,
            String model,
            String command,
            boolean externalRam,
            long weights,
            long activations,
            int epochs) {}

    private static final List<Recorded> RUNS = List.of(
            new Recorded(
                    "v2.0.0-analyze-yolov8n-face/network_analyze_report.txt",
                    "v2.0.0-analyze-yolov8n-face/network_c_info.json.gz",
                    "",
                    "analyze",
                    false,
                    2772993,
                    1245184,
                    228),
            new Recorded(
                    "v2.0.0-generate-tinyyolo-ec/network_generate_report.txt",
                    "v2.0.0-generate-tinyyolo-ec/tiny_yolo_v2_224_int8.tflite_c_info.json.gz",
                    "",
                    "generate",
                    true,
                    11064337,
                    351232,
                    21),
            new Recorded(
                    "v2.1.0-generate-facerec-swheavy/face_recognition_generate_report.txt",
                    "v2.1.0-generate-facerec-swheavy/face_recognition_c_info.json.gz",
                    "",
                    "generate",
                    true,
                    1242529,
                    4116480,
                    165),
            new Recorded(
                    "v2.2.0-cubemx-validate-conv16/network_generate_report.txt",
                    "",
                    "v2.2.0-cubemx-validate-conv16/baseline_conv2d_16f_3x3_int8.tflite",
                    "generate",
                    false,
                    497,
                    12304,
                    2),
            new Recorded(
                    "v2.2.0-cubemx-validate-conv7x7/network_generate_report.txt",
                    "",
                    "v2.2.0-cubemx-validate-conv7x7/baseline_conv2d_32f_7x7_int8.tflite",
                    "generate",
                    false,
                    4833,
                    1323008,
                    5),
            new Recorded(
                    "v2.2.0-cubemx-console-mobilenetv2/mobilenet_v2_224.txt",
                    "",
                    "v2.2.0-cubemx-console-mobilenetv2/mobilenet_v2_224_int8.onnx",
                    "generate",
                    false,
                    4137361,
                    2107392,
                    58),
            new Recorded(
                    "v2.2.0-devcloud-console-conv16/conv2d_16f_3x3.txt",
                    "",
                    "v2.2.0-cubemx-validate-conv16/baseline_conv2d_16f_3x3_int8.tflite",
                    "generate",
                    false,
                    497,
                    12304,
                    2),
            new Recorded(
                    "v3.0.0-generate-mobilenetv2/network_generate_report.txt",
                    "v3.0.0-generate-mobilenetv2/network_c_info.json.gz",
                    "",
                    "generate",
                    false,
                    212609,
                    245760,
                    56),
            new Recorded(
                    "v4.0.0-devcloud-console-conv/conv2d_16f_3x3_report.txt",
                    "",
                    "v4.0.0-devcloud-console-conv/baseline_conv2d_16f_3x3_int8.tflite",
                    "generate",
                    false,
                    497,
                    12304,
                    1),
            new Recorded(
                    "v4.0.0-devcloud-console-conv/conv2d_32f_7x7_epochController_report.txt",
                    "",
                    "v4.0.0-devcloud-console-conv/baseline_conv2d_32f_7x7_int8.tflite",
                    "generate",
                    false,
                    4704,
                    1585152,
                    5),
            new Recorded(
                    "v4.0.0-aistudio-nucleo-conv16/conv2d_16f_3x3.txt",
                    "",
                    "v4.0.0-devcloud-console-conv/baseline_conv2d_16f_3x3_int8.tflite",
                    "generate",
                    false,
                    497,
                    12304,
                    1),
            new Recorded(
                    "v4.0.1-analyze-hybrid-epoch/network_analyze_report.txt",
                    "",
                    "",
                    "analyze",
                    false,
                    49809,
                    18944,
                    10),
            new Recorded(
                    "v4.0.1-generate-stt-618epochs/network_generate_report.txt.gz",
                    "",
                    "",
                    "generate",
                    false,
                    10200547,
                    947200,
                    618));

    @BeforeAll
    static void quantize() {
        assumeTrue(Files.isDirectory(RECORDS), "recorded runs are not here");
        ourModel = ours.resolve("drawn-faces_int8.onnx");
        Cli.run(
                        "quantize",
                        DemoApplication.material().resolve("drawn-faces.onnx"),
                        "--calibration",
                        "random",
                        "-o",
                        ourModel)
                .fine();
    }

    @BeforeEach
    void place() {
        stedgeai = new StandInCase(folder.resolve("st"));
        output = folder.resolve("made");
    }

    static Stream<Arguments> runs() {
        return Stream.of("stm32n6570-dk", "nucleo-n657x0-q")
                .flatMap(board -> RUNS.stream()
                        .filter(run -> !run.externalRam() || board.equals("stm32n6570-dk"))
                        .map(run -> Arguments.of(
                                board + " " + run.text().substring(0, run.text().indexOf('/')), board, run)));
    }

    static Stream<Arguments> runsThatSpill() {
        return runs().filter(arguments -> ((Recorded) arguments.get()[2]).externalRam());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    void a_run_that_made_a_network(String title, String board, Recorded run) throws IOException {
        record(run);

        Cli.Ran ran = generate(board, run, run.externalRam() ? List.of("--external-ram") : List.of())
                .fine();

        Report report = JsonFiles.read(output.resolve("report.json"), Report.class);
        assertThat(report.obtained().weightsBytes()).isEqualTo(run.weights());
        assertThat(report.obtained().activationsBytes()).isEqualTo(run.activations());
        assertThat(report.obtained().epochs().total()).isEqualTo(run.epochs());
        assertThat(run.text()).startsWith("v" + report.obtained().tool().substring(0, 5));
        assertThat(ran.text()).contains(run.epochs() + " obtained");
        Schemas.report(Files.readAllBytes(output.resolve("report.json")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runsThatSpill")
    void what_lies_in_external_ram_was_not_asked_for(String title, String board, Recorded run) throws IOException {
        record(run);

        generate(board, run, List.of()).refused(4, "NPU-SPILL-UNASKED");
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of("v4.0.1_aistudio_yolov11x_float32.txt", "MEM-ACTIVATIONS-EXCEED", "2150083916"),
                // Two attempts in one log; the second had another reason.
                Arguments.of("v2.2.0_cubemx_resnet34_exit255.txt", "MEM-ACTIVATIONS-EXCEED", "3211264"),
                Arguments.of("v4.0.1_aistudio_mobileclips0.txt", "", "malformed"),
                Arguments.of("v4.0.1_aistudio_yolov11n_no_npu.txt", "", "Not enough memory"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void a_run_that_failed(String file, String code, String quoted) throws IOException {
        Files.createDirectories(stedgeai.scene());
        Files.copy(RECORDS.resolve("failures").resolve(file), stedgeai.scene().resolve("console.txt"));
        stedgeai.version("say ST Edge AI Core " + file.substring(0, 6) + "-1 123456789")
                .generate("print console.txt", "exit 255")
                .install();

        Cli.Ran ran = Cli.run(
                        "generate",
                        ourModel,
                        "--backend",
                        "npu",
                        "--board",
                        "stm32n6570-dk",
                        "--stedgeai",
                        stedgeai.root(),
                        "-o",
                        output)
                .ends(4);

        assertThat(ran.err()).contains("error " + code).contains(quoted).doesNotContain("STEDGEAI-FAILED");
        assertThat(output).doesNotExist();
    }

    @org.junit.jupiter.api.Test
    void a_run_for_the_cortex_alone() throws IOException {
        record(new Recorded(
                "v4.0.0-cpu-only-n6/network_generate_report.txt",
                "v4.0.0-cpu-only-n6/network_c_info.json",
                "",
                "generate",
                false,
                0,
                0,
                0));

        generate("stm32n6570-dk", RUNS.get(0), List.of()).refused(4, "NPU-NOT-TARGETED");
    }

    private Cli.Ran generate(String board, Recorded run, List<String> options) {
        return Cli.run(Stream.concat(
                        Stream.of(
                                "generate",
                                run.model().isEmpty() ? ourModel : RECORDS.resolve(run.model()),
                                "--backend",
                                "npu",
                                "--board",
                                board,
                                "--stedgeai",
                                stedgeai.root(),
                                "-o",
                                output),
                        options.stream())
                .toArray());
    }

    /** Makes the scene of a record. */
    private void record(Recorded run) throws IOException {
        Path scene = Files.createDirectories(stedgeai.scene());
        String text = part(text(run.text()), run.command());
        Files.writeString(scene.resolve("console.txt"), text);
        String version = "ST Edge AI Core " + run.text().substring(0, 6) + "-1";
        ToolRun read = TextReport.read("recorded", text).runs().get(0);
        if (run.description().isEmpty()) {
            Files.writeString(scene.resolve("c_info.json"), description(read));
        } else {
            try (InputStream json = open(run.description())) {
                Files.write(scene.resolve("c_info.json"), json.readAllBytes());
            }
        }
        Files.writeString(scene.resolve("network.c"), "int stand_in_network(void) { return 0; }\n");
        long weights = run.weights();
        stedgeai.version("say " + version)
                .generate(
                        "print console.txt",
                        "copy network.c network.c",
                        "place network_c_info.json c_info.json",
                        "fill network_atonbuf.xSPI2.raw " + weights)
                .install();
        Files.delete(stedgeai.root().resolve("Middlewares/ST/AI/Npu/ll_aton/ll_aton_version.h"));
    }

    /** The text up to the end of a command, with an end where a report has none. */
    private static String part(String text, String command) {
        StringBuilder part = new StringBuilder();
        for (String line : text.split("\\R")) {
            part.append(line).append('\n');
            if (line.toLowerCase(Locale.ROOT).contains("elapsed time (" + command + ")")) {
                return part.toString();
            }
        }
        return part.append("elapsed time (")
                .append(command)
                .append("): 1.000s\n")
                .toString();
    }

    private static String text(String file) throws IOException {
        try (InputStream stream = open(file)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream open(String file) throws IOException {
        InputStream raw = Files.newInputStream(RECORDS.resolve(file));
        return file.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
    }

    /** A c_info file with the figures of a text, for runs whose own is not at hand. */
    private static String description(ToolRun run) {
        MemoryUsage memory = run.memory().orElseThrow();
        long weights = run.weightsBytes().orElseThrow().asLong();
        String pools = memory.pools().stream()
                .map(pool -> String.format(
                        Locale.ROOT,
                        "{\"address\": \"%d\", \"id\": %d, \"name\": \"%s\", \"rights\": \"%s\", \"size_bytes\": %d,"
                                + " \"subpools\": [], \"used_size_bytes\": %d}",
                        pool.start(),
                        memory.pools().indexOf(pool) + 1,
                        pool.name(),
                        pool.name().equals("octoFlash") ? "ACC_READ" : "ACC_WRITE",
                        pool.size().asLong(),
                        pool.name().equals("octoFlash") ? weights : pool.used().asLong()))
                .collect(Collectors.joining(",\n"));
        List<String> nodes = new ArrayList<>(
                List.of(
                        "{\"id\": 99, \"inputs\": [], \"mapping\": \"NODE_NO_X\", \"name\": \"epoch_0\", \"outputs\": [], \"subgraph_nodes\": []}"));
        for (EpochTable.Row row : run.epochs().orElseThrow().rows()) {
            for (int epoch = row.first(); epoch <= row.last(); epoch++) {
                String mapping = switch (row.kind()) {
                    case HARDWARE -> "NODE_HW";
                    case CONTROLLER -> "NODE_EC";
                    case HYBRID -> "NODE_SW_HW";
                    case SOFTWARE, NONE -> "NODE_SW";
                };
                nodes.add(String.format(
                        Locale.ROOT,
                        "{\"id\": %d, \"inputs\": [], \"macc\": 0, \"mapping\": \"%s\", \"name\": \"epoch_%d\", \"outputs\": [],"
                                + " \"subgraph_nodes\": [%s]}",
                        100 + nodes.size(),
                        mapping,
                        epoch,
                        row.operator().isEmpty()
                                ? ""
                                : "{\"id\": " + (10_000 + nodes.size()) + ", \"name\": \"part\", \"type\": \""
                                        + row.operator() + "\", \"subgraph_nodes\": []}"));
            }
        }
        nodes.add(
                "{\"id\": 99999, \"inputs\": [], \"mapping\": \"NODE_NO_X\", \"name\": \"epoch_end\", \"outputs\": [], \"subgraph_nodes\":"
                        + " [{\"id\": 100000, \"name\": \"__NN__RETURN__\", \"type\": \"Return\", \"subgraph_nodes\": []}]}");
        return "{\"json_schema_version\": \"2.0\", \"environment\": {\"generated_model\": {\"name\": \"network\"}, \"tools\": [{\"name\":"
                + " \"ST.EdgeAI.Core\", \"version\": \""
                + run.version().map(Object::toString).orElse("2.2.0-20266")
                + "\", \"arguments\": \"generate\", \"input_model\": {\"model_files\": [{\"name\": \"m\", \"signature\": \"0x0\"}]}},"
                + " {\"name\": \"ATONN Compiler\", \"version\": \""
                + run.compiler().map(call -> call.version()).orElse("1.1.1-14")
                + "\"}]}, \"memory_footprint\": {\"weights\": " + weights + ", \"activations\": "
                + run.activationsBytes().orElseThrow().asLong()
                + ", \"io\": [0, 0], \"series\": \"generic\"}, \"memory_pools\": [" + pools
                + "], \"buffers\": [], \"graphs\": [{\"nodes\":"
                + " [\n" + String.join(",\n", nodes) + "\n]}]}\n";
    }
}
