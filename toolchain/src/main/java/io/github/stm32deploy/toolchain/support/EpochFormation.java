// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Groups operations into epochs as the compiler's reports show them, and names the tensors between. */
final class EpochFormation {
    private final LoweredGraph graph;
    private final Map<String, Rules.Decision> decisions;
    private final Geometry geometry;
    private final Chains chains;
    private final List<Epoch> epochs = new ArrayList<>();
    private final Map<String, NpuTensor> tensors = new LinkedHashMap<>();
    private final Set<Operation> done = new HashSet<>();
    /** Stored tensors that exist in float too, by the name of their float twin. */
    private final Map<String, String> floatTwins = new HashMap<>();

    EpochFormation(LoweredGraph graph, Map<String, Rules.Decision> decisions, SdkVersion sdk) {
        this.graph = graph;
        this.decisions = decisions;
        this.geometry = new Geometry(graph);
        this.chains = new Chains(graph, this::placement, geometry, done);
    }

    Map<String, NpuTensor> tensors() {
        return tensors;
    }

    private Placement placement(Operation operation) {
        return decisions.get(operation.node().name()).verdict().placement();
    }

    List<Epoch> form() {
        graph.inputs().forEach(this::tensor);
        for (Operation operation : graph.operations()) {
            if (!done.contains(operation)) {
                form(operation);
            }
        }
        graph.outputs().forEach(this::tensor);
        return epochs;
    }

    private void form(Operation operation) {
        Rules.Decision decision = decisions.get(operation.node().name());
        switch (decision.verdict().placement()) {
            case NONE, REFUSED, ILLEGAL -> done.add(operation);
            case NPU -> hardware(operation);
            case HYBRID -> {
                done.add(operation);
                emit(Epoch.Kind.HYBRID, Chain.of(operation), floats(operation));
            }
            case CPU, OPTION -> software(operation, decision.verdict().floats());
        }
    }

    private static boolean floats(Operation operation) {
        return operation.form() == Operation.Form.FLOAT;
    }

    private void hardware(Operation operation) {
        if (chains.waitsForReader(operation)) {
            return;
        }
        Chain chain = chains.from(operation);
        done.addAll(chain.operations());
        emit(Epoch.Kind.HARDWARE, chain, floats(operation));
    }

    /** A float kernel among integers costs a dequantization before it and a quantization behind it. */
    private void software(Operation operation, boolean floatKernel) {
        done.add(operation);
        if (operation.isConversion() || !floatKernel) {
            emit(Epoch.Kind.SOFTWARE, Chain.of(operation), operation.isConversion() || floats(operation));
            return;
        }
        List<String> reads = new ArrayList<>();
        for (Operand operand : operation.operands()) {
            reads.add(operand.quantized() ? dequantized(operand) : tensor(operand));
        }
        List<String> writes = new ArrayList<>();
        List<Operand> quantizedResults = new ArrayList<>();
        for (Operand result : operation.results()) {
            if (result.quantized()) {
                quantizedResults.add(result);
                writes.add(floatTwin(result));
            } else {
                writes.add(tensor(result));
            }
        }
        Geometry.Weights weights = geometry.weights(operation, true);
        add(new Epoch(
                epochs.size() + 1,
                Epoch.Kind.SOFTWARE,
                geometry.work(operation),
                operation.operator(),
                Labels.of(operation, geometry.of(operation)) + " (float)",
                List.of(operation.node()),
                geometry.of(operation),
                distinct(reads),
                distinct(writes),
                weights.bytes(),
                weights.elements(),
                0,
                true));
        for (Operand result : quantizedResults) {
            convert(operation.node(), EpochWork.QUANTIZE, "QuantizeLinear", floatTwin(result), tensor(result), result);
        }
    }

    private String dequantized(Operand operand) {
        String twin = floatTwins.get(operand.stored());
        if (twin == null) {
            String stored = tensor(operand);
            twin = floatTwin(operand);
            convert(null, EpochWork.DEQUANTIZE, "DequantizeLinear", stored, twin, operand);
        }
        return twin;
    }

    private String floatTwin(Operand operand) {
        return floatTwins.computeIfAbsent(operand.stored(), stored -> {
            String name = operand.real().equals(stored) || tensors.containsKey(operand.real())
                    ? stored + " (float)"
                    : operand.real();
            tensors.put(name, new NpuTensor(name, ElementType.FLOAT32, operand.shape()));
            return name;
        });
    }

    private void convert(Node node, EpochWork work, String operator, String from, String to, Operand operand) {
        Geometry.Shape3 map = Geometry.Shape3.of(operand.shape());
        EpochGeometry elementwise = new EpochGeometry(
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                map.channels(),
                map.rows(),
                map.columns(),
                map.channels(),
                map.rows(),
                map.columns());
        add(new Epoch(
                epochs.size() + 1,
                Epoch.Kind.SOFTWARE,
                work,
                operator,
                operator,
                node == null ? List.of() : List.of(node),
                elementwise,
                List.of(from),
                List.of(to),
                0,
                0,
                0,
                true));
    }

    private void emit(Epoch.Kind kind, Chain chain, boolean floating) {
        Operation lead = chain.lead();
        Set<String> reads = new LinkedHashSet<>();
        Set<String> inside = new HashSet<>();
        chain.operations().forEach(operation -> operation.results().forEach(result -> inside.add(result.stored())));
        List<Node> nodes = new ArrayList<>();
        Geometry.Weights weights = Geometry.Weights.NONE;
        for (Operation operation : chain.operations()) {
            nodes.add(operation.node());
            weights = weights.plus(geometry.weights(operation, floating));
            for (Operand operand : operation.operands()) {
                if (!inside.contains(operand.stored())) {
                    reads.add(tensor(operand));
                }
            }
        }
        List<String> writes = chain.written().stream().map(this::tensor).toList();
        EpochGeometry shape = geometry.of(lead);
        List<EpochGeometry> pieces = kind == Epoch.Kind.HARDWARE ? Decomposition.of(lead, shape) : List.of(shape);
        long partial = pieces.size() == 1
                ? 0
                : Decomposition.PARTIAL_BYTES * shape.outputChannels() * shape.outputRows() * shape.outputColumns();
        for (int piece = 0; piece < pieces.size(); piece++) {
            boolean last = piece == pieces.size() - 1;
            long share = weights.bytes() * (piece + 1) / pieces.size() - weights.bytes() * piece / pieces.size();
            long elements =
                    weights.elements() * (piece + 1) / pieces.size() - weights.elements() * piece / pieces.size();
            String label = Labels.of(chain, shape);
            add(new Epoch(
                    epochs.size() + 1,
                    kind,
                    geometry.work(lead),
                    lead.operator(),
                    pieces.size() == 1 ? label : label + " (part " + (piece + 1) + " of " + pieces.size() + ")",
                    nodes,
                    pieces.get(piece),
                    List.copyOf(reads),
                    last ? writes : List.of(),
                    share,
                    elements,
                    partial * Math.min(piece + 1, pieces.size() - 1),
                    floating));
        }
    }

    private void add(Epoch epoch) {
        epochs.add(epoch);
    }

    private String tensor(Operand operand) {
        tensors.computeIfAbsent(operand.stored(), name -> new NpuTensor(name, operand.element(), operand.shape()));
        return operand.stored();
    }

    private static List<String> distinct(List<String> names) {
        return List.copyOf(new LinkedHashSet<>(names));
    }
}
