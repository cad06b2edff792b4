// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Collects what a text shows of one run. */
final class RunReader {
    private static final String CATEGORIES =
            "CLI ERROR|LOAD ERROR|NOT IMPLEMENTED|INTERRUPT|TOOLS? ERROR|INTERNAL ERROR|E\\d{3}\\(\\w{1,40}\\)";
    private static final Pattern ERROR = Pattern.compile("^(?:" + CATEGORIES + "): .*$");

    /** AI Studio repeats the message of the tool before its output. */
    private static final Pattern FAILED =
            Pattern.compile("^Run failed: Error: (?:analyze|generate|validate) error: ((?:" + CATEGORIES
                    + "): .*?)(?:\\. Please check .*)?$");

    private static final Pattern FAILED_COMMAND = Pattern.compile("^Run failed: Error: (\\w+) error: ");
    private static final Pattern NOT_QUANTIZED = Pattern.compile("^WARNING: \\S+ is not quantized$");
    private static final Pattern WARNING = Pattern.compile("^(?:WARNING|Warning): .*$");
    private static final Pattern UNALLOCATED = Pattern.compile("^total bytes left unallocated=(\\d{1,18})$");
    private static final Pattern MINIMAL = Pattern.compile("^Minimal sizes needed are: \\{[^}]*?: (\\d{1,18})}$");
    private static final String OLD_KEY = "is not a valid key anymore";
    private static final List<String> FATAL_PARTS =
            List.of("Allocation Pass failed on schedule", "Internal compiler error", "memory pool JSON ERROR");

    private final Problems problems;
    private final List<ToolMessage> messages = new ArrayList<>();
    private final List<Figure> unallocated = new ArrayList<>();
    private final List<Map<String, Figure>> crossLines = new ArrayList<>();
    private Optional<Figure> minimal = Optional.empty();
    private Optional<Figure> elapsed = Optional.empty();
    private Optional<Figure> exit = Optional.empty();
    private Optional<ToolVersion> version = Optional.empty();
    private Optional<CompilerCall> compiler = Optional.empty();
    private String command = "";
    private String parameters = "";
    private int notQuantized;
    private int firstLine;
    private boolean created;
    private ModelTableReader model;
    private MemoryUsageReader memory;
    private EpochCountsReader epochs;
    private SectionSizesReader sections;
    private ExecSummaryReader summary;
    private String summaryCommand = "";
    private GeneratedFilesReader files;
    private DeviceSummaryReader device;
    private DeviceProfileReader profile;
    private AccuracyReader accuracy;
    private boolean blocks;
    private boolean complexity;

    RunReader(Problems problems) {
        this.problems = problems;
    }

    /** True where something stands in it that a second beginning would part it from. */
    boolean begun() {
        return version.isPresent() || blocks || exit.isPresent() || elapsed.isPresent();
    }

    /** True where its end was seen. */
    boolean over() {
        return exit.isPresent() || elapsed.isPresent();
    }

    /** True where it made a network, so that a validation is another run. */
    boolean deployed() {
        return command.equals("generate") || command.equals("analyze") || epochs != null;
    }

    boolean otherCommand(String name) {
        return summary != null || !command.isEmpty() && !command.equals(name);
    }

    String command() {
        return command;
    }

    void at(LogLine line) {
        if (firstLine == 0) {
            firstLine = line.number();
        }
    }

    void called(String name, LogLine line) {
        command(name, line);
    }

    void command(String name, LogLine line) {
        command = name;
        at(line);
    }

    void version(String text, LogLine line) {
        version = ToolVersion.find(text);
        if (version.isEmpty()) {
            problems.notUnderstood(
                    problems.place(line.number(), ""), text, "ST Edge AI Core vMAJOR.MINOR.PATCH-BUILD HASH");
        }
        at(line);
    }

    /** A line that names an error and, at its end, the version. */
    void failedBeforeVersion(LogLine line) {
        Matcher named = FAILED_COMMAND.matcher(line.text());
        if (named.find()) {
            command = named.group(1);
        }
        Matcher failed = FAILED.matcher(line.text());
        if (failed.matches()) {
            add(ToolMessage.Kind.ERROR, failed.group(1), line);
        }
    }

    void elapsed(String name, String seconds, LogLine line) {
        if (command.isEmpty()) {
            command = name.toLowerCase(Locale.ROOT);
        }
        elapsed = Figure.of(seconds, "s", problems.place(line.number(), "elapsed time"));
        blocks = true;
        at(line);
    }

    void exit(String status, LogLine line) {
        exit = Figure.of(status, "", problems.place(line.number(), "exit status"));
        blocks = true;
        at(line);
    }

    /** True for a line that only a run that has not ended prints. */
    static boolean stops(String text) {
        return ERROR.matcher(text).matches() || UNALLOCATED.matcher(text).matches();
    }

