// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The block "Epochs details" of a generate or analyze report, or of a console log that contains one (any prefix before the
 * lines). Forms of 2.0 to 2.2 ({@code epoch 2 -SW- ( QuantizeLinear )}) and of 3.0 on (a table between bars).
 *
 * @param version of ST Edge AI Core, {@code 2.2.0}; "" where the text does not say it
 * @param total number of epochs
 * @param software epochs that run on the CPU alone
 * @param hybrid epochs on CPU and NPU; 0 where the release does not count them apart
 * @param rows in order; a row of the epoch controller may stand for several epochs
 */
public record EpochTable(String version, int total, int software, int hybrid, List<Row> rows) {
    private static final Pattern VERSION = Pattern.compile("ST Edge AI Core v(\\d+\\.\\d+\\.\\d+)");
    private static final Pattern OLD_TOTAL =
            Pattern.compile("Total number of epochs: (\\d{1,9}) of which (\\d{1,9}) implemented in software");
    private static final Pattern NEW_TOTAL = Pattern.compile("Total number of epochs +(\\d{1,9})\\s*$");
    private static final Pattern NEW_SOFTWARE = Pattern.compile(">> pure software \\(SW\\) epochs +(\\d{1,9})");
    private static final Pattern NEW_HYBRID = Pattern.compile(">> hybrid epochs .*?\\) +(\\d{1,9})\\s*$");
    private static final Pattern OLD_ROW =
            Pattern.compile("epoch (\\d{1,9}) +(-SW-|HW|EC|\\?\\?)(?: +\\( *(\\S+) *\\))?\\s*$");
    private static final Pattern NEW_ROW = Pattern.compile(
            "\\| epochs?[_ ]+(\\d{1,9})(?: *-> *(\\d{1,9}))? *\\| *(SW|HW|EC|Hybrid) *\\| *(\\S*) *\\|\\s*$");

    /**
     * @param first number of the epoch, or of the first of several
     * @param operator what runs, where the report names it (software and hybrid epochs); "" for hardware
     */
    public record Row(int first, int last, EpochKind kind, String operator) {}

    public EpochTable {
        rows = List.copyOf(rows);
    }

    /** Reads the first such block; empty where the text has none (the CPU flow prints none). */
    public static Optional<EpochTable> read(String text) {
        String version = "";
        int total = -1;
        int software = 0;
        int hybrid = 0;
        List<Row> rows = new ArrayList<>();
        for (String line : text.split("\\R")) {
            Matcher found = VERSION.matcher(line);
            if (version.isEmpty() && found.find()) {
                version = found.group(1);
            }
            Matcher old = OLD_TOTAL.matcher(line);
            Matcher recent = NEW_TOTAL.matcher(line);
            if (old.find()) {
                if (total >= 0) {
                    break;
                }
                total = Integer.parseInt(old.group(1));
                software = Integer.parseInt(old.group(2));
            } else if (recent.find()) {
                if (total >= 0) {
                    break;
                }
                total = Integer.parseInt(recent.group(1));
            }
            if (total >= 0) {
                software = number(NEW_SOFTWARE, line, software);
                hybrid = number(NEW_HYBRID, line, hybrid);
                row(line).ifPresent(rows::add);
            }
        }
        return total < 0 ? Optional.empty() : Optional.of(new EpochTable(version, total, software, hybrid, rows));
    }

    private static int number(Pattern pattern, String line, int otherwise) {
        Matcher found = pattern.matcher(line);
        return found.find() ? Integer.parseInt(found.group(1)) : otherwise;
    }

    static Optional<Row> row(String line) {
        Matcher old = OLD_ROW.matcher(line);
        if (old.find()) {
            int number = Integer.parseInt(old.group(1));
            String operator = old.group(3) == null ? "" : old.group(3);
            return Optional.of(new Row(number, number, kind(old.group(2)), operator));
        }
        Matcher recent = NEW_ROW.matcher(line);
        if (recent.find()) {
            int first = Integer.parseInt(recent.group(1));
            int last = recent.group(2) == null ? first : Integer.parseInt(recent.group(2));
            return Optional.of(new Row(first, last, kind(recent.group(3)), recent.group(4)));
        }
        return Optional.empty();
    }

    private static EpochKind kind(String word) {
        return switch (word) {
            case "-SW-", "SW" -> EpochKind.SOFTWARE;
            case "HW" -> EpochKind.HARDWARE;
            case "EC" -> EpochKind.CONTROLLER;
            default -> EpochKind.HYBRID;
        };
    }

    /** Operators of software and hybrid epochs, in order. */
    public List<String> operators(EpochKind kind) {
        return rows.stream()
                .filter(row -> row.kind() == kind)
                .map(Row::operator)
                .toList();
    }
}
