// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The digest by which a firmware tells itself from another. */
final class FirmwareDigest {
    private static final int BYTES_A_ROW = 8;

    private FirmwareDigest() {}

    /** SHA-256 over "path NUL length NUL content" of all files in the order of their paths, in hexadecimal. */
    static String of(Map<String, byte[]> firmware, List<FirmwareFile> network) {
        Map<String, byte[]> all = new TreeMap<>();
        firmware.forEach((path, content) -> all.put("firmware/" + path, content));
        network.forEach(file -> all.put("network/" + file.path(), file.content()));
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
        all.forEach((path, content) -> {
            digest.update((path + "\0" + content.length + "\0").getBytes(StandardCharsets.UTF_8));
            digest.update(content);
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The digest as rows of a C array. */
    static List<String> rows(String digest) {
        byte[] bytes = HexFormat.of().parseHex(digest);
        List<String> rows = new ArrayList<>();
        for (int start = 0; start < bytes.length; start += BYTES_A_ROW) {
            StringBuilder row = new StringBuilder();
            for (int i = start; i < start + BYTES_A_ROW; i++) {
                row.append(i == start ? "" : " ")
                        .append("0x")
                        .append(HexFormat.of().toHexDigits(bytes[i]))
                        .append(',');
            }
            rows.add(row.toString());
        }
        return rows;
    }
}