    /** Takes messages wherever they stand; false for other lines. */
    boolean message(LogLine line) {
        String text = line.text();
        if (text.contains("ST Edge AI Core v")) {
            return false;
        }
        if (ERROR.matcher(text).matches()) {
            add(ToolMessage.Kind.ERROR, text, line);
            return true;
        }
        if (NOT_QUANTIZED.matcher(text).matches()) {
            notQuantized++;
            add(ToolMessage.Kind.WARNING, text, line);
            return true;
        }
        if (WARNING.matcher(text).matches() || text.contains(OLD_KEY)) {
            add(ToolMessage.Kind.WARNING, text, line);
            return true;
        }
        Matcher left = UNALLOCATED.matcher(text);
        if (left.matches()) {
            at(line);
            Figure.of(left.group(1), "B", problems.place(line.number(), "NPU compiler"))
                    .ifPresent(unallocated::add);
            add(ToolMessage.Kind.WARNING, text, line);
            return true;
        }
        Matcher least = MINIMAL.matcher(text);
        if (least.matches()) {
            minimal = Figure.of(least.group(1), "B", problems.place(line.number(), "allocation"));
            add(ToolMessage.Kind.WARNING, text, line);
            return true;
        }
        if (text.contains("Ignore Quantization JSON file")
                || FATAL_PARTS.stream().anyMatch(text::contains)) {
            add(ToolMessage.Kind.WARNING, text, line);
            return true;
        }
        return false;
    }

    private void add(ToolMessage.Kind kind, String text, LogLine line) {
        at(line);
        blocks = true;
        boolean known = messages.stream()
                .anyMatch(message -> message.kind() == kind && message.text().equals(text));
        if (!known || kind == ToolMessage.Kind.WARNING) {
            messages.add(new ToolMessage(kind, text, problems.place(line.number(), "message")));
        }
    }

    /** A line outside of blocks. */
    void line(LogLine line) {
        String text = line.text();
        if (text.startsWith("Created date ")) {
            created = true;
        } else if (text.startsWith("Parameters ") && text.indexOf(':') > 0 && parameters.isEmpty()) {
            parameters = text.substring(text.indexOf(':') + 1).strip();
            String first = parameters.split(" ", 2)[0];
            if (command.isEmpty() && List.of("generate", "analyze", "validate").contains(first)) {
                command = first;
            }
        } else if (text.startsWith("Compiler version:")) {
            blocks = true;
            at(line);
            String printed = text.substring("Compiler version:".length()).strip();
            compiler = Optional.of(new CompilerCall(printed, "", problems.place(line.number(), "Compilation details")));
            if (!printed.matches("\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}-[\\w.]+")) {
                problems.notUnderstood(compiler.get().place(), text, "MAJOR.MINOR.PATCH-BUILD");
            }
        } else if (text.startsWith("Compiler arguments:")) {
            String arguments = text.substring("Compiler arguments:".length()).strip();
            compiler = compiler.map(call -> new CompilerCall(call.version(), arguments, call.place()));
        } else if (text.startsWith("acc=")) {
            crossLines.add(AccuracyReader.line(text, problems.place(line.number(), "Cross accuracy report")));
        } else if (text.matches("^macc=[\\d,]+ weights=[\\d,]+ act=[\\d,]+ ram_io=[\\d,]+$")) {
            complexity = true;
        }
    }

    BlockReader begin(BlockReader reader, LogLine line) {
        blocks = true;
        at(line);
        if (reader instanceof ModelTableReader read) {
            model = read;
        } else if (reader instanceof MemoryUsageReader read) {
            memory = read;
        } else if (reader instanceof EpochCountsReader read) {
            epochs = read;
        } else if (reader instanceof SectionSizesReader read) {
            sections = read;
        } else if (reader instanceof ExecSummaryReader read) {
            summary = read;
            summaryCommand = read.summary().command();
        } else if (reader instanceof GeneratedFilesReader read) {
            files = read;
        } else if (reader instanceof DeviceSummaryReader read) {
            device = read;
        } else if (reader instanceof DeviceProfileReader read) {
            profile = read;
        } else if (reader instanceof AccuracyReader read) {
            accuracy = read;
        }
        return reader;
    }

    /** The run, empty where the text shows nothing of one. */
    Optional<ToolRun> finish() {
        if (!blocks && version.isEmpty()) {
            return Optional.empty();
        }
        if (command.isEmpty()) {
            command = summaryCommand;
        }
        Optional<ToolRun> run = Optional.of(new ToolRun(
                command,
                version,
                parameters,
                Optional.ofNullable(model).flatMap(ModelTableReader::table),
                compiler,
                Optional.ofNullable(memory).flatMap(MemoryUsageReader::usage),
                Optional.ofNullable(epochs).flatMap(EpochCountsReader::counts),
                Optional.ofNullable(sections).flatMap(SectionSizesReader::sizes),
                Optional.ofNullable(summary).map(ExecSummaryReader::summary),
                files == null ? List.of() : files.files(),
                Optional.ofNullable(device).map(DeviceSummaryReader::summary),
                Optional.ofNullable(profile).flatMap(DeviceProfileReader::profile),
                accuracy == null ? List.of() : accuracy.rows(),
                elapsed,
                exit,
                unallocated,
                minimal,
                notQuantized,
                messages,
                problems.place(firstLine, ""),
                ended()));
        new RunChecks(problems, created, crossLines).check(run.get());
        return run;
    }

    /** True where the text shows the last thing that such a run writes. */
    private boolean ended() {
        if (over()) {
            return true;
        }
        if (!created) {
            return false;
        }
        return switch (command) {
            case "validate" -> accuracy != null && accuracy.complete();
            case "generate", "analyze" ->
                epochs != null && epochs.complete() || complexity && (files != null || command.equals("analyze"));
            default -> false;
        };
    }
}
