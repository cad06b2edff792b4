// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.Set;

/** Operators whose results are codes of their first input, wherever those mean the same (ONNX operator schemas). */
final class CodeMoves {
    private static final Set<String> MOVES = Set.of(
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "Slice",
            "Split",
            "Gather",
            "GatherElements",
            "GatherND",
            "Expand",
            "Tile",
            "DepthToSpace",
            "SpaceToDepth",
            "MaxPool",
            "ReduceMax",
            "ReduceMin",
            "Pad");

    private CodeMoves() {}

    /** True for one that computes the same on codes and on reals, except that the fill of Pad is a code. */
    static boolean isMove(Node node) {
        return node.domain().isEmpty()
                && MOVES.contains(node.operator())
                // The second result of MaxPool is indices.
                && !(node.is("MaxPool") && !node.output(1).isEmpty());
    }
}
