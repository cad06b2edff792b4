// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** The decoders of a run of cases as one C file, each distinct one once: {@code n6_case_table.h} declares it. */
final class CaseTable {
    static final String FILE = "case_table.c";

    private record Entry(int index, DecoderTable decoder, boolean prepared) {}

    private final Map<DecoderTable, Entry> entries = new LinkedHashMap<>();

    /**
     * @param prepared the family has a prepare function
     * @return place of a decoder in the table
     */
    int index(DecoderTable decoder, boolean prepared) {
        return entries.computeIfAbsent(decoder, key -> new Entry(entries.size(), key, prepared))
                .index();
    }

    String text() {
        StringBuilder text = new StringBuilder("""
                /* SPDX-License-Identifier: Apache-2.0 */
                #include "n6_case_table.h"

                #include <math.h>
                #include <stddef.h>
                #include <stdint.h>

                """);
        entries.values().stream()
                .map(entry -> entry.decoder().header())
                .distinct()
                .sorted()
                .forEach(header -> text.append("#include \"").append(header).append("\"\n"));
        entries.values().stream()
                .filter(Entry::prepared)
                .map(Entry::decoder)
                .map(decoder -> "static n6_status_t any_" + decoder.prepareFunction()
                        + "(void *p, const n6_tensor_t *outputs, uint32_t count) {\n    return "
                        + decoder.prepareFunction() + "(p, outputs, count);\n}\n")
                .distinct()
                .sorted()
                .forEach(text::append);
        StringJoiner rows =
                new StringJoiner(",\n    ", "const n6_case_decoder_t n6_case_decoders[] = {\n    ", "\n};\n");
        for (Entry entry : entries.values()) {
            DecoderTable decoder = entry.decoder();
            String name = "p" + entry.index();
            text.append("static const ").append(decoder.structure()).append(' ').append(name);
            text.append(" = {\n    ")
                    .append(String.join(",\n    ", decoder.fields()))
                    .append("\n};\n");
            rows.add("{{.result = " + decoder.result() + ", .decode = " + decoder.function() + ", .parameters = &"
                    + name
                    + ", .landmark_count = " + decoder.landmarkCount() + ", .nms = {"
                    + String.join(", ", decoder.nmsFields()) + "}}, "
                    + (entry.prepared() ? "any_" + decoder.prepareFunction() : "NULL") + ", sizeof " + name + "}");
        }
        if (entries.isEmpty()) {
            rows.add("{{.decode = NULL}, NULL, 0}");
        }
        text.append(rows);
        text.append("const uint32_t n6_case_decoder_count = ")
                .append(entries.size())
                .append("u;\n");
        return text.toString();
    }
}
