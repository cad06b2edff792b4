// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Objects;

/** An input or output of a graph: name in the user's file and type. */
public record GraphValue(String name, TensorType type) {
    public GraphValue {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
    }
}
