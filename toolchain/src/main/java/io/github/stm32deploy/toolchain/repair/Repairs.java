// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.List;
import java.util.Optional;

/** Every repair there is, in the order in which they are tried: what later ones build on comes first. */
public final class Repairs {
    private static final List<Repair> ALL = List.of(
            // The graph as a file: names, versions, open sizes, shape arithmetic.
            new DropIdentities(),
            // Number formats.

            // Tails and heads.

            // Layouts and operators.
            new PushTransposes());

    private Repairs() {}

    /** All of them. */
    public static List<Repair> all() {
        return ALL;
    }

    /** Those that happen without being asked for by name. */
    public static List<Repair> usual() {
        return ALL.stream().filter(repair -> !repair.onRequest()).toList();
    }

    public static Optional<Repair> byId(String id) {
        return ALL.stream().filter(repair -> repair.id().equals(id)).findFirst();
    }

    /** The repairs that answer a diagnosis. */
    public static List<Repair> answering(String code) {
        return ALL.stream().filter(repair -> repair.answers().contains(code)).toList();
    }
}
