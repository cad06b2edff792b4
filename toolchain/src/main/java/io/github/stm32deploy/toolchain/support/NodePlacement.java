// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import java.util.Objects;

/**
 * The predicted placement of one node and the rule that decided it.
 *
 * @param rule id of the rule ({@code OP-RESIZE-LINEAR}); never empty
 * @param reason the observed values that the rule looked at, for the user's report
 * @param remarks costs and risks that other rules found at the node
 */
public record NodePlacement(Node node, Placement placement, String rule, String reason, List<Remark> remarks) {

    /**
     * A cost or risk that comes with the form of the node and does not move it.
     *
     * @param rule id of the rule ({@code OP-CONV-DECOMPOSED})
     * @param observed values of the node that the rule looked at
     */
    public record Remark(String rule, String observed) {}

    public NodePlacement(Node node, Placement placement, String rule, String reason) {
        this(node, placement, rule, reason, List.of());
    }

    public NodePlacement {
        remarks = List.copyOf(remarks);
        Objects.requireNonNull(node);
        Objects.requireNonNull(placement);
        Objects.requireNonNull(rule);
        Objects.requireNonNull(reason);
    }

    /** What the deciding rule says in general, its limits included; "" for a rule that is not in the catalogue. */
    public String sentence() {
        return Rules.byId(rule).map(Rule::sentence).orElse("");
    }

    /** What the user can do about the placement; "" where there is nothing to do. */
    public String remedy() {
        return Rules.byId(rule).map(Rule::remedy).orElse("");
    }

    /** Document and version, or measured report, that the deciding rule rests on. */
    public String source() {
        return Rules.byId(rule).map(Rule::source).orElse("");
    }
}
