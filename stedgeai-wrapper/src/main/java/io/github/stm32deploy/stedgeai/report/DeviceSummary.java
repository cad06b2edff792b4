// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the firmware on the board says of itself before a validation.
 *
 * @param network name in the heading
 * @param entries every line by its key ({@code runtime lib})
 * @param nodes epochs that the runtime steps through; may be fewer than the compiler counts
 */
public record DeviceSummary(String network, Map<String, ExecSummary.Entry> entries, Optional<Figure> nodes) {
    public DeviceSummary {
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /** The value of a key; "" where the block has none. */
    public String value(String key) {
        ExecSummary.Entry entry = entries.get(key);
        return entry == null ? "" : entry.value();
    }

    /** A clock of {@code device.attrs} in MHz ({@code mcu_freq}, {@code npu_freq}); empty where it is not said. */
    public Optional<Figure> megahertz(String attribute) {
        ExecSummary.Entry attributes = entries.get("device.attrs");
        if (attributes == null) {
            return Optional.empty();
        }
        for (String part : attributes.value().split(",")) {
            if (part.startsWith(attribute + "=") && part.endsWith("MHz")) {
                return Figure.of(part.substring(attribute.length() + 1, part.length() - 3), "MHz", attributes.place());
            }
        }
        return Optional.empty();
    }
}
