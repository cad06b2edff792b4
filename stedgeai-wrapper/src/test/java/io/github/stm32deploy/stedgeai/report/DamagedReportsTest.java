// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A report that was cut, or in which a digit was changed, says so; whatever stands in a file, reading it ends well. */
class DamagedReportsTest {
    /** A report as the NPU flow of 4.0 writes it, with figures of our own. */
    static final String REPORT = """
            ST Edge AI Core v4.0.1-20581 7ed50de05
            Created date          : 2026-01-01 12:00:00
            Parameters            : generate -m model.onnx --target stm32n6 --st-neural-art

            Model name - model
            ------ ---------------- --------------------- ----------- --------- -----------
            m_id   layer (original) oshape                param/size       macc connected to
            ------ ---------------- --------------------- ----------- --------- -----------
            0      image ()         [b:1,h:8,w:8,c:3]
            1      first (Conv)     [b:1,h:8,w:8,c:16]    448/1,792      28,688     image
                   second (Relu)    [b:1,h:8,w:8,c:16]                    1,024     first
            ------ ---------------- --------------------- ----------- --------- -----------
            model: macc=29,712 weights=1,792 activations=-- io=--

            Compilation details
            ------------------------------------------------------------------------------------
            Compiler version: 1.1.3-275
            Compiler arguments:  -i model.onnx
            ====================================================================================

            Memory usage information  (input/output buffers are included in activations)
            ------------------------------------------------------------------------------------
            	npuRAM5    [0x342E0000 - 0x34350000]:     12.016 kB /    448.000 kB  (  2.68 % used) -- weights:          0  B (  0.00 % used)  activations:     12.016 kB (  2.68 % used)
            	octoFlash  [0x71000000 - 0x78000000]:        497  B /    112.000 MB  (  0.00 % used) -- weights:        497  B (  0.00 % used)  activations:          0  B (  0.00 % used)
            ---
            Total:                                            12.501 kB                                  -- weights:        497  B                  activations:     12.016 kB
            ====================================================================================


            Used memory ranges
            ------------------------------------------------------------------------------------
            	npuRAM5    [0x342E0000 - 0x34350000]: 0x342E0000-0x342E3010
            	octoFlash  [0x71000000 - 0x78000000]: 0x71000000-0x71000200
            ====================================================================================

            Epochs details
            ------------------------------------------------------------------------------------
            Total number of epochs                               3
            >> pure software (SW) epochs                         1
            >> hybrid epochs (using both software and hardware)  0
            >> pure hardware (HW or EC) epochs                   2  (implemented in 0 epoch controller blobs/meta epochs)
            ---
            +----------+--------+----------------+
            | epoch ID |  Type  |    Details     |
            +----------+--------+----------------+
            | epoch_2  |   SW   | QuantizeLinear |
            | epoch_3  |   HW   |                |
            | epoch_4  |   HW   |                |
            +----------+--------+----------------+
            ====================================================================================
             Requested memory size by section - "stm32n6npu" target
             ------------------------------- ------- -------- ------ --------
             module                             text   rodata   data      bss
             ------------------------------- ------- -------- ------ --------
             network.o                           216    1,663      0        0
             ll atonn runtime                  6,234    6,465      0       29
             ------------------------------- ------- -------- ------ --------
             RT total**                        6,450    8,128      0       29
             ------------------------------- ------- -------- ------ --------
             weights                               0      497      0        0
             activations                           0        0      0   12,304
             io                                    0        0      0        0
             ------------------------------- ------- -------- ------ --------
             TOTAL                             6,450    8,625      0   12,333
             ------------------------------- ------- -------- ------ --------
             *  toolchain objects (libm/libgcc*)
             ** RT AI runtime objects (kernels+infrastructure)

              Summary - "stm32n6npu" target
              --------------------------------------------------
                           FLASH (ro)     %*   RAM (rw)      %
              --------------------------------------------------
              RT total         14,578  96.7%         29   0.2%
              --------------------------------------------------
              TOTAL            15,075            12,333
              --------------------------------------------------
              *  rt/total
            """;

    @Test
    void a_whole_report_has_no_problem_and_its_figures_say_where_they_stand() {
        TextReport report = TextReport.read("network_generate_report.txt", REPORT);

        assertThat(report.problems()).isEmpty();
        ToolRun run = report.runs().get(0);
        assertThat(run.weightsBytes().orElseThrow().asLong()).isEqualTo(497);
        Figure activations = run.memory().orElseThrow().activations();
        assertThat(activations).hasToString("12.016 kB");
        assertThat(activations.agrees(run.activationsBytes().orElseThrow())).isTrue();
        assertThat(activations.place()).hasToString("network_generate_report.txt:26 (Memory usage information)");
        assertThat(run.epochs().orElseThrow().operators(EpochKind.SOFTWARE)).containsExactly("QuantizeLinear");
    }

