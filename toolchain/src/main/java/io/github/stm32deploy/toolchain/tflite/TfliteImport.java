// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.RunningShapes;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One import in progress: which views of each tensor of the file exist as ONNX tensors, and the nodes made so far.
 *
 * <p>A <em>stored</em> tensor name stands for the values as the file keeps them (integers where the tensor is quantized), a
 * <em>real</em> one for the numbers they mean.
 */
final class TfliteImport {
    /** Int16 quantization and 4-bit weights came with operator set 21; everything else is content with 17. */
    private static final int OPSET = 17;

    private static final int WIDE_OPSET = 21;

    private final TfliteSubgraph file;
    private final TfliteBodies bodies;
    private final int opset;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, TensorData> constants = new LinkedHashMap<>();
    private final Map<String, TensorType> foreignTypes = new LinkedHashMap<>();
    private final Map<Integer, Map<Layout, String>> views = new HashMap<>();
    private final Map<String, String> dequantized = new HashMap<>();
    /** Tensors that are known while reading without being stored: float16 weights widened, results of SHAPE. */
    private final Map<Integer, TensorData> folded = new HashMap<>();

    private final Set<String> widened = new LinkedHashSet<>();
    /** Outputs of a DEQUANTIZE of stored weights: the same tensor, read as real numbers. */
    private final Map<Integer, Integer> realOf = new HashMap<>();

    private final UniqueNames tensorNames = new UniqueNames();
    private final UniqueNames nodeNames = new UniqueNames();

    private final Set<Integer> graphOutputs = new HashSet<>();
    /** Names of graph inputs and of what nodes write. */
    private final Set<String> made = new HashSet<>();
    /** Tensors that some operator of the file writes. */
    private final Set<Integer> written = new HashSet<>();
    /** Inputs of the graph and outputs of operators, whose values are not known while reading. */
    private final Set<Integer> produced = new HashSet<>();

    private final QuantizationOperands quantization = new QuantizationOperands(this);
    private final RunningShapes shapes;
    private TfliteOperator current;

    TfliteImport(TfliteSubgraph file, TfliteBodies bodies) {
        this.file = file;
        this.bodies = bodies;
        boolean wide = file.tensors().stream().anyMatch(TfliteImport::needsWideOpset);
        this.opset = wide ? WIDE_OPSET : OPSET;
        this.shapes = new RunningShapes(constants, opset);
        for (TfliteTensor tensor : file.tensors()) {
            tensorNames.take(tensor.name());
        }
        for (int output : file.outputs()) {
            graphOutputs.add(output);
        }
        for (int input : file.inputs()) {
            made.add(tensor(input).name());
        }
        for (TfliteOperator operator : file.operators()) {
            for (int output : operator.outputs()) {
                written.add(output);
            }
        }
    }

    private static boolean needsWideOpset(TfliteTensor tensor) {
        return tensor.isQuantized()
                && (tensor.element() == ElementType.INT16
                        || tensor.element() == ElementType.UINT16
                        || tensor.element() == ElementType.INT4
                        || tensor.element() == ElementType.UINT4);
    }

    int opset() {
        return opset;
    }

    ModelGraph graph() {
        ModelGraph.Builder builder = ModelGraph.builder(file.name().isEmpty() ? "tflite" : file.name());
        builder.opset("", opset).irVersion(opset == OPSET ? 8 : 10);
        for (int input : file.inputs()) {
            TfliteTensor tensor = tensor(input);
            builder.input(tensor.name(), tensor.type());
            shapes.state(tensor.name(), tensor.type());
            register(input, Layout.ofFile(tensor.rank()), tensor.name());
        }
        for (TfliteOperator operator : file.operators()) {
            current = operator;
            checkOutputs(operator);
            try {
                TfliteOperators.convert(this, operator);
            } catch (NotConvertible | ArrayIndexOutOfBoundsException reason) {
                // The latter: fewer operands, or fewer values in one, than the operator is defined with.
                keepForeign(operator);
            }
        }
        for (int output : new java.util.LinkedHashSet<>(graphOutputsInOrder())) {
            builder.output(bindOutput(output), tensor(output).type());
        }
        List<Node> needed = needed(builder);
        needed.forEach(builder::node);
        Set<String> read = new HashSet<>();
        needed.forEach(node -> read.addAll(node.inputs()));
        constants.forEach((name, value) -> {
            if (read.contains(name)) {
                builder.constant(name, value);
            }
        });
        if (needed.stream().anyMatch(node -> node.domain().equals("tflite"))) {
            builder.opset("tflite", 1);
        }
        foreignTypes.forEach(builder::type);
        widened.forEach(builder::widened);
        return builder.build();
    }

