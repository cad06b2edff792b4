// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.read.SharedModels;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The verdict on each file of the collection of real models is the one expected of its operators and number formats. */
class VerdictsTest {
    private static final Map<String, Report> REPORTS = new LinkedHashMap<>();

    private static List<String[]> expected() throws IOException {
        try (var stream = VerdictsTest.class.getResourceAsStream("verdicts.tsv")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t"))
                    .toList();
        }
    }

    @BeforeAll
    static void checkAll() {
        Path folder = SharedModels.folder();
        for (ModelFolder.Found found : ModelFolder.find(List.of(folder))) {
            CheckModel.Result result = new CheckModel(Progress.silent())
                    .check(new CheckModel.Request(
                            found.file(), Boards.byId("stm32n6570-dk"), CheckModel.NPU, SdkVersion.V4_0, Map.of()));
            REPORTS.put(found.label(), result.report());
        }
    }

    @Test
    void every_file_gets_the_verdict_that_it_deserves() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (String[] row : expected()) {
            Report report = REPORTS.get(row[0]);
            String got = report == null ? "not checked" : report.verdict();
            if (!got.equals(row[1])) {
                wrong.add(row[0] + ": " + got + " instead of " + row[1] + " (" + row[2] + ")");
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(REPORTS).hasSameSizeAs(expected()).hasSize(101);
    }

    @Test
    void what_runs_has_no_error_and_what_does_not_says_why_and_what_to_do() {
        REPORTS.forEach((file, report) -> {
            List<String> severities =
                    report.diagnoses().stream().map(Report.Finding::severity).toList();
            if (report.verdict().startsWith("npu") || report.verdict().equals("cpu")) {
                assertThat(severities).as(file).doesNotContain("error");
            } else {
                assertThat(severities).as(file).containsAnyOf("error", "wrong", "slow");
                assertThat(TableRows.fix(report.diagnoses())).as(file).isNotBlank();
            }
        });
    }

    @Test
    void every_file_with_known_sizes_that_could_run_is_predicted_whole() {
        Set<String> running = Set.of("npu", "npu+cpu", "cpu", "repairable", "too-large");
        REPORTS.forEach((file, report) -> {
            boolean sized = report.model().inputs().stream()
                    .allMatch(input -> input.shape().stream().allMatch(size -> size >= 0));
            if (running.contains(report.verdict()) && sized) {
                assertThat(report.prediction()).as(file).isNotNull();
                assertThat(report.prediction().steps()).as(file).isNotEmpty();
                assertThat(report.prediction().flashBytes()).as(file).isPositive();
                if (!report.prediction().fits()) {
                    assertThat(report.verdict()).as(file).isEqualTo("too-large");
                    assertThat(report.prediction().latencyMs()).as(file).isNull();
                    return;
                }
                assertThat(report.prediction().latencyMs()).as(file).isPositive();
                assertThat(report.prediction().latencyLowMs())
                        .as(file)
                        .isPositive()
                        .isLessThan(report.prediction().latencyMs());
                assertThat(report.prediction().latencyHighMs())
                        .as(file)
                        .isGreaterThan(report.prediction().latencyMs());
                assertThat(report.model().macc()).as(file).isPositive();
                assertThat(report.prediction().macc().all()).as(file).isPositive();
                assertThat(report.verdict()).as(file).isNotEqualTo("too-large");
            }
        });
    }
}
