// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A report file ({@code network_generate_report.txt}, {@code ..._analyze_...}, {@code ..._validate_...}) or a console log of
 * ST Edge AI Core 2.0 to 4.0.1, also one with the lines of a logger, of a progress bar or of another program between them.
 *
 * @param file its name, without folders
 * @param runs in order; none where the text has nothing of the tool
 * @param problems what cannot be relied on, at most fifty
 */
public record TextReport(String file, List<ToolRun> runs, List<ReportProblem> problems) {
    /** Lines that begin a block: a block that runs into one was cut. */
    private static final List<String> BLOCKS = List.of(
            "Model name - ",
            "Compilation details",
            "Compiler version:",
            "Memory usage information",
            "Used memory ranges",
            "Epochs details",
            "Requested memory size by section",
            "Exec/report summary",
            "Generated files (",
            "Setting validation data",
            "ST.AI Profiling results",
            "Statistic per tensor",
            "Saving validation data",
            "Computing the metrics",
            "Cross accuracy report",
            "Evaluation report",
            "Creating txt report file",
            "elapsed time (",
            "ST Edge AI Core v",
            ">>>> EXECUTING NEURAL ART",
            "<<<< DONE EXECUTING NEURAL ART");

    public TextReport {
        runs = List.copyOf(runs);
        problems = List.copyOf(problems);
    }

    /**
     * Reads a text.
     *
     * @param file name that places carry
     * @param text of any kind; one that is no report gives a problem of kind NO_REPORT
     */
    public static TextReport read(String file, String text) {
        Problems problems = new Problems(file);
        TextReportReader reader = new TextReportReader(problems);
        List<ToolRun> runs = new ArrayList<>(reader.read(LogLine.of(text)));
        if (runs.isEmpty()) {
            problems.add(
                    ReportProblem.Kind.NO_REPORT,
                    problems.place(1, ""),
                    text.isBlank() ? "an empty file" : text.lines().findFirst().orElse(""),
                    "a report, a c_info file or a console log of ST Edge AI Core");
        }
        return new TextReport(file, runs, problems.found());
    }

    static boolean beginsBlock(String line) {
        return BLOCKS.stream().anyMatch(line::startsWith);
    }
}