    private List<Integer> graphOutputsInOrder() {
        List<Integer> order = new ArrayList<>();
        for (int output : file.outputs()) {
            order.add(output);
        }
        return order;
    }

    private void checkOutputs(TfliteOperator operator) {
        for (int output : operator.outputs()) {
            if (produced.contains(output) || folded.containsKey(output) || realOf.containsKey(output)) {
                throw new TfliteReader.StructureException(
                        "READ-GRAPH-DUPLICATE-TENSOR",
                        "a tensor has two sources",
                        "tensor \"" + tensor(output).name() + "\" is written again by operator " + operator.index()
                                + " (" + operator.name() + ")");
            }
        }
    }

    /** Makes the file's view of a graph output under the name that it has in the file. */
    private String bindOutput(int output) {
        TfliteTensor tensor = tensor(output);
        String made = stored(output, Layout.ofFile(rank(output)));
        if (made.equals(tensor.name()) && !constants.containsKey(made)) {
            return made;
        }
        String target = nameIsFree(tensor.name()) ? tensor.name() : fresh(tensor.name() + "/output");
        append("Identity", List.of(made), Map.of(), target);
        return target;
    }

    private boolean nameIsFree(String name) {
        return !constants.containsKey(name) && !made.contains(name);
    }

    private List<Node> needed(ModelGraph.Builder builder) {
        Set<String> wanted = new HashSet<>();
        builder.build().outputs().forEach(output -> wanted.add(output.name()));
        List<Node> needed = new ArrayList<>();
        for (int index = nodes.size() - 1; index >= 0; index--) {
            Node node = nodes.get(index);
            if (node.outputs().isEmpty() || node.outputs().stream().anyMatch(wanted::contains)) {
                wanted.addAll(node.inputs());
                needed.add(node);
            }
        }
        Collections.reverse(needed);
        return needed;
    }

    private void keepForeign(TfliteOperator operator) {
        List<String> inputs = new ArrayList<>();
        for (int input : operator.inputs()) {
            // State and scratch memory of an operator stand among its inputs, but nothing is read from them.
            boolean memory = input >= 0 && !isKnown(input) && !written.contains(input);
            inputs.add(input < 0 || memory ? "" : stored(input, Layout.ofFile(rank(input))));
        }
        List<String> outputs = new ArrayList<>();
        for (int position = 0; position < operator.outputs().length; position++) {
            int output = operator.outputs()[position];
            TfliteTensor tensor = tensor(output);
            views.remove(output);
            String name = nameIsFree(tensor.name()) ? tensor.name() : fresh(tensor.name() + "/" + operator.name());
            TensorType type = ForeignTypes.of(operator, position, tensor.type());
            register(output, Layout.ofFile(type.shape().rank()), name);
            foreignTypes.put(name, type);
            shapes.state(name, type);
            outputs.add(name);
        }
        add(new Node(
                nodeNames.of(originName(operator)),
                operator.name(),
                "tflite",
                inputs,
                outputs,
                foreignAttributes(operator),
                new Origin(operator.name(), originName(operator), operator.index())));
    }

