// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Objects;

/**
 * Where a node comes from in the user's own file, kept through every rewrite.
 *
 * @param operator operator as the file names it ({@code Conv}, {@code CONV_2D})
 * @param name node name in the file; for TFLite, which has none, the name of the first output tensor
 * @param index position in the file's node list, -1 for a node that this tool made without a counterpart
 */
public record Origin(String operator, String name, int index) {
    public Origin {
        Objects.requireNonNull(operator);
        Objects.requireNonNull(name);
    }
}
