// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Instruction counts of CMSIS-NN for whole networks, from a table with their provenance in its head. */
record CmsisNn(Map<String, Long> instructions) {
    static CmsisNn read(Path table) throws IOException {
        Map<String, Long> counts = new HashMap<>();
        for (String line : Files.readAllLines(table)) {
            if (!line.startsWith("#") && !line.isBlank()) {
                String[] cells = line.split("\t");
                counts.put(cells[0], Long.parseLong(cells[1]));
            }
        }
        return new CmsisNn(counts);
    }

    Optional<Long> of(String model) {
        return Optional.ofNullable(instructions.get(model));
    }
}
