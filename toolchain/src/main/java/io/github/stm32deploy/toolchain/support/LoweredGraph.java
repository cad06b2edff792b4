// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.Operand.Quantization;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph as the compiler's scheduler sees it: QuantizeLinear and DequantizeLinear folded into the tensors, constants and
 * shape arithmetic evaluated, changes of view (Reshape, Squeeze, our own layout Transposes) seen through.
 */
final class LoweredGraph {
    private final ModelGraph graph;
    private final boolean asInt8;
    private final boolean onnx;
    private final MemoryOrder memoryOrder;
    private final Set<String> constants = new HashSet<>();
    private final Map<String, Operand> operands = new HashMap<>();
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private final Map<String, Folding> folded = new HashMap<>();
    private final List<Operand> inputs = new ArrayList<>();
    private final List<Operand> outputs = new ArrayList<>();
    private final Map<String, List<Operation>> readers = new HashMap<>();
    private final Map<String, Operation> writers = new HashMap<>();

    /** Why a node is no operation of its own. */
    enum Folding {
        /** Its value follows from constants and shapes. */
        CONSTANT,
        /** It renames or reshapes a tensor. */
        VIEW,
        /** It says how a stored tensor maps to numbers. */
        QUANTIZATION,
        /** The network's float input or output is integer after the SDK's default I/O conversion. */
        BOUNDARY
    }

    private LoweredGraph(ModelGraph graph, boolean asInt8) {
        this.graph = graph;
        this.asInt8 = asInt8;
        this.onnx = isOnnx(graph);
        this.memoryOrder = new MemoryOrder(graph, onnx);
    }

    /** @param asInt8 take every float tensor as int8 with parameters that are not known yet */
    static LoweredGraph of(ModelGraph graph, boolean asInt8) {
        LoweredGraph lowered = new LoweredGraph(graph, asInt8);
        lowered.lower();
        return lowered;
    }

    ModelGraph graph() {
        return graph;
    }

    boolean asInt8() {
        return asInt8;
    }

    /** In topological order. */
    List<Operation> operations() {
        return List.copyOf(operations.values());
    }

    /** The operation that {@code node} is, null where it is folded away. */
    Operation operation(Node node) {
        return operations.get(node.name());
    }

    /** Null where the node is an operation. */
    Folding folding(Node node) {
        return folded.get(node.name());
    }

    boolean isConstant(String tensor) {
        return constants.contains(tensor);
    }

    List<Operand> inputs() {
        return Collections.unmodifiableList(inputs);
    }

    List<Operand> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** Operations that read a stored tensor. */
    List<Operation> readers(String stored) {
        return Collections.unmodifiableList(readers.getOrDefault(stored, List.of()));
    }

    /** The operation that writes a stored tensor, null for inputs. */
    Operation writer(String stored) {
        return writers.get(stored);
    }

    boolean isOutput(String stored) {
        return outputs.stream().anyMatch(output -> output.stored().equals(stored));
    }

    /** True where the graph comes from an ONNX file. A TFLite import shows by its operators or by its layout Transposes. */
    boolean isOnnx() {
        return onnx;
    }

    private static boolean isOnnx(ModelGraph graph) {
        return graph.nodes().stream()
                .noneMatch(node -> Framework.of(node) == Framework.TFLITE
                        || node.is("Transpose") && node.origin().index() < 0);
    }

    MemoryOrder memoryOrder() {
        return memoryOrder;
    }

    boolean isInput(String stored) {
        return inputs.stream().anyMatch(input -> input.stored().equals(stored));
    }

    private void lower() {
        constants.addAll(graph.constants().keySet());
        for (GraphValue input : graph.inputs()) {
            Operand operand = boundaryInput(input);
            operands.put(input.name(), operand);
            inputs.add(operand);
        }
        for (Node node : graph.nodes()) {
            lower(node);
        }
        for (GraphValue output : graph.outputs()) {
            if (!constants.contains(output.name())) {
                outputs.add(operand(output.name()));
            }
        }
        for (Operation operation : operations.values()) {
            for (Operand operand : operation.operands()) {
                List<Operation> list = readers.computeIfAbsent(operand.stored(), key -> new ArrayList<>());
                if (!list.contains(operation)) {
                    list.add(operation);
                }
            }
            operation.results().forEach(result -> writers.put(result.stored(), operation));
        }
    }

    /** A float input that QuantizeLinear reads is integer for the caller, by the SDK's default, unless the file is TFLite. */
    private Operand boundaryInput(GraphValue input) {
        Operand plain = plain(input.name());
        if (!plain.element().isFloatingPoint() || asInt8) {
            return plain;
        }
        for (Node reader : graph.consumers(input.name())) {
            if (reader.is("QuantizeLinear") && Framework.of(reader) == Framework.ONNX) {
                return new Operand(
                        input.name(), reader.output(0), storedType(reader), plain.shape(), quantization(reader));
            }
        }
        return plain;
    }