    @Test
    void a_report_that_ends_too_early_says_so() {
        everyCutIsNoticed("report.txt", REPORT);
    }

    @Test
    void a_changed_digit_of_a_figure_contradicts_another() {
        everyChangeIsNoticed("report.txt", REPORT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v2.0.0-generate-tinyyolo-ec/network_generate_report.txt",
                "v2.2.0-cubemx-validate-conv16/network_generate_report.txt",
                "v2.2.0-cubemx-validate-conv7x7/network_validate_report.txt",
                "v4.0.0-cpu-only-n6/network_generate_report.txt",
                "v4.0.1-analyze-hybrid-epoch/network_analyze_report.txt"
            })
    void recorded_reports_notice_every_cut_and_every_changed_figure(String file) throws IOException {
        String text = Fixtures.text(Fixtures.folder().resolve(file)).replace("\r", "");
        everyCutIsNoticed(file, text);
        everyChangeIsNoticed(file, text);
    }

    /**
     * Cuts behind each line. The table of sections is not always there: a report that ends where it would begin is a whole
     * one of a computer without C compiler.
     */
    private static void everyCutIsNoticed(String file, String text) {
        List<String> lines = text.lines().toList();
        int last = lines.size();
        while (lines.get(last - 1).isBlank()) {
            last--;
        }
        int sections = -1;
        for (int line = 0; line < lines.size(); line++) {
            if (lines.get(line).contains("Requested memory size by section")) {
                sections = line;
            }
        }
        StringBuilder cut = new StringBuilder();
        for (int line = 0; line < last - 1; line++) {
            cut.append(lines.get(line)).append('\n');
            if (line + 1 != sections) {
                assertThat(TextReport.read(file, cut.toString()).problems())
                        .as("%s cut behind line %d: %s", file, line + 1, lines.get(line))
                        .isNotEmpty();
            }
        }
    }

    /** Changes each digit of each figure that has another to be compared with. */
    private static void everyChangeIsNoticed(String file, String text) {
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        int changes = 0;
        for (Figure figure : compared(TextReport.read(file, text).runs().get(0))) {
            int index = figure.place().line() - 1;
            String line = lines.get(index);
            int at = line.indexOf(figure.printed());
            // The last digit of a rounded number may be one more or less.
            int digits = figure.printed().length() - (figure.exact() ? 0 : 1);
            for (int digit = 0; digit < digits; digit++) {
                char old = line.charAt(at + digit);
                if (!Character.isDigit(old)) {
                    continue;
                }
                char other = (char) ('0' + (old - '0' + 1) % 10);
                lines.set(index, line.substring(0, at + digit) + other + line.substring(at + digit + 1));
                assertThat(TextReport.read(file, String.join("\n", lines)).problems())
                        .as("%s with %s", file, lines.get(index))
                        .isNotEmpty();
                changes++;
            }
            lines.set(index, line);
        }
        assertThat(changes).as("changed digits of %s", file).isGreaterThan(10);
    }

    private static List<Figure> compared(ToolRun run) {
        List<Figure> figures = new ArrayList<>();
        run.model().ifPresent(model -> figures.addAll(List.of(model.macc(), model.weightsBytes())));
        run.memory()
                .ifPresent(memory -> figures.addAll(
                        List.of(memory.total(), memory.pools().get(0).used())));
        run.epochs().ifPresent(epochs -> {
            figures.add(epochs.total());
            Stream.of(epochs.hybrid(), epochs.hardware())
                    .flatMap(Optional::stream)
                    .forEach(figures::add);
        });
        run.sections()
                .ifPresent(sections -> figures.addAll(List.of(
                        sections.weights().rodata(),
                        sections.activations().bss(),
                        sections.total().text(),
                        sections.flashBytes())));
        run.profile()
                .ifPresent(profile -> figures.addAll(
                        List.of(profile.meanMillis(), profile.cycles().before())));
        run.accuracy().forEach(row -> row.metric("rmse").ifPresent(figures::add));
        return figures;
    }

    @Test
    void any_digit_anywhere_and_any_cut_end_without_an_exception() {
        for (int at = 0; at < REPORT.length(); at++) {
            TextReport.read("x", REPORT.substring(0, at));
            if (Character.isDigit(REPORT.charAt(at))) {
                TextReport.read("x", REPORT.substring(0, at) + "99999999999999999999" + REPORT.substring(at + 1));
                TextReport.read("x", REPORT.substring(0, at) + "-" + REPORT.substring(at + 1));
            }
        }
    }

