// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A comma-separated file (RFC 4180) with a header. */
public final class CsvTable {
    private final List<Map<String, String>> rows = new ArrayList<>();

    private CsvTable() {}

    public static CsvTable read(Path file) throws IOException {
        List<List<String>> records = records(Files.readString(file));
        CsvTable table = new CsvTable();
        List<String> header = records.get(0);
        for (List<String> fields : records.subList(1, records.size())) {
            if (fields.size() != header.size()) {
                throw new IOException(
                        file.getFileName() + ": " + fields.size() + " fields in a row of " + header.size());
            }
            Map<String, String> row = new LinkedHashMap<>();
            for (int index = 0; index < fields.size(); index++) {
                row.put(header.get(index), fields.get(index));
            }
            table.rows.add(row);
        }
        return table;
    }

    private static List<List<String>> records(String text) {
        List<List<String>> records = new ArrayList<>();
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int index = 0; index < text.length(); index++) {
            char letter = text.charAt(index);
            if (quoted && letter == '"' && index + 1 < text.length() && text.charAt(index + 1) == '"') {
                field.append('"');
                index++;
            } else if (letter == '"') {
                quoted = !quoted;
            } else if (!quoted && (letter == ',' || letter == '\n')) {
                fields.add(field.toString());
                field.setLength(0);
                if (letter == '\n') {
                    records.add(fields);
                    fields = new ArrayList<>();
                }
            } else if (quoted || letter != '\r') {
                field.append(letter);
            }
        }
        if (field.length() > 0 || !fields.isEmpty()) {
            fields.add(field.toString());
            records.add(fields);
        }
        return records;
    }

    public int size() {
        return rows.size();
    }

    /** Fields by column name. */
    public Map<String, String> row(int index) {
        return rows.get(index);
    }

    /** Digest of a file, in hexadecimal. */
    public static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