    /**
     * Bodies and options, and the quantization of stored inputs: such a node reads numbers as the file stores them, and for a
     * constant no neighbour states what they stand for. {@code input_2_scale} belongs to the third input.
     */
    private Map<String, Attribute> foreignAttributes(TfliteOperator operator) {
        Map<String, Attribute> attributes = new LinkedHashMap<>(bodies.of(operator));
        attributes.putAll(CustomOptions.of(operator));
        for (int position = 0; position < operator.inputs().length; position++) {
            int input = operator.inputs()[position];
            boolean quantized = input >= 0 && isConstant(input) && tensor(input).isQuantized();
            if (quantized && !tensor(input).isPerChannel()) {
                attributes.put(
                        "input_" + position + "_scale",
                        Attribute.of(tensor(input).scales()[0]));
                attributes.put(
                        "input_" + position + "_zero_point",
                        Attribute.of(tensor(input).zeroPoints()[0]));
            }
        }
        return attributes;
    }

    /** True where nothing but {@code reader} operators reads the tensor, and the caller does not see it. */
    boolean isReadOnlyBy(int tensor, String reader) {
        return !graphOutputs.contains(tensor)
                && file.operators().stream()
                        .filter(operator ->
                                java.util.Arrays.stream(operator.inputs()).anyMatch(input -> input == tensor))
                        .allMatch(operator -> operator.name().equals(reader));
    }

    /** True where a standard node {@code onnxOperator} made the tensor. */
    boolean isOnnxOutputOf(int tensor, String onnxOperator) {
        Map<Layout, String> made = tensor < 0 ? Map.of() : views.getOrDefault(tensor, Map.of());
        return nodes.stream()
                .filter(node -> node.is(onnxOperator))
                .anyMatch(node -> made.values().stream().anyMatch(node.outputs()::contains));
    }

    private String originName(TfliteOperator operator) {
        return operator.outputs().length == 0
                ? operator.name() + "_" + operator.index()
                : tensor(operator.output()).name();
    }

    /**
     * @throws NotConvertible where {@code index} stands for an operand that is absent
     */
    TfliteTensor tensor(int index) {
        if (index < 0) {
            throw new NotConvertible("an operand that is absent");
        }
        return file.tensors().get(index);
    }

    private void add(Node node) {
        nodes.add(node);
        made.addAll(node.outputs());
        shapes.add(node);
    }

    /**
     * Shape of a tensor in the order of the file. What follows from the inputs counts, not what the file states: that is stale
     * where the model was converted with sizes left open.
     */
    Shape shape(int index) {
        int source = source(index);
        for (Map.Entry<Layout, String> view :
                views.getOrDefault(source, Map.of()).entrySet()) {
            TensorType type = shapes.type(view.getValue()).orElse(null);
            if (type != null
                    && type.shape().isStatic()
                    && type.shape().rank() == view.getKey().rank()) {
                return view.getKey().inFileOrder(type.shape());
            }
        }
        TensorData known = folded.get(source);
        return known == null ? tensor(source).shape() : known.shape();
    }

    int rank(int index) {
        return shape(index).rank();
    }

    /** Size of an axis of the file; -1 where it is not known. */
    long size(int index, int fileAxis) {
        return shape(index).size(fileAxis);
    }

    private boolean isKnown(int index) {
        return produced.contains(index)
                || folded.containsKey(index)
                || realOf.containsKey(index)
                || tensor(index).isStored();
    }

    /** Values of a tensor that the file stores, or that follow from stored ones; null for others. */
    TensorData constant(int index) {
        TensorData known = folded.get(index);
        if (known != null || produced.contains(index)) {
            return known;
        }
        TfliteTensor tensor = tensor(index);
        if (tensor.isStored()) {
            return TensorData.of(tensor.type(), tensor.data());
        }
        boolean empty = tensor.shape().isStatic() && tensor.shape().elements() == 0;
        return empty ? TensorData.of(tensor.type(), ByteBuffer.allocate(0)) : null;
    }