    private void lower(Node node) {
        if (isFoldable(node)) {
            node.outputs().forEach(constants::add);
            folded.put(node.name(), Folding.CONSTANT);
        } else if (node.is("DequantizeLinear")) {
            dequantize(node);
        } else if (node.is("QuantizeLinear")) {
            quantize(node);
        } else if (isView(node)) {
            Operand source = operand(node.input(0));
            operands.put(node.output(0), source.under(node.output(0), shape(node.output(0))));
            folded.put(node.name(), Folding.VIEW);
        } else {
            operate(node);
        }
    }

    private boolean isFoldable(Node node) {
        if (node.outputs().isEmpty() || node.operator().startsWith("Random") || node.is("Multinomial")) {
            return false;
        }
        if (node.is("Shape") || node.is("Size")) {
            return constants.contains(node.input(0)) || shape(node.input(0)).isStatic();
        }
        boolean known = node.inputs().stream().allMatch(input -> input.isEmpty() || constants.contains(input));
        return known && (node.domain().isEmpty() || node.domain().equals("com.microsoft")) && !Operators.hasBody(node);
    }

    private boolean isView(Node node) {
        if (!node.domain().isEmpty() || constants.contains(node.input(0))) {
            return false;
        }
        return switch (node.operator()) {
            case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout" -> true;
            case "Transpose" -> node.origin().index() < 0 || movesOnlyOnes(node);
            case "Concat", "Sum", "Max", "Min" -> node.inputs().size() == 1;
            default -> false;
        };
    }

    private boolean movesOnlyOnes(Node transpose) {
        Shape shape = shape(transpose.input(0));
        if (!shape.isStatic()) {
            return false;
        }
        long[] order = transpose.intsAttribute("perm").orElseGet(() -> reversed(shape.rank()));
        long last = -1;
        for (long axis : order) {
            if (axis < 0 || axis >= shape.rank()) {
                return false;
            }
            if (shape.size((int) axis) != 1) {
                if (axis < last) {
                    return false;
                }
                last = axis;
            }
        }
        return true;
    }

