// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Multiply-accumulate operations as ST Edge AI Core counts them ({@code model: macc=} in its reports): every layer has a
 * cost, also those that multiply nothing.
 *
 * @param total sum over the layers
 * @param byNode share of each node of the graph, by node name; nodes without a cost are left out
 */
public record MaccCount(long total, Map<String, Long> byNode) {
    public MaccCount {
        byNode = Collections.unmodifiableMap(new LinkedHashMap<>(byNode));
    }

    public long of(String node) {
        return byNode.getOrDefault(node, 0L);
    }
}
