// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Reads the vector files that the C twin is checked against too. */
final class Vectors {
    private Vectors() {}

    /** The lines of a file, split into columns. */
    static List<String[]> rows(String file) {
        try (InputStream in = Vectors.class.getResourceAsStream("vectors/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> line.split(" "))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code 0011*3+22} is 00 11 00 11 00 11 22; {@code -} is nothing. */
    static byte[] bytes(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!text.equals("-")) {
            for (String part : text.split("\\+")) {
                String[] unit = part.split("\\*");
                int times = unit.length == 1 ? 1 : Integer.parseInt(unit[1]);
                for (int i = 0; i < times; i++) {
                    out.writeBytes(HexFormat.of().parseHex(unit[0]));
                }
            }
        }
        return out.toByteArray();
    }
}