    /** Integers of an operand that must be known while reading: stored, or computed from shapes. */
    long[] integers(int index) {
        long[] known = integersOrNull(index);
        if (known == null) {
            throw new NotConvertible("an operand that must be constant is computed");
        }
        return known;
    }

    long[] integersOrNull(int index) {
        TensorData data = index < 0 ? null : constant(index);
        if (data != null) {
            boolean integers =
                    !data.element().isFloatingPoint() && data.element().bits() >= 8;
            return integers ? data.toLongs() : null;
        }
        for (String view : views.getOrDefault(index, Map.of()).values()) {
            long[] values = shapes.integers(view).orElse(null);
            if (values != null) {
                return values;
            }
        }
        return null;
    }

    /** True for weights and other operands that are known while reading, also through a DEQUANTIZE. */
    boolean isConstant(int index) {
        return realOf.containsKey(index) ? isConstant(realOf.get(index)) : constant(index) != null;
    }

    void fold(int output, TensorData value) {
        folded.put(output, value);
    }

    /** As {@link #fold}, of a constant that the file stores as float16 under {@code stored}. */
    void foldWidened(int output, String stored, TensorData value) {
        widened.add(stored);
        fold(output, value);
    }

    /** Makes {@code output} another name of the real values of {@code source}. */
    void readAsReal(int output, int source) {
        realOf.put(output, source);
    }

    /** The tensor that {@code index} reads, DEQUANTIZE of stored weights looked through. */
    int source(int index) {
        return realOf.containsKey(index) ? source(realOf.get(index)) : index;
    }

    void register(int index, Layout layout, String name) {
        produced.add(index);
        views.computeIfAbsent(index, key -> new LinkedHashMap<>()).putIfAbsent(layout, name);
    }

    /** Views that exist already; empty for constants, which are made in any layout. */
    Map<Layout, String> viewsOf(int index) {
        return isConstant(index) ? Map.of() : views.getOrDefault(index, Map.of());
    }

    /** Name of the values as stored, in {@code layout}; a Transpose is made where no view has it. */
    String stored(int index, Layout layout) {
        Map<Layout, String> known = views.computeIfAbsent(index, key -> new LinkedHashMap<>());
        String name = known.get(layout);
        if (name != null) {
            return name;
        }
        TfliteTensor tensor = tensor(index);
        if (realOf.containsKey(index)) {
            return real(index, layout);
        }
        TensorData constant = constant(index);
        if (constant != null) {
            name = known.isEmpty() && !constants.containsKey(tensor.name())
                    ? tensor.name()
                    : fresh(tensor.name() + layout.suffix());
            constants.put(name, layout.arranged(constant));
        } else if (known.isEmpty()) {
            throw new TfliteReader.StructureException(
                    "READ-GRAPH-DANGLING-TENSOR",
                    "a tensor that is read is never made",
                    "tensor \"" + tensor.name() + "\" is read by operator " + current.index() + " (" + current.name()
                            + ") before any operator writes it");
        } else {
            Map.Entry<Layout, String> from = known.entrySet().iterator().next();
            boolean seenByCaller = graphOutputs.contains(index) && layout.isFile() && nameIsFree(tensor.name());
            name = seenByCaller ? tensor.name() : fresh(tensor.name() + layout.suffix());
            add(new Node(
                    nodeNames.of(name + "/Transpose"),
                    "Transpose",
                    "",
                    List.of(from.getValue()),
                    List.of(name),
                    Map.of("perm", Attribute.ofInts(from.getKey().permutationTo(layout))),
                    new Origin("TRANSPOSE", tensor.name(), -1)));
        }
        known.put(layout, name);
        return name;
    }

    /** Name of the real values in {@code layout}; DequantizeLinear is made where the tensor is quantized. */
    String real(int index, Layout layout) {
        int source = source(index);
        TfliteTensor tensor = tensor(source);
        String stored = stored(source, layout);
        if (!tensor.isQuantized()) {
            return stored;
        }
        return dequantize(stored, tensor, layout, null);
    }

