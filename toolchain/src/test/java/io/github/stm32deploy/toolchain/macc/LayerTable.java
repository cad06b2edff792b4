// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The layer table of a text report of ST Edge AI Core, from "Model name" to the line of totals.
 *
 * @param total {@code model: macc=}
 */
public record LayerTable(long total, List<Layer> layers) {
    private static final Pattern ROW = Pattern.compile(
            "^(\\d+|) +(\\S+) \\((?:[A-Za-z0-9]*, *)?([A-Za-z0-9_]*)\\) +\\[([^\\]]*)\\](?: +[\\d,]+/[\\d,]+)?(?: +([\\d,]+))?(?: .*|)$");
    private static final Pattern TOTAL = Pattern.compile("^model(?:/c-model)?: macc=([\\d,]+)");

    /**
     * @param id number of the layer in the file; a row without one belongs to the layer above
     * @param operator as the file names it
     * @param macc 0 where none is printed
     */
    public record Layer(int id, String operator, long macc) {}

    public static LayerTable read(Path report) throws IOException {
        List<Layer> layers = new ArrayList<>();
        int id = -1;
        for (String line : Files.readString(report, StandardCharsets.UTF_8).split("\r?\n")) {
            Matcher total = TOTAL.matcher(line);
            if (total.find()) {
                return new LayerTable(number(total.group(1)), layers);
            }
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                id = row.group(1).isEmpty() ? id : Integer.parseInt(row.group(1));
                layers.add(new Layer(id, row.group(3), row.group(5) == null ? 0 : number(row.group(5))));
            }
        }
        throw new IOException("no line of totals in " + report);
    }

    private static long number(String text) {
        return Long.parseLong(text.replace(",", ""));
    }
}
