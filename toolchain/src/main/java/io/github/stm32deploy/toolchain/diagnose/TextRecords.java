// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records in a text file that people edit: {@code == NAME} starts one, {@code key  value} is a field, an indented line
 * continues the field above it, {@code #} starts a comment. A field may stand several times.
 */
public final class TextRecords {
    private TextRecords() {}

    /** One record; the values of a field in the order of the file. */
    public record Entry(String name, Map<String, List<String>> fields) {
        /** The only value of a field, "" where it is absent. */
        public String one(String key) {
            List<String> values = all(key);
            if (values.size() > 1) {
                throw new IllegalStateException(name + " has " + values.size() + " fields " + key);
            }
            return values.isEmpty() ? "" : values.get(0);
        }

        public List<String> all(String key) {
            return fields.getOrDefault(key, List.of());
        }
    }

    /**
     * Reads the resource {@code name} beside class {@code owner}.
     *
     * @param keys fields that a record may have
     * @throws IllegalStateException where a line is none of the above; the file is part of the program
     */
    public static List<Entry> read(Class<?> owner, String name, List<String> keys) {
        List<Entry> entries = new ArrayList<>();
        String key = "";
        for (String line : lines(owner, name)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("== ")) {
                entries.add(new Entry(line.substring(3).strip(), new LinkedHashMap<>()));
                key = "";
            } else if (line.startsWith(" ") && !key.isEmpty()) {
                List<String> values = entries.get(entries.size() - 1).fields().get(key);
                values.set(values.size() - 1, values.get(values.size() - 1) + " " + line.strip());
            } else {
                String[] parts = line.split(" +", 2);
                if (entries.isEmpty() || parts.length < 2 || !keys.contains(parts[0])) {
                    throw new IllegalStateException(name + ": this line is no field: " + line);
                }
                key = parts[0];
                entries.get(entries.size() - 1)
                        .fields()
                        .computeIfAbsent(key, absent -> new ArrayList<>())
                        .add(parts[1].strip());
            }
        }
        return entries;
    }

    private static List<String> lines(Class<?> owner, String name) {
        try (InputStream text = owner.getResourceAsStream(name)) {
            if (text == null) {
                throw new IllegalStateException("the program has no text " + name);
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