    /** Real values of a stored tensor {@code name} that has the quantization of {@code tensor}. */
    String dequantize(String name, TfliteTensor tensor, Layout layout, String wanted) {
        String known = dequantized.get(name);
        if (known != null && wanted == null) {
            return known;
        }
        String output = wanted == null ? fresh(name + "/dequantized") : wanted;
        Map<String, Attribute> attributes = tensor.isPerChannel()
                ? Map.of("axis", Attribute.of(layout.viewAxis(tensor.quantizedAxis())))
                : Map.of();
        append("DequantizeLinear", quantization.of(name, tensor), attributes, output);
        dequantized.put(name, output);
        return output;
    }

    /** Adds a constant of our own making; returns its name. */
    String newConstant(String wish, TensorData value) {
        String name = fresh(wish);
        constants.put(name, value);
        return name;
    }

    /** A tensor name that nothing has yet. */
    String fresh(String wish) {
        return tensorNames.of(wish);
    }

    /** Adds a standard node of the current operator with one output. */
    void append(String onnxOperator, List<String> inputs, Map<String, Attribute> attributes, String output) {
        append(onnxOperator, inputs, attributes, List.of(output));
    }

    void append(String onnxOperator, List<String> inputs, Map<String, Attribute> attributes, List<String> outputs) {
        String origin = originName(current);
        add(new Node(
                nodeNames.of(outputs.get(0) + "/" + onnxOperator),
                onnxOperator,
                "",
                inputs,
                outputs,
                attributes,
                new Origin(current.name(), origin, current.index())));
    }

    /** Adds a node whose output is an intermediate result of the current operator; returns the tensor. */
    String intermediate(String onnxOperator, List<String> inputs, Map<String, Attribute> attributes) {
        String output = fresh(originName(current) + "/" + onnxOperator.toLowerCase(java.util.Locale.ROOT));
        append(onnxOperator, inputs, attributes, output);
        return output;
    }

    /** Name for the stored values of an output that the current operator makes in {@code layout}. */
    String outputName(int output, Layout layout) {
        String name = tensor(output).name();
        // The name in the file belongs to the first view, but that of a graph output to the view that the caller sees.
        boolean own = !graphOutputs.contains(output) || layout.isFile();
        return own && !constants.containsKey(name) ? name : fresh(name + layout.suffix());
    }

    /** Adds the node that makes {@code output} in {@code layout}, the fused activation behind it, and QuantizeLinear. */
    void emit(
            int output,
            Layout layout,
            Activation activation,
            String onnxOperator,
            List<String> inputs,
            Map<String, Attribute> attributes) {
        String stored = outputName(output, layout);
        boolean quantized = tensor(output).isQuantized();
        String real = quantized ? fresh(stored + "/real") : stored;
        String linear = activation == Activation.NONE ? real : fresh(stored + "/linear");
        append(onnxOperator, inputs, attributes, linear);
        activation.append(this, linear, real);
        finish(output, layout, stored, real);
    }

    void emit(int output, Layout layout, String onnxOperator, List<String> inputs, Map<String, Attribute> attributes) {
        emit(output, layout, Activation.NONE, onnxOperator, inputs, attributes);
    }

    /** Quantizes {@code real} into {@code stored} where the tensor is quantized, and makes the view known. */
    void finish(int output, Layout layout, String stored, String real) {
        TfliteTensor tensor = tensor(output);
        if (tensor.isQuantized()) {
            if (tensor.isPerChannel()
                    || tensor.element() == ElementType.INT32
                    || tensor.element() == ElementType.INT64) {
                throw new NotConvertible("a computed tensor quantized as " + tensor.type());
            }
            quantize(real, tensor, stored);
        }
        register(output, layout, stored);
    }

    void quantize(String real, TfliteTensor tensor, String stored) {
        append("QuantizeLinear", quantization.of(real, tensor), Map.of(), stored);
    }
}