    private static long[] reversed(int rank) {
        long[] order = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            order[axis] = rank - 1L - axis;
        }
        return order;
    }

    private void dequantize(Node node) {
        Operand source = operand(node.input(0));
        String output = node.output(0);
        // TFLite files say themselves what their callers see; of ONNX files the SDK turns float outputs to int8.
        boolean boundary = graph.isOutput(output) && !asInt8 && Framework.of(node) == Framework.TFLITE;
        if (boundary) {
            Operand made = plain(output);
            operands.put(output, made);
            add(node, Operation.Form.DEQUANTIZE, List.of(source), List.of(made));
        } else {
            Quantization quantization = asInt8 ? Quantization.EXPECTED : quantization(node);
            operands.put(output, new Operand(output, source.stored(), source.element(), shape(output), quantization));
            folded.put(node.name(), graph.isOutput(output) ? Folding.BOUNDARY : Folding.QUANTIZATION);
        }
    }

    private void quantize(Node node) {
        Operand source = operand(node.input(0));
        String output = node.output(0);
        Quantization wanted = quantization(node);
        boolean sameType = source.element() == storedType(node);
        if (source.stored().equals(output) || sameType && source.quantization().equals(wanted)) {
            operands.put(output, source.under(output, shape(output)));
            folded.put(node.name(), graph.isInput(node.input(0)) ? Folding.BOUNDARY : Folding.QUANTIZATION);
            return;
        }
        if (asInt8) {
            operands.put(output, source.under(output, shape(output)));
            folded.put(node.name(), Folding.QUANTIZATION);
            return;
        }
        Operand made = new Operand(output, output, storedType(node), shape(output), wanted);
        operands.put(output, made);
        Operation.Form form = source.quantized() ? Operation.Form.REQUANTIZE : Operation.Form.QUANTIZE;
        add(node, form, List.of(source), List.of(made));
    }

    private void operate(Node node) {
        List<Operand> reads = new ArrayList<>();
        for (String input : node.inputs()) {
            if (!input.isEmpty() && !constants.contains(input)) {
                reads.add(operand(input));
            }
        }
        Operation.Form form = form(node, reads);
        List<Operand> writes = new ArrayList<>();
        for (String output : node.outputs()) {
            if (output.isEmpty()) {
                continue;
            }
            Operand made = form == Operation.Form.INTEGER ? quantizedResult(node, output, reads) : plain(output);
            operands.put(output, made);
            writes.add(made);
        }
        add(node, form, reads, writes);
    }

    private Operation.Form form(Node node, List<Operand> reads) {
        boolean floats = false;
        boolean integers = false;
        for (String output : node.outputs()) {
            ElementType element = type(output).element();
            floats |= element.isFloatingPoint() || element == ElementType.UNKNOWN;
            integers |= element == ElementType.INT8 || element == ElementType.UINT8;
        }
        if (floats && asInt8) {
            return Operation.Form.INTEGER;
        }
        if (floats) {
            boolean quantizedInputs = reads.stream().anyMatch(Operand::quantized)
                    && reads.stream().noneMatch(read -> read.element().isFloatingPoint());
            boolean quantizedOutputs = Operators.keepsValues(node)
                    || node.outputs().stream()
                            .filter(output -> !output.isEmpty())
                            .allMatch(output -> endsQuantized(output, 0));
            return quantizedInputs && quantizedOutputs ? Operation.Form.INTEGER : Operation.Form.FLOAT;
        }
        boolean quantizedRead = reads.stream().anyMatch(Operand::quantized);
        boolean integerOperator = integers && (quantizedRead || Operators.isInteger(node));
        boolean comparison =
                quantizedRead && reads.stream().noneMatch(read -> read.element().isFloatingPoint());
        return integerOperator || comparison ? Operation.Form.INTEGER : Operation.Form.PLAIN;
    }

    /** True where QuantizeLinear reads {@code tensor}, at once or behind nodes that a chain absorbs. */
    private boolean endsQuantized(String tensor, int depth) {
        for (Node reader : graph.consumers(tensor)) {
            if (reader.is("QuantizeLinear")) {
                return true;
            }
            boolean passes =
                    isView(reader) || Operators.isActivation(reader.operator()) || Operators.keepsValues(reader);
            if (passes && depth < 4 && endsQuantized(reader.output(0), depth + 1)) {
                return true;
            }
        }
        return false;
    }

    private Operand quantizedResult(Node node, String output, List<Operand> reads) {
        if (asInt8) {
            ElementType element = type(output).element();
            boolean number = element.isFloatingPoint() || element == ElementType.UNKNOWN;
            ElementType kept = number ? ElementType.INT8 : element;
            return new Operand(output, output, kept, shape(output), number ? Quantization.EXPECTED : Quantization.NONE);
        }
        for (Node reader : graph.consumers(output)) {
            if (reader.is("QuantizeLinear")) {
                return new Operand(output, reader.output(0), storedType(reader), shape(output), quantization(reader));
            }
        }
        ElementType element = type(output).element();
        if (!element.isFloatingPoint() && element != ElementType.UNKNOWN) {
            Quantization stated = element == ElementType.INT8 || element == ElementType.UINT8
                    ? Quantization.EXPECTED
                    : Quantization.NONE;
            return new Operand(output, output, element, shape(output), stated);
        }
        Operand like = reads.stream().filter(Operand::quantized).findFirst().orElseThrow();
        Quantization kept = Operators.keepsValues(node) ? like.quantization() : Quantization.EXPECTED;
        return new Operand(output, output, like.element(), shape(output), kept);
    }

    private void add(Node node, Operation.Form form, List<Operand> reads, List<Operand> writes) {
        List<String> fixed = node.inputs().stream()
                .filter(input -> !input.isEmpty() && constants.contains(input))
                .toList();
        operations.put(node.name(), new Operation(node, Operators.baseName(node), form, reads, fixed, writes));
    }

    private Operand operand(String tensor) {
        Operand known = operands.get(tensor);
        return known == null ? plain(tensor) : known;
    }

    private Operand plain(String tensor) {
        TensorType type = type(tensor);
        boolean number = type.element().isFloatingPoint() || type.element() == ElementType.UNKNOWN;
        if (asInt8 && number) {
            return new Operand(tensor, tensor, ElementType.INT8, type.shape(), Quantization.EXPECTED);
        }
        return new Operand(tensor, tensor, type.element(), type.shape(), Quantization.NONE);
    }

    TensorType type(String tensor) {
        return graph.type(tensor).orElse(new TensorType(ElementType.UNKNOWN, Shape.of(-1)));
    }

    Shape shape(String tensor) {
        return type(tensor).shape();
    }

    private ElementType storedType(Node quantizer) {
        ElementType element = type(quantizer.output(0)).element();
        return element == ElementType.UNKNOWN ? ElementType.UINT8 : element;
    }

    private Quantization quantization(Node node) {
        TensorData scale = graph.constants().get(node.input(1));
        TensorData zeroPoint = graph.constants().get(node.input(2));
        if (scale == null || scale.elements() == 0) {
            return Quantization.EXPECTED;
        }
        boolean whole = zeroPoint != null
                && zeroPoint.elements() > 0
                && zeroPoint.element().bits() >= 8
                && !zeroPoint.element().isFloatingPoint();
        return new Quantization(scale.floatAt(0), whole ? zeroPoint.integerAt(0) : 0, scale.elements() > 1);
    }

    /**
     * The constant that holds the values of {@code tensor} as they are stored: through DequantizeLinear and views. Null
     * where it is computed from other constants.
     */
    TensorData storedConstant(String tensor) {
        TensorData known = graph.constants().get(tensor);
        for (int steps = 0; known == null && steps < 8; steps++) {
            Node producer = graph.producer(tensor).orElse(null);
            if (producer == null) {
                return null;
            }
            boolean passes = producer.is("DequantizeLinear")
                    || producer.is("QuantizeLinear")
                    || producer.is("Transpose")
                    || producer.is("Reshape")
                    || producer.is("Squeeze")
                    || producer.is("Unsqueeze")
                    || producer.is("Identity")
                    || producer.is("Cast");
            if (producer.is("Constant")) {
                return producer.tensorAttribute("value").orElse(null);
            }
            if (!passes) {
                return null;
            }
            tensor = producer.input(0);
            known = graph.constants().get(tensor);
        }
        return known;
    }
}
