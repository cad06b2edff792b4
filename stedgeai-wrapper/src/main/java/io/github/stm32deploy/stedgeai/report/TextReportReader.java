// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Walks a text, gives each block to its reader, and parts it into runs. */
final class TextReportReader {
    private static final String NAME = "ST Edge AI Core v";

    /** {@code >>> C:\ST\...\stedgeai.exe validate --model ...}: a console that shows what it calls. */
    private static final Pattern CALL = Pattern.compile("stedgeai(?:\\.exe)?\"? (analyze|generate|validate) (.*)$");

    private static final Pattern ELAPSED = Pattern.compile("^elapsed time \\((\\w+)\\): ([\\d,.]+)s$");
    private static final Pattern EXIT = Pattern.compile("^stedgeai exit with status: (-?\\d{1,10})$");
    private static final Pattern GENERATED = Pattern.compile("^Generated files \\((\\d{1,6})\\)$");

    private final Problems problems;
    private final List<ToolRun> runs = new ArrayList<>();
    private RunReader run;
    private BlockReader block;

    TextReportReader(Problems problems) {
        this.problems = problems;
    }

    List<ToolRun> read(List<LogLine> lines) {
        run = new RunReader(problems);
        for (LogLine line : lines) {
            if (!line.blank()) {
                take(line);
            }
        }
        closeBlock();
        closeRun();
        return runs;
    }

    private void take(LogLine line) {
        // A message may stand between the lines of a block: warnings come from another stream.
        if (run.over() && RunReader.stops(line.text())) {
            closeBlock();
            next(line, true);
        }
        if (run.message(line)) {
            return;
        }
        if (block != null) {
            if (block.take(line)) {
                return;
            }
            if (!TextReport.beginsBlock(line.text()) && !block.complete()) {
                // The line of another program, in the middle of a console.
                return;
            }
            closeBlock();
        }
        if (runs(line)) {
            return;
        }
        block = block(line);
        if (block == null) {
            run.line(line);
        }
    }

    /** Lines that say where runs begin and end. */
    private boolean runs(LogLine line) {
        String text = line.text();
        Matcher call = CALL.matcher(text);
        if (call.find() && text.length() < 20_000 && !text.startsWith("$") && !text.startsWith("Parameters")) {
            next(line, run.begun() || !run.command().isEmpty());
            run.called(call.group(1), line);
            return true;
        }
        int name = text.indexOf(NAME);
        if (name >= 0) {
            next(line, run.begun());
            run.version(text.substring(name), line);
            run.failedBeforeVersion(line);
            return true;
        }
        if (text.startsWith("Setting validation data")) {
            next(line, run.deployed());
            run.command("validate", line);
            return true;
        }
        Matcher elapsed = ELAPSED.matcher(text);
        if (elapsed.matches()) {
            run.elapsed(elapsed.group(1), elapsed.group(2), line);
            return true;
        }
        Matcher exit = EXIT.matcher(text);
        if (exit.matches()) {
            run.exit(exit.group(1), line);
            return true;
        }
        return false;
    }

    private void next(LogLine line, boolean needed) {
        if (needed || run.over()) {
            closeRun();
            run = new RunReader(problems);
        }
        run.at(line);
    }

    private BlockReader block(LogLine line) {
        String text = line.text();
        if (run.over() && !text.startsWith("Creating txt")) {
            boolean begins = TextReport.beginsBlock(text)
                    || ExecSummaryReader.FIRST_LINE.matcher(text).matches();
            if (begins) {
                next(line, true);
            }
        }
        Matcher model = ModelTableReader.HEADING.matcher(text);
        if (model.matches()) {
            return run.begin(new ModelTableReader(problems, line, model.group(1)), line);
        }
        if (text.startsWith(MemoryUsageReader.USAGE)) {
            return run.begin(new MemoryUsageReader(problems, line), line);
        }
        if (text.equals(EpochCountsReader.HEADING)) {
            return run.begin(new EpochCountsReader(problems, line), line);
        }
        Matcher sections = SectionSizesReader.HEADING.matcher(text);
        if (sections.matches()) {
            return run.begin(new SectionSizesReader(problems, line, sections.group(1)), line);
        }
        Matcher summary = ExecSummaryReader.HEADING.matcher(text);
        if (summary.matches()) {
            next(line, run.otherCommand(summary.group(1)));
            return run.begin(new ExecSummaryReader(problems, line, summary.group(1)), line);
        }
        if (ExecSummaryReader.FIRST_LINE.matcher(text).matches()) {
            return run.begin(new ExecSummaryReader(problems, line, ""), line);
        }
        Matcher files = GENERATED.matcher(text);
        if (files.matches()) {
            return run.begin(new GeneratedFilesReader(problems, line, Integer.parseInt(files.group(1))), line);
        }
        Matcher device = DeviceSummaryReader.HEADING.matcher(text);
        if (device.matches()) {
            return run.begin(new DeviceSummaryReader(problems, line, device.group(1)), line);
        }
        if (DeviceProfileReader.HEADING.matcher(text).matches()) {
            return run.begin(new DeviceProfileReader(problems, line), line);
        }
        if (text.equals(AccuracyReader.HEADING)) {
            return run.begin(new AccuracyReader(problems, line), line);
        }
        return null;
    }

    private void closeBlock() {
        if (block != null) {
            block.finish();
            block = null;
        }
    }

    private void closeRun() {
        Optional<ToolRun> finished = run.finish();
        finished.ifPresent(runs::add);
    }
}
