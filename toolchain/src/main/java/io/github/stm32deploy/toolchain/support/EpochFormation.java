// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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
    private final CompilerHabits habits;
    private final EpochList list = new EpochList();
    private final Set<Operation> done = new HashSet<>();
    /** Stored tensors that exist in float too, by the name of their float twin. */
    private final Map<String, String> floatTwins = new HashMap<>();

    EpochFormation(LoweredGraph graph, Map<String, Rules.Decision> decisions, SdkVersion sdk) {
        this.graph = graph;
        this.decisions = decisions;
        this.geometry = new Geometry(graph);
        this.habits = new CompilerHabits(sdk);
        this.chains = new Chains(graph, this::placement, geometry, done, habits);
    }

    Map<String, NpuTensor> tensors() {
        return list.tensors();
    }

    private Placement placement(Operation operation) {
        return decisions.get(operation.node().name()).verdict().placement();
    }

    List<Epoch> form() {
        graph.inputs().forEach(list::written);
        graph.inputs().stream()
                .filter(this::arrivesChannelsFirst)
                .forEach(input -> list.copyForReaders(input, "channels last", "Layout of " + input.real(), List.of()));
        for (Operation operation : graph.operations()) {
            if (!done.contains(operation)) {
                form(operation);
            }
        }
        graph.outputs().forEach(list::written);
        return list.epochs();
    }

    /** The NPU works on interleaved channels: an image that an ONNX model takes channel by channel is copied first. */
    private boolean arrivesChannelsFirst(Operand input) {
        Shape shape = input.shape();
        boolean map = shape.rank() == 4 && shape.size(1) > 1 && shape.size(2) * shape.size(3) > 1;
        return map && graph.isOnnx() && !graph.readers(input.stored()).isEmpty();
    }

    private void form(Operation operation) {
        Rules.Decision decision = decisions.get(operation.node().name());
        switch (decision.verdict().placement()) {
            case NONE, REFUSED, ILLEGAL -> done.add(operation);
            case NPU -> hardware(operation);
            case HYBRID -> assisted(operation, Epoch.Kind.HYBRID);
            case CPU, OPTION -> software(operation, decision.verdict().floats());
        }
    }

    private static boolean isFloat(Operation operation) {
        return operation.form() == Operation.Form.FLOAT;
    }

    private void hardware(Operation operation) {
        if (chains.waitsForReader(operation)) {
            return;
        }
        boolean parts =
                operation.operator().equals("Slice") || operation.operator().equals("Split");
        if (parts && operation.operands().size() == 1) {
            split(operation);
            return;
        }
        Operand first = chains.input(operation);
        if (first != null && habits.copiesInput(operation, geometry.of(operation), graph.writer(first.stored()))) {
            list.copyForReaders(
                    first,
                    "for " + operation.node().name(),
                    "Input of " + operation.operator(),
                    List.of(operation.node()));
        }
        Chain chain = chains.from(operation);
        done.addAll(chain.operations());
        emit(Epoch.Kind.HARDWARE, chain, isFloat(operation));
    }

    /** A move that software kernels do, on integers or driving the stream engines. */
    private void assisted(Operation operation, Epoch.Kind kind) {
        done.add(operation);
        boolean nearest = geometry.work(operation) == EpochWork.RESIZE
                && operation.node().stringAttribute("mode", "nearest").equals("nearest");
        if (!nearest) {
            emit(kind, Chain.of(operation), isFloat(operation));
            return;
        }
        // Every pixel becomes a block: the channels are repeated, then turned into pixels.
        Operand from = operation.operands().get(0);
        Operand to = operation.results().get(0);
        String repeated = list.made(to.stored() + " (repeated)", to.element(), to.shape());
        List<Node> nodes = List.of(operation.node());
        boolean floats = isFloat(operation);
        list.add(
                Epoch.Kind.HARDWARE,
                EpochWork.COPY,
                "Concat",
                "Concat for Resize",
                nodes,
                geometry.of(operation),
                List.of(list.read(from)),
                List.of(repeated),
                Geometry.Weights.NONE,
                0,
                floats);
        list.add(
                kind,
                EpochWork.RESIZE,
                "DepthToSpace",
                "DepthToSpace for Resize",
                nodes,
                geometry.of(operation),
                List.of(repeated),
                List.of(list.written(to)),
                Geometry.Weights.NONE,
                0,
                floats);
    }

    /** Parts of one tensor are cut in one epoch, whether the file has one Split or several Slices. */
    private void split(Operation operation) {
        Operand source = operation.operands().get(0);
        List<Operation> siblings = new ArrayList<>();
        for (Operation reader : graph.readers(source.stored())) {
            boolean slice =
                    reader.operator().equals("Slice") && operation.operator().equals("Slice");
            boolean same = slice && placement(reader) == Placement.NPU && !done.contains(reader);
            if (reader == operation || same) {
                siblings.add(reader);
            }
        }
        done.addAll(siblings);
        List<Node> nodes = siblings.stream().map(Operation::node).toList();
        for (int copy = 0; copy < habits.copiesBeforeSplit(); copy++) {
            list.copyForReaders(source, "for " + operation.node().name(), "Input of " + operation.operator(), nodes);
        }
        List<String> writes = new ArrayList<>();
        siblings.forEach(part -> part.results().forEach(result -> writes.add(list.written(result))));
        list.add(
                Epoch.Kind.HARDWARE,
                EpochWork.COPY,
                operation.operator(),
                operation.operator(),
                nodes,
                geometry.of(operation),
                List.of(list.read(source)),
                writes,
                Geometry.Weights.NONE,
                0,
                isFloat(operation));
        Operand part = operation.results().get(0);
        if (habits.copiesAfterSplit() && !graph.isOutput(part.stored())) {
            list.copyForReaders(part, "aligned", "Result of " + operation.operator(), nodes);
        }
    }

    /** A float kernel among integers costs a dequantization before it and a quantization behind it. */
    private void software(Operation operation, boolean floatKernel) {
        if (operation.isConversion() || !floatKernel) {
            assisted(operation, Epoch.Kind.SOFTWARE);
            return;
        }
        if (decisions.get(operation.node().name()).rule().id().equals("OP-CONV-GLOBAL-DEPTHWISE")) {
            globalDepthwise(operation);
            return;
        }
        done.add(operation);
        List<String> reads = new ArrayList<>();
        for (Operand operand : operation.operands()) {
            reads.add(operand.quantized() ? dequantized(operand) : list.read(operand));
        }
        List<String> writes = new ArrayList<>();
        for (Operand result : operation.results()) {
            writes.add(result.quantized() ? floatTwin(result) : list.written(result));
        }
        if (operation.operator().equals("BatchNormalization")) {
            // The front end writes it as a product and a sum.
            Operand result = operation.results().get(0);
            String scaled = list.made(result.stored() + " (scaled)", ElementType.FLOAT32, result.shape());
            floatKernel(operation, "Mul", reads, List.of(scaled));
            floatKernel(operation, "Add", List.of(scaled), writes);
        } else {
            floatKernel(operation, operation.operator(), reads, writes);
        }
        for (Operand result : operation.results()) {
            if (result.quantized()) {
                convert(EpochWork.QUANTIZE, "QuantizeLinear", floatTwin(result), list.written(result), result);
            }
        }
    }

    private void floatKernel(Operation operation, String operator, List<String> reads, List<String> writes) {
        EpochGeometry shape = geometry.of(operation);
        list.add(
                Epoch.Kind.SOFTWARE,
                geometry.work(operation),
                operator,
                Labels.of(operation, shape) + " (float)",
                List.of(operation.node()),
                shape,
                reads,
                writes,
                geometry.weights(operation, true),
                0,
                true);
    }

    /**
     * A depthwise window over a whole map, wider than the native one: pieces of native width run on the NPU, those one column wide
     * each on the CPU between a dequantization and a Cast, and the NPU adds the sums.
     */
    private void globalDepthwise(Operation operation) {
        done.add(operation);
        Operand from = operation.operands().get(0);
        Operand to = operation.results().get(0);
        EpochGeometry shape = geometry.of(operation);
        List<Node> nodes = List.of(operation.node());
        int columns = Decomposition.remainingColumns(shape);
        int pieces = Decomposition.pieces(shape) / 2;
        Geometry.Weights weights = geometry.weights(operation, false);
        List<String> sums = new ArrayList<>();
        sums.add(list.made(to.stored() + " (native columns)", to.element(), to.shape()));
        list.add(
                Epoch.Kind.HARDWARE,
                geometry.work(operation),
                "Conv",
                Labels.of(operation, shape) + " (native columns)",
                nodes,
                shape,
                List.of(list.read(from)),
                List.of(sums.get(0)),
                weights.share(0, columns + 1),
                0,
                false);
        for (int piece = 1; piece <= pieces; piece++) {
            String real = list.made(from.stored() + " (float " + piece + ")", ElementType.FLOAT32, from.shape());
            String sum = list.made(to.stored() + " (float sum " + piece + ")", ElementType.FLOAT32, to.shape());
            String cast = list.made(to.stored() + " (sum " + piece + ")", to.element(), to.shape());
            convert(EpochWork.DEQUANTIZE, "DequantizeLinear", list.read(from), real, from);
            list.add(
                    Epoch.Kind.SOFTWARE,
                    geometry.work(operation),
                    "Conv",
                    Labels.of(operation, shape) + " (last column, float)",
                    nodes,
                    shape,
                    List.of(real),
                    List.of(sum),
                    Geometry.Weights.NONE,
                    0,
                    true);
            convert(EpochWork.QUANTIZE, "Cast", sum, cast, to);
            sums.add(cast);
        }
        String half = list.made(to.stored() + " (half sum)", to.element(), to.shape());
        addSums(nodes, to, sums, half);
        addSums(nodes, to, List.of(half), list.written(to));
    }

    private void addSums(List<Node> nodes, Operand like, List<String> from, String to) {
        list.add(
                Epoch.Kind.HARDWARE,
                EpochWork.ELEMENTWISE,
                "Add",
                "Partial sums",
                nodes,
                Geometry.elementwise(like.shape()),
                from,
                List.of(to),
                Geometry.Weights.NONE,
                0,
                false);
    }

    private String dequantized(Operand operand) {
        String twin = floatTwins.get(operand.stored());
        if (twin == null) {
            twin = floatTwin(operand);
            convert(EpochWork.DEQUANTIZE, "DequantizeLinear", list.read(operand), twin, operand);
        }
        return twin;
    }

    private String floatTwin(Operand operand) {
        return floatTwins.computeIfAbsent(operand.stored(), stored -> {
            boolean taken = operand.real().equals(stored) || list.has(operand.real());
            String name = taken ? stored + " (float)" : operand.real();
            return list.made(name, ElementType.FLOAT32, operand.shape());
        });
    }

    private void convert(EpochWork work, String operator, String from, String to, Operand operand) {
        list.add(
                Epoch.Kind.SOFTWARE,
                work,
                operator,
                operator,
                List.of(),
                Geometry.elementwise(operand.shape()),
                List.of(from),
                List.of(to),
                Geometry.Weights.NONE,
                0,
                true);
    }

    private void emit(Epoch.Kind kind, Chain chain, boolean floating) {
        Operation lead = chain.lead();
        List<Node> nodes = chain.operations().stream().map(Operation::node).toList();
        Geometry.Weights weights = Geometry.Weights.NONE;
        for (Operation operation : chain.operations()) {
            weights = weights.plus(geometry.weights(operation, floating));
        }
        List<String> reads = reads(chain);
        List<String> writes = new ArrayList<>();
        chain.written().forEach(result -> writes.add(list.written(result)));
        Operation last = chain.operations().get(chain.operations().size() - 1);
        boolean corrected = kind == Epoch.Kind.HARDWARE && habits.correctsZeroPoints(last);
        if (corrected) {
            writes.set(writes.size() - 1, product(last));
        }
        EpochGeometry shape = geometry.of(lead);
        List<EpochGeometry> pieces = kind == Epoch.Kind.HARDWARE ? Decomposition.of(lead, shape) : List.of(shape);
        int count = pieces.size();
        long partial =
                Decomposition.PARTIAL_BYTES * shape.outputChannels() * shape.outputRows() * shape.outputColumns();
        String label = Labels.of(chain, shape);
        for (int piece = 0; piece < count; piece++) {
            boolean end = piece == count - 1;
            list.add(
                    kind,
                    geometry.work(lead),
                    lead.operator(),
                    count == 1 ? label : label + " (part " + (piece + 1) + " of " + count + ")",
                    nodes,
                    pieces.get(piece),
                    reads,
                    end ? writes : List.of(),
                    weights.share(piece, count),
                    count == 1 ? 0 : partial * habits.partialSums(Decomposition.pieces(shape)),
                    floating);
        }
        if (corrected) {
            correct(last);
        }
    }

    private List<String> reads(Chain chain) {
        Set<String> inside = new HashSet<>();
        Set<String> reads = new LinkedHashSet<>();
        for (Operation operation : chain.operations()) {
            for (Operand operand : operation.operands()) {
                if (!inside.contains(operand.stored())) {
                    reads.add(list.read(operand));
                }
            }
            operation.results().forEach(result -> inside.add(result.stored()));
        }
        return List.copyOf(reads);
    }

    private String product(Operation multiply) {
        Operand result = multiply.results().get(0);
        return list.made(result.stored() + " (product)", result.element(), result.shape());
    }

    /** (x - a)(y - b): the product of the stored integers, then the terms of the zero points. */
    private void correct(Operation multiply) {
        Operand gate = multiply.operands().get(1);
        list.add(
                Epoch.Kind.HARDWARE,
                EpochWork.ELEMENTWISE,
                "Add",
                "Zero points of Mul",
                List.of(multiply.node()),
                geometry.of(multiply),
                List.of(list.read(gate), product(multiply)),
                List.of(list.written(multiply.results().get(0))),
                Geometry.Weights.NONE,
                0,
                false);
    }
}
