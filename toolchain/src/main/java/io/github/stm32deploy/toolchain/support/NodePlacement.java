// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.Objects;

/**
 * The predicted placement of one node and the rule that decided it.
 *
 * @param rule id of the rule ({@code OP-RESIZE-LINEAR}); never empty
 * @param reason one sentence with the observed values that the rule looked at, for the user's report
 */
public record NodePlacement(Node node, Placement placement, String rule, String reason) {
    public NodePlacement {
        Objects.requireNonNull(node);
        Objects.requireNonNull(placement);
        Objects.requireNonNull(rule);
        Objects.requireNonNull(reason);
    }
}
