// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Names of which each is given once. */
final class UniqueNames {
    private final Set<String> taken = new HashSet<>();
    /** Last number that was put behind a name, so that many equal wishes need no search. */
    private final Map<String, Integer> tried = new HashMap<>();

    void take(String name) {
        taken.add(name);
    }

    /** {@code wish}, with a number behind it where that name is taken. */
    String of(String wish) {
        String name = wish;
        while (!taken.add(name)) {
            name = wish + "_" + tried.merge(wish, 2, (last, two) -> last + 1);
        }
        return name;
    }
}