    @Test
    void other_files_are_no_reports() throws IOException {
        for (String text : List.of("", "\n\n", "#include <stdint.h>\nint main(void) { return 0; }\n", "\u0000\u0001")) {
            assertThat(TextReport.read("main.c", text).problems())
                    .extracting(ReportProblem::kind)
                    .containsExactly(ReportProblem.Kind.NO_REPORT);
        }
        assertThat(info("{\"a\": 1}").problems())
                .extracting(ReportProblem::kind)
                .containsExactly(ReportProblem.Kind.NO_REPORT);
    }

    private static final String INFO = """
            {"json_schema_version": "2.0",
             "environment": {"tools": [
               {"name": "ST.EdgeAI.Core", "version": "3.0.0-20426 123672867"}, {"name": "ATONN Compiler", "version": "1.1.3-8"}]},
             "memory_footprint": {"weights": 24, "activations": 176, "io": [0, 0], "kernel_flash": null, "series": "generic"},
             "memory_pools": [
               {"id": 1, "name": "npuRAM5", "size_bytes": 458752, "used_size_bytes": 176, "rights": "ACC_WRITE", "subpools": []},
               {"id": 2, "name": "octoFlash", "size_bytes": 1000, "used_size_bytes": 24, "rights": "ACC_READ", "subpools": []}],
             "buffers": [
               {"id": 1, "name": "x", "mpool_id": 1, "offset_start": 0, "size_bytes": 48, "is_param": false},
               {"id": 3, "name": "y", "mpool_id": 1, "offset_start": 48, "size_bytes": 128, "is_param": false}],
             "graphs": [{"nodes": [
               {"name": "epoch_0", "mapping": "NODE_NO_X", "macc": 0, "inputs": [], "outputs": [], "subgraph_nodes": []},
               {"name": "epoch_1", "mapping": "NODE_HW", "macc": 0, "inputs": [1], "outputs": [3], "subgraph_nodes": []},
               {"name": "epoch_2", "mapping": "NODE_NO_X", "macc": 0, "inputs": [3], "outputs": [], "subgraph_nodes": [
                 {"name": "__NN__RETURN__", "type": "Return"}]}]}],
             "unknown_key_of_a_later_release": {"x": [1, 2]}}
            """;

    private static CInfo info(String json) throws IOException {
        return CInfo.read("network_c_info.json", new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void unknown_keys_are_tolerated_and_known_ones_have_their_type() throws IOException {
        CInfo whole = info(INFO);
        assertThat(whole.problems()).isEmpty();
        assertThat(whole.footprint().orElseThrow().weightsBytes().place())
                .hasToString("network_c_info.json (memory_footprint.weights)");
        assertThat(whole.epochs().orElseThrow().epochs()).hasSize(1);

        assertThat(info(INFO.replace("\"weights\": 24", "\"weights\": \"24\"")).problems())
                .extracting(ReportProblem::place)
                .extracting(Place::part)
                .contains("memory_footprint.weights");
    }

    @Test
    void parts_of_a_c_info_file_that_exclude_each_other_are_named() throws IOException {
        for (String[] change : new String[][] {
            {"\"weights\": 24", "\"weights\": 25"},
            {"\"activations\": 176", "\"activations\": 276"},
            {"\"used_size_bytes\": 24", "\"used_size_bytes\": 23"},
            {"\"outputs\": [3]", "\"outputs\": [4]"},
            {"\"mpool_id\": 1", "\"mpool_id\": 7"},
            {"\"size_bytes\": 128", "\"size_bytes\": 928000"},
            {"\"id\": 3", "\"id\": 1"}
        }) {
            assertThat(info(INFO.replace(change[0], change[1])).problems())
                    .as(change[1])
                    .extracting(ReportProblem::kind)
                    .contains(ReportProblem.Kind.CONTRADICTION);
        }
        assertThat(info(INFO.replace("NODE_HW", "NODE_XX")).problems())
                .extracting(ReportProblem::kind)
                .contains(ReportProblem.Kind.NOT_UNDERSTOOD);
    }

    @Test
    void a_c_info_file_that_breaks_off_says_so() throws IOException {
        String whole = INFO.strip();
        for (int end = 0; end < whole.length(); end++) {
            assertThat(info(whole.substring(0, end)).problems())
                    .as("cut at %d", end)
                    .isNotEmpty();
        }
    }
}
