// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A table of anchors beside a recipe: a line {@code x,y,w,h}, then a line of numbers for each anchor. */
final class AnchorFile {
    private static final int COLUMNS = 4;

    private AnchorFile() {}

    /** @throws IllegalArgumentException where it is not there, or a line is not four numbers */
    static List<float[]> read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException("the table of anchors " + file.getFileName() + " cannot be read");
        }
        List<float[]> rows = new ArrayList<>();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("x")) {
                continue;
            }
            rows.add(row(line, file));
        }
        return rows;
    }

    private static float[] row(String line, Path file) {
        String[] words = line.split(",", -1);
        float[] row = new float[COLUMNS];
        try {
            for (int column = 0; column < COLUMNS; column++) {
                row[column] = Float.parseFloat(words[column].strip());
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException notFour) {
            throw new IllegalArgumentException(
                    "the table of anchors " + file.getFileName() + " has the line \"" + line + "\"");
        }
        return row;
    }
}
