// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** table.md and table.csv: views of {@link Table} for readers and for spreadsheets. */
public final class TableText {
    private TableText() {}

    /** Comma-separated values as RFC 4180 has them, with raw numbers, units in the headings. */
    public static String csv(Table table) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                List.of(
                        "file",
                        "format",
                        "verdict",
                        "graph",
                        "macc",
                        "flash_bytes",
                        "ram_internal_bytes",
                        "ram_external_bytes",
                        "latency_ms",
                        "latency_low_ms",
                        "latency_high_ms",
                        "input",
                        "landmarks",
                        "diagnoses",
                        "notes",
                        "fix",
                        "recipe",
                        "user_name",
                        "user_match",
                        "user_macc",
                        "user_flash",
                        "user_ram",
                        "user_latency_ms",
                        "user_notes",
                        "user_cause",
                        "user_fix",
                        "user_doubt"));
        for (Table.Row row : table.rows()) {
            Table.Theirs user = row.user();
            List<String> cells = new ArrayList<>();
            cells.add(row.file());
            cells.add(row.format());
            cells.add(row.verdict());
            cells.add(plain(row.graph()));
            cells.add(plain(row.macc()));
            cells.add(plain(row.flashBytes()));
            cells.add(plain(row.internalRamBytes()));
            cells.add(plain(row.externalRamBytes()));
            cells.add(decimals(row.latencyMs()));
            cells.add(decimals(row.latencyLowMs()));
            cells.add(decimals(row.latencyHighMs()));
            cells.add(plain(row.input()));
            cells.add(plain(row.landmarks()));
            cells.add(String.join(" ", row.diagnoses()));
            cells.add(plain(row.notes()));
            cells.add(plain(row.fix()));
            cells.add(plain(row.recipe()));
            cells.add(user == null ? "" : plain(user.name()));
            cells.add(user == null ? "" : plain(user.match()));
            cells.add(user == null ? "" : plain(user.macc()));
            cells.add(user == null ? "" : plain(user.flash()));
            cells.add(user == null ? "" : plain(user.ram()));
            cells.add(user == null ? "" : decimals(user.latencyMs()));
            cells.add(user == null ? "" : plain(user.notes()));
            cells.add(user == null ? "" : plain(user.cause()));
            cells.add(user == null ? "" : plain(user.fix()));
            cells.add(user == null ? "" : plain(user.doubt()));
            line(text, cells);
        }
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        for (int index = 0; index < cells.size(); index++) {
            text.append(index == 0 ? "" : ",").append(quoted(cells.get(index)));
        }
        text.append("\r\n");
    }

    private static String quoted(String cell) {
        boolean special = cell.indexOf(',') >= 0 || cell.indexOf('"') >= 0 || cell.indexOf('\n') >= 0;
        return special ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
    }

    private static String plain(Object value) {
        return value == null ? "" : value.toString();
    }

    private static String decimals(Double value) {
        return value == null ? "" : String.format(Locale.ROOT, "%.3f", value);
    }

    /** A table of GitHub's Markdown, with what the user wrote down below where there is any. */
    public static String markdown(Table table) {
        StringBuilder text =
                new StringBuilder("# Models on ").append(table.board().id()).append("\n\n");
        text.append(summary(table)).append("\n\n");
        text.append(
                "| model | verdict | MACC | flash | RAM on chip | RAM external | time (80 %) | input | landmarks | notes | fix |\n"
                        + "|---|---|--:|--:|--:|--:|--:|---|--:|---|---|\n");
        for (Table.Row row : table.rows()) {
            text.append("| ").append(String.join(" | ", cells(row))).append(" |\n");
        }
        List<Table.Row> known =
                table.rows().stream().filter(row -> row.user() != null).toList();
        if (!known.isEmpty()) {
            text.append("\n## Beside what the user wrote down\n\n")
                    .append("| user's row | model | MACC user / ours | flash user / ours | RAM user / ours |"
                            + " time user / predicted | their text | our diagnosis | our fix |\n"
                            + "|---|---|--:|--:|--:|--:|---|---|---|\n");
            for (Table.Row row : known) {
                text.append("| ").append(String.join(" | ", comparison(row))).append(" |\n");
            }
        }
        return text.toString();
    }

    /** {@code 101 models: 30 npu, 12 npu+cpu...; predicted for ...}. */
    static String summary(Table table) {
        Map<String, Integer> counts = new TreeMap<>();
        table.rows().forEach(row -> counts.merge(row.verdict(), 1, Integer::sum));
        List<String> parts = counts.entrySet().stream()
                .map(count -> count.getValue() + " " + count.getKey())
                .toList();
        return table.rows().size() + (table.rows().size() == 1 ? " model: " : " models: ") + String.join(", ", parts)
                + "."
                + (table.sdk() == null
                        ? ""
                        : " Rules of ST Edge AI Core " + table.sdk() + "; every figure is predicted, none measured.");
    }

    private static List<String> cells(Table.Row row) {
        return List.of(
                escaped(row.file()),
                escaped(row.verdict() + graph(row)),
                row.macc() == null ? "" : Figures.count(row.macc()),
                row.flashBytes() == null ? "" : Figures.bytes(row.flashBytes()),
                row.internalRamBytes() == null ? "" : Figures.bytes(row.internalRamBytes()),
                row.externalRamBytes() == null || row.externalRamBytes() == 0
                        ? ""
                        : Figures.bytes(row.externalRamBytes()),
                row.latencyMs() == null
                        ? ""
                        : Figures.interval(row.latencyMs(), row.latencyLowMs(), row.latencyHighMs()),
                escaped(plain(row.input())),
                plain(row.landmarks()),
                escaped(plain(row.notes())),
                escaped(plain(row.fix())));
    }

    /** The graph that a figure belongs to, where it is not that of the file. */
    static String graph(Table.Row row) {
        return row.graph() == null || row.graph().equals(Prediction.AS_IS) ? "" : " (" + row.graph() + ")";
    }

    private static List<String> comparison(Table.Row row) {
        Table.Theirs user = row.user();
        String notes = plain(user.notes()) + (user.doubt() == null ? "" : " (" + user.doubt() + ")");
        return List.of(
                escaped(user.name()),
                escaped(row.file()),
                pair(
                        user.macc() == null ? "?" : Figures.count(user.macc()),
                        row.macc() == null ? "?" : Figures.count(row.macc())),
                pair(plain(user.flash()), row.flashBytes() == null ? "?" : Figures.bytes(row.flashBytes())),
                pair(plain(user.ram()), ram(row)),
                pair(
                        user.latencyMs() == null ? "?" : Figures.millis(user.latencyMs()),
                        row.latencyMs() == null ? "?" : Figures.millis(row.latencyMs()) + graph(row)),
                escaped(notes.strip()),
                escaped(diagnosis(row)),
                escaped(fix(row)));
    }

    /** Why, for the user's row: the cause that is known of it, and our diagnosis of their file, else of this one. */
    static String diagnosis(Table.Row row) {
        List<String> theirs = row.user().diagnoses();
        String codes = String.join(" ", theirs.isEmpty() ? row.diagnoses() : theirs);
        String cause = plain(row.user().cause());
        return cause.isEmpty() ? codes : codes.isEmpty() ? cause : cause + " [" + codes + "]";
    }

    static String fix(Table.Row row) {
        String own = plain(row.user().fix());
        return own.isEmpty() ? plain(row.fix()) : own;
    }

    static String ram(Table.Row row) {
        if (row.internalRamBytes() == null) {
            return "?";
        }
        return Figures.bytes(row.internalRamBytes() + (row.externalRamBytes() == null ? 0 : row.externalRamBytes()));
    }

    private static String pair(String theirs, String ours) {
        return escaped((theirs.isEmpty() ? "?" : theirs) + " / " + ours);
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replaceAll("\\s*\\R\\s*", " ");
    }
}
