// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.Placement;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A graph without its tail: nodes that must not stay and everything that depends on them, where nothing of that multiplies
 * with weights. What fed the tail becomes an output; the host or the firmware decodes from there.
 *
 * @param graph the whole
 * @param tail nodes that are cut off, in order
 * @param heads what fed them, in the order in which they read it: values, not sizes or indices
 */
public record TailCut(ModelGraph graph, Set<Node> tail, List<String> heads) {
    private static final Set<String> MULTIPLYING = Set.of(
            "Conv",
            "ConvTranspose",
            "Gemm",
            "MatMul",
            "QLinearConv",
            "QLinearMatMul",
            "ConvInteger",
            "MatMulInteger",
            "FusedConv",
            "FusedMatMul",
            "QGemm",
            "LSTM",
            "GRU",
            "RNN");

    /** True for an operator that computes with weights. */
    public static boolean multiplies(Node node) {
        return MULTIPLYING.contains(node.operator());
    }

    /** Nodes that the target refuses whatever the number format. */
    static Set<Node> refused(ModelGraph graph, SdkVersion sdk) {
        Set<Node> refused = new LinkedHashSet<>();
        for (NodePlacement node : NpuScheduler.scheduleAsInt8(graph, sdk).placements()) {
            if (node.placement() == Placement.REFUSED || node.placement() == Placement.ILLEGAL) {
                refused.add(node.node());
            }
        }
        return refused;
    }

    /**
     * @param unwanted nodes that must not stay
     * @return empty where there are none, one of them has multiplications behind it, or no value is left to hand over
     */
    static Optional<TailCut> of(ModelGraph graph, Set<Node> unwanted) {
        Set<Node> roots = new LinkedHashSet<>(unwanted);
        Set<Node> tail = behind(graph, roots);
        // Indices that the tail reads cannot be handed over as values: what makes them of values goes too.
        while (roots.addAll(indexing(graph, tail))) {
            tail = behind(graph, roots);
        }
        if (tail.stream().anyMatch(TailCut::multiplies)) {
            return Optional.empty();
        }
        Set<String> heads = new LinkedHashSet<>();
        for (Node node : tail) {
            for (String tensor : read(node)) {
                if (madeBefore(graph, tail, tensor) && isValue(graph, tensor)) {
                    heads.add(tensor);
                }
            }
        }
        return tail.isEmpty() || heads.isEmpty()
                ? Optional.empty()
                : Optional.of(new TailCut(graph, tail, List.copyOf(heads)));
    }

    private static Set<Node> behind(ModelGraph graph, Set<Node> roots) {
        Set<Node> tail = new LinkedHashSet<>();
        Set<String> written = new HashSet<>();
        for (Node node : graph.nodes()) {
            if (roots.contains(node) || read(node).stream().anyMatch(written::contains)) {
                tail.add(node);
                written.addAll(node.outputs());
            }
        }
        return tail;
    }

    private static List<String> read(Node node) {
        List<String> read = new ArrayList<>(node.inputs());
        read.addAll(GraphCapture.of(node));
        return read;
    }

    private static boolean madeBefore(ModelGraph graph, Set<Node> tail, String tensor) {
        return graph.producer(tensor).filter(source -> !tail.contains(source)).isPresent();
    }

    /** Nodes before the tail that make indices or conditions, which the tail reads, of values: TopK, ArgMax, Greater. */
    private static Set<Node> indexing(ModelGraph graph, Set<Node> tail) {
        Deque<String> open = new ArrayDeque<>();
        tail.forEach(node -> open.addAll(read(node)));
        Set<String> seen = new HashSet<>();
        Set<Node> found = new LinkedHashSet<>();
        while (!open.isEmpty()) {
            String tensor = open.pop();
            if (!seen.add(tensor) || !madeBefore(graph, tail, tensor) || isValue(graph, tensor)) {
                continue;
            }
            Node node = graph.producer(tensor).orElseThrow();
            boolean sizes = node.is("Shape") || node.is("Size");
            if (!sizes
                    && graph.type(tensor).isPresent()
                    && node.inputs().stream().anyMatch(input -> isData(graph, input))) {
                found.add(node);
            } else if (!sizes) {
                open.addAll(node.inputs());
            }
        }
        return found;
    }

    /** A value that the network computes, or is given. */
    private static boolean isData(ModelGraph graph, String tensor) {
        return !tensor.isEmpty() && !graph.isConstant(tensor) && isValue(graph, tensor);
    }

    /** Sizes, indices and conditions are no results that a decoder reads. */
    private static boolean isValue(ModelGraph graph, String tensor) {
        return graph.type(tensor)
                .map(TensorType::element)
                .filter(element -> element.isFloatingPoint()
                        || element == ElementType.INT8
                        || element == ElementType.UINT8
                        || element == ElementType.INT16
                        || element == ElementType.UINT16)
                .isPresent();
    }

    /** Outputs of the graph that the tail does not write. */
    List<String> untouched() {
        return graph.outputs().stream()
                .map(output -> output.name())
                .filter(output -> graph.producer(output).filter(tail::contains).isEmpty())
                .toList();
    }

    /** Outputs that only the tail gave. */
    List<String> lost() {
        List<String> untouched = untouched();
        return graph.outputs().stream()
                .map(output -> output.name())
                .filter(output -> !untouched.contains(output))
                .toList();
    }

    /** The untouched outputs and then {@code heads}; types as far as they are known. */
    ModelGraph ending(List<String> ends) {
        Set<String> outputs = new LinkedHashSet<>(untouched());
        outputs.addAll(ends);
        return GraphPart.upTo(graph, outputs);
    }

    /** Outputs of a cut graph, which its graph before computes too, as an output or inside. */
    static List<Comparison.Pair> unchanged(ModelGraph cut) {
        return cut.outputs().stream()
                .map(output -> Comparison.Pair.of(output.name(), output.name()))
                .toList();
    }

    /** Whether a node that computes with weights is left. */
    boolean leavesWork() {
        return ending(heads).nodes().stream().anyMatch(TailCut::multiplies);
    }
}
