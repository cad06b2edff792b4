// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.Optional;
import java.util.Set;

/** Products with and sums of constants beside a convolution (input normalization, learned scales) move into its weights. */
final class FoldScaling implements Repair {
    private static final Set<String> ARITHMETIC = Set.of("Mul", "Add", "Sub", "Div");

    @Override
    public String id() {
        return "fold-scaling";
    }

    @Override
    public String effect() {
        return "Factors and summands of channels move into the weights of the convolution beside them.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("OP-SUB-CONSTANT-FIRST");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        AffineFolding.Folded folded = AffineFolding.once(graph, target.avoided(), FoldScaling::isArithmetic);
        int count = folded.nodes().size();
        return count == 0
                ? Optional.empty()
                : Optional.of(Change.of(
                        folded.graph(),
                        folded.nodes(),
                        count + (count == 1 ? " node scales or shifts" : " nodes scale or shift")
                                + " channels beside a convolution",
                        Tolerance.ROUNDING));
    }

    private static boolean isArithmetic(Node node) {
        return node.domain().isEmpty() && ARITHMETIC.contains(node.operator());
    }
}
