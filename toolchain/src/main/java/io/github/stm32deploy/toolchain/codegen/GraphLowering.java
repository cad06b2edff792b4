// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns a QDQ graph into kernel calls on bytes.
 *
 * <p>Works on demand: a QuantizeLinear asks for its input in its quantization, and the request passes through nodes that
 * only move elements or limit them (exact, because quantizing is element-wise and monotonic) until it meets a
 * DequantizeLinear or an operator with a kernel. So it does not matter where exactly a converter put its Q and DQ nodes.
 */
final class GraphLowering {
    private final ModelGraph graph;
    private final Constants constants;
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, StoredTensor> stored = new LinkedHashMap<>();
    private final Map<String, Real> reals = new LinkedHashMap<>();
    private final Map<String, StoredTensor> targets = new LinkedHashMap<>();
    private final Map<String, StoredTensor> arrangements = new LinkedHashMap<>();
    private final Map<String, Quantization> peeledInputs = new LinkedHashMap<>();
    private final Map<String, StoredTensor> inputTensors = new LinkedHashMap<>();
    private final List<Diagnosis> diagnoses = new ArrayList<>();
    private final Set<String> identities = new LinkedHashSet<>();
    private final Movements movements = new Movements(this);
    private final Products products = new Products(this, new Operands(this));
    private final Pointwise pointwise = new Pointwise(this, new Operands(this));
    private final Reductions reductions = new Reductions(this);
    private int bufferCount;
    private Node current;

    GraphLowering(ModelGraph graph) {
        this.graph = graph;
        this.constants = new Constants(graph);
    }

    /** An input or output of the network in memory. {@code quantization} is null where the graph does not tell it. */
    record Edge(GraphValue value, StoredTensor tensor, Quantization quantization) {}

    /** Everything the graph comes to, or the reasons why it does not. */
    record Result(
            List<Step> steps,
            List<Edge> inputs,
            List<Edge> outputs,
            Map<String, StoredTensor> tensors,
            List<Diagnosis> diagnoses) {}

    Result lower() {
        for (GraphValue input : graph.inputs()) {
            attempt(null, () -> inputTensor(input));
        }
        for (Node node : graph.nodes()) {
            current = node;
            if (node.is("QuantizeLinear") && !constants.isConstant(node.input(0))) {
                lowerQuantize(node);
            }
        }
        List<Edge> outputs = new ArrayList<>();
        for (GraphValue output : graph.outputs()) {
            current = graph.producer(output.name()).orElse(null);
            attempt(current, () -> outputs.add(output(output)));
        }
        List<Edge> inputs = new ArrayList<>();
        for (GraphValue input : graph.inputs()) {
            StoredTensor tensor = inputTensors.get(input.name());
            if (tensor != null) {
                inputs.add(new Edge(input, tensor, inputQuantization(input)));
            }
        }
        return new Result(steps, inputs, outputs, stored, diagnoses);
    }

    private void lowerQuantize(Node node) {
        String tensor = node.output(0);
        if (!attempt(node, () -> stored(tensor))) {
            // What follows is still looked at, so that one run names every obstacle.
            attempt(node, () -> stored.put(tensor, placeholder(node, tensor)));
        }
    }

    private StoredTensor placeholder(Node node, String tensor) {
        int[] shape = shape(node, tensor);
        return StoredTensor.rowMajor(buffer(tensor, Math.max(1, Layout.elements(shape))), shape);
    }

    private boolean attempt(Node node, Runnable work) {
        try {
            work.run();
            return true;
        } catch (Unlowerable reason) {
            if (!diagnoses.contains(reason.diagnosis())) {
                diagnoses.add(reason.diagnosis());
            }
        } catch (ArithmeticException overflow) {
            if (node == null) {
                throw overflow;
            }
            diagnoses.add(Unlowerable.size(node, overflow.getMessage(), "sizes fit in 31 bits")
                    .diagnosis());
        }
        return false;
    }

    // ---- services for the operator families -------------------------------------------------------------------

    ModelGraph graph() {
        return graph;
    }

    Constants constants() {
        return constants;
    }

    /** The node whose lowering was asked for: the QuantizeLinear, or the writer of a graph output. */
    Node current() {
        return current;
    }

    /** Identity of a step made for {@code node}, made unique. */
    Step.Identity identity(Node node) {
        Step.Identity identity = Step.Identity.of(node);
        if (identities.add(identity.name())) {
            return identity;
        }
        for (int count = 2; ; count++) {
            Step.Identity numbered = identity.part(Integer.toString(count));
            if (identities.add(numbered.name())) {
                return numbered;
            }
        }
    }

    Buffer buffer(String name, long bytes) {
        return new Buffer(bufferCount++, name, bytes);
    }

    void add(Step step) {
        steps.add(step);
    }

    int[] shape(Node node, String tensor) {
        Shape shape = graph.type(tensor)
                .map(type -> type.shape())
                .filter(Shape::isStatic)
                .orElseThrow(() -> Unlowerable.shape(node, "tensor \"" + tensor + "\""));
        if (shape.elements() <= 0 || shape.elements() > Integer.MAX_VALUE) {
            throw Unlowerable.size(node, "tensor \"" + tensor + "\" is " + shape, "1 to 2147483647 elements");
        }
        return shape.toIntArray();
    }

    ElementType element(String tensor) {
        return graph.type(tensor).map(type -> type.element()).orElse(ElementType.UNKNOWN);
    }

    /** The same elements with the axes in {@code order}; moves bytes only where they lie differently. */
    StoredTensor arranged(StoredTensor tensor, int[] order, Node node) {
        if (Layout.sameArrangement(tensor.shape(), tensor.order(), order)) {
            return tensor.as(tensor.shape(), order);
        }
        Layout.Permutation permutation = Layout.permutation(tensor.shape(), tensor.order(), order);
        if (permutation.inShape().length > 4) {
            throw Unlowerable.attribute(
                    node,
                    "a transposition of " + Arrays.toString(tensor.shape()) + " in " + permutation.inShape().length
                            + " independent axes",
                    "the transpose kernel has 4 axes");
        }
        String key = tensor.buffer().id()
                + Arrays.toString(permutation.inShape())
                + Arrays.toString(permutation.permutation());
        StoredTensor known = arrangements.get(key);
        if (known == null) {
            int added = 4 - permutation.inShape().length;
            int[] four = new int[4];
            for (int axis = 0; axis < 4; axis++) {
                four[axis] = axis < added ? axis : permutation.permutation()[axis - added] + added;
            }
            Buffer output = buffer(tensor.buffer().name() + "/transposed", tensor.elements());
            add(new MovementStep.Transpose(
                    transposeIdentity(node), Layout.four(permutation.inShape(), 1), four, tensor.buffer(), output));
            known = tensor.in(output);
            arrangements.put(key, known);
        }
        return new StoredTensor(known.buffer(), tensor.shape(), order, tensor.unsignedBytes());
    }

    private Step.Identity transposeIdentity(Node node) {
        Step.Identity identity = Step.Identity.of(node).part("transpose");
        for (int count = 2; !identities.add(identity.name()); count++) {
            identity = Step.Identity.of(node).part("transpose" + count);
        }
        return identity;
    }

    /** The same elements under another shape; moves bytes only where the physical order does not allow it. */
    StoredTensor reshaped(StoredTensor tensor, int[] shape, Node node) {
        Optional<int[]> order = Layout.reshaped(tensor.shape(), tensor.order(), shape);
        if (order.isPresent()) {
            return tensor.as(shape, order.get());
        }
        int[] wanted = Layout.orderForReshape(tensor.shape(), tensor.order(), shape);
        StoredTensor moved = arranged(tensor, wanted, node);
        return moved.as(
                shape,
                Layout.reshaped(moved.shape(), moved.order(), shape).orElseGet(() -> Layout.rowMajor(shape.length)));
    }

    /** Quantization a QuantizeLinear or DequantizeLinear states, in terms of int8. */
    Quantization quantization(Node node) {
        TensorData scale = constants
                .value(node.input(1))
                .orElseThrow(() -> Unlowerable.attribute(node, "a computed scale", "scales are constants"));
        Optional<TensorData> zeroPoint = constants.value(node.input(2));
        if (node.hasInput(2) && zeroPoint.isEmpty()) {
            throw Unlowerable.attribute(node, "a computed zero point", "zero points are constants");
        }
        if (scale.elements() != 1) {
            throw Unlowerable.attribute(
                    node, scale.elements() + " scales", "activations have one scale and zero point for the tensor");
        }
        String integers = node.is("QuantizeLinear") ? node.output(0) : node.input(0);
        ElementType element = zeroPoint.map(TensorData::element).orElseGet(() -> integerType(node, integers));
        if (element != ElementType.INT8 && element != ElementType.UINT8) {
            throw Unlowerable.type(node, "tensor \"" + integers + "\" is " + element);
        }
        float value = scale.floatAt(0);
        if (!(value >= Float.MIN_NORMAL) || Float.isInfinite(value)) {
            throw Unlowerable.attribute(node, "scale " + value, "scales are positive, normal numbers");
        }
        int zero = zeroPoint.map(data -> (int) data.integerAt(0)).orElse(0);
        return new Quantization(value, element == ElementType.UINT8 ? zero - 128 : zero);
    }

    private ElementType integerType(Node node, String tensor) {
        ElementType known = element(tensor);
        // ONNX: without a zero point the result of QuantizeLinear is uint8.
        return known == ElementType.UNKNOWN && node.is("QuantizeLinear") ? ElementType.UINT8 : known;
    }

    // ---- integer tensors --------------------------------------------------------------------------------------

    /** An int8 or uint8 tensor of the graph, in memory. */
    StoredTensor stored(String tensor) {
        StoredTensor known = stored.get(tensor);
        if (known != null) {
            return known;
        }
        Node node = graph.producer(tensor).orElse(null);
        if (node == null) {
            throw unsupportedInput(input(tensor));
        }
        StoredTensor result;
        if (node.is("QuantizeLinear")) {
            result = quantized(node.input(0), Target.of(quantization(node)));
        } else if (movements.moves(node)) {
            ElementType element = element(tensor);
            if (element != ElementType.INT8 && element != ElementType.UINT8) {
                throw Unlowerable.type(node, "tensor \"" + tensor + "\" is " + element);
            }
            int shift = element == ElementType.UINT8 ? 128 : 0;
            result = movements.lower(
                    node, tensor, input -> signed(stored(input)), value -> (int) value - shift, Target.of(null));
        } else {
            throw Unlowerable.operator(node);
        }
        stored.put(tensor, result);
        return result;
    }

    /** The tensor as int8: a uint8 network input is shifted by 128 once. */
    StoredTensor signed(StoredTensor tensor) {
        if (!tensor.unsignedBytes()) {
            return tensor;
        }
        String key = "signed" + tensor.buffer().id();
        StoredTensor known = arrangements.get(key);
        if (known == null) {
            Node reader = graph.consumers(tensor.buffer().name()).get(0);
            Buffer output = buffer(tensor.buffer().name() + "/int8", tensor.elements());
            add(new LookupStep(identity(reader), signFlip(), tensor.buffer(), output));
            known = tensor.in(output);
            arrangements.put(key, known);
        }
        return known.as(tensor.shape(), tensor.order());
    }

    static byte[] signFlip() {
        byte[] table = new byte[256];
        for (int index = 0; index < 256; index++) {
            table[index] = (byte) (index ^ 0x80);
        }
        return table;
    }

    // ---- float tensors ----------------------------------------------------------------------------------------

    /** The quantization in which a float tensor is known exactly, without computing; empty where there is none. */
    Optional<Quantization> exactQuantization(String tensor) {
        Optional<Node> producer = graph.producer(tensor);
        if (producer.isEmpty() || constants.isConstant(tensor)) {
            return Optional.empty();
        }
        Node node = producer.get();
        if (node.is("DequantizeLinear")) {
            return Optional.of(quantization(node));
        }
        if (node.is("Relu")) {
            return exactQuantization(node.input(0));
        }
        if (!movements.moves(node)) {
            return Optional.empty();
        }
        Optional<Quantization> first = exactQuantization(node.input(0));
        if (first.isPresent() && node.is("Concat")) {
            return node.inputs().stream()
                            .allMatch(input -> exactQuantization(input).equals(first))
                    ? first
                    : Optional.empty();
        }
        if (first.isPresent() && node.is("Pad")) {
            float value = movements.padValue(node);
            return first.filter(q -> q.dequantize(q.quantize(value)) == value);
        }
        return first;
    }

    /** A float tensor whose exact content is in memory; fails where it would have to be computed in float. */
    Real real(String tensor) {
        Real known = reals.get(tensor);
        if (known != null) {
            return known;
        }
        Quantization quantization = exactQuantization(tensor).orElseThrow(() -> notExact(tensor));
        Node node = graph.producer(tensor).orElseThrow();
        StoredTensor result;
        if (node.is("DequantizeLinear")) {
            result = signed(stored(node.input(0)));
        } else if (node.is("Relu")) {
            result = requantized(
                    real(node.input(0)), Target.of(quantization).behindClip(0, Float.POSITIVE_INFINITY), node);
        } else {
            result = movements.lower(
                    node, tensor, input -> real(input).tensor(), quantization::quantize, Target.of(quantization));
        }
        Real real = new Real(result, quantization);
        reals.put(tensor, real);
        return real;
    }

    private Unlowerable notExact(String tensor) {
        Optional<Node> producer = graph.producer(tensor);
        if (producer.isEmpty()) {
            Node reader = graph.consumers(tensor).isEmpty()
                    ? current
                    : graph.consumers(tensor).get(0);
            String what = graph.isInput(tensor) ? "float input \"" : "float constant \"";
            return Unlowerable.notQuantized(reader, what + tensor + "\" is read without QuantizeLinear");
        }
        Node node = producer.get();
        if (!pointwise.supports(node)
                && !products.supports(node)
                && !reductions.supports(node)
                && !movements.moves(node)
                && ElementFunction.of(node, constants).isEmpty()) {
            return Unlowerable.operator(node);
        }
        return Unlowerable.notQuantized(node, "tensor \"" + tensor + "\" stays float");
    }

    /** A float tensor, computed if need be, as int8 with the quantization and limits of {@code target}. */
    StoredTensor quantized(String tensor, Target target) {
        Quantization q = target.quantization();
        String key = tensor + " " + q.scale() + " " + q.zeroPoint() + " " + target.min() + " " + target.max();
        StoredTensor known = targets.get(key);
        if (known == null) {
            known = compute(tensor, target);
            targets.put(key, known);
        }
        return known;
    }

    private StoredTensor compute(String tensor, Target target) {
        if (graph.isInput(tensor)) {
            return limited(peeled(tensor, target.quantization()), target);
        }
        if (exactQuantization(tensor).isPresent()) {
            return requantized(real(tensor), target, current);
        }
        Node node = graph.producer(tensor).orElseThrow(() -> notExact(tensor));
        if (movements.moves(node)) {
            return movements.lower(node, tensor, input -> quantized(input, target), target::quantize, target);
        }
        Optional<StoredTensor> table = pointwise.byTable(tensor, target);
        if (table.isPresent()) {
            return table.get();
        }
        Optional<ElementFunction.Clip> clip = ElementFunction.clip(node, constants);
        if (clip.isPresent()) {
            return quantized(
                    node.input(0),
                    target.behindClip(clip.get().low(), clip.get().high()));
        }
        if (products.supports(node)) {
            return products.lower(node, tensor, target);
        }
        if (reductions.supports(node)) {
            return reductions.lower(node, tensor, target);
        }
        if (pointwise.supports(node)) {
            return pointwise.lower(node, tensor, target);
        }
        Optional<ElementFunction> function = ElementFunction.of(node, constants);
        if (function.isPresent()) {
            throw notExact(function.get().input());
        }
        throw Unlowerable.operator(node);
    }

    /** A stored tensor in another quantization; the same one where nothing changes. */
    StoredTensor requantized(Real real, Target target, Node node) {
        byte[] table = new byte[256];
        boolean identical = true;
        for (int quanta = -128; quanta < 128; quanta++) {
            int changed = target.quantize(real.quantization().dequantize(quanta));
            table[quanta & 0xFF] = (byte) changed;
            identical &= changed == quanta;
        }
        return identical ? real.tensor() : looked(real.tensor(), table, node);
    }

    StoredTensor looked(StoredTensor tensor, byte[] table, Node node) {
        Buffer output = buffer(node.output(0), tensor.elements());
        add(new LookupStep(identity(node), table, tensor.buffer(), output));
        return tensor.in(output);
    }

    /** Applies limits that a kernel could not apply itself. */
    StoredTensor limited(StoredTensor tensor, Target target) {
        return target.isFullRange() ? tensor : requantized(new Real(tensor, target.quantization()), target, current);
    }

    // ---- edges of the network ---------------------------------------------------------------------------------

    private void inputTensor(GraphValue input) {
        Shape shape = input.type().shape();
        ElementType element = input.type().element();
        boolean bytes = element == ElementType.INT8 || element == ElementType.UINT8;
        if (!shape.isStatic() || !(bytes || element == ElementType.FLOAT32)) {
            throw unsupportedInput(input);
        }
        int[] sizes = shape.toIntArray();
        Buffer buffer = buffer(input.name(), shape.elements());
        StoredTensor tensor =
                new StoredTensor(buffer, sizes, Layout.rowMajor(sizes.length), element == ElementType.UINT8);
        inputTensors.put(input.name(), tensor);
        if (bytes) {
            stored.put(input.name(), tensor);
        }
    }

    private static Unlowerable unsupportedInput(GraphValue input) {
        return new Unlowerable(Diagnosis.error(
                        "GEN-INPUT-UNSUPPORTED", Stage.GENERATE, "the cpu backend cannot take this network input")
                .where("input \"" + input.name() + "\"")
                .observed(input.type().toString())
                .rule("inputs are int8, uint8 or float32 of static shape")
                .effect("no code is generated for this model")
                .fix("give the input its size, or quantize the model")
                .build());
    }

    private GraphValue input(String name) {
        return graph.inputs().stream()
                .filter(input -> input.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("tensor " + name + " has no producer"));
    }

    private StoredTensor peeled(String input, Quantization quantization) {
        Quantization known = peeledInputs.putIfAbsent(input, quantization);
        StoredTensor tensor = inputTensors.get(input);
        if (tensor == null) {
            throw unsupportedInput(input(input));
        }
        if (known != null && !known.equals(quantization)) {
            throw Unlowerable.attribute(
                    current,
                    "float input \"" + input + "\" is quantized with scale " + known.scale() + " and with scale "
                            + quantization.scale(),
                    "a float input has one QuantizeLinear, which becomes the type of the input");
        }
        return tensor;
    }

    private Quantization inputQuantization(GraphValue input) {
        Quantization peeled = peeledInputs.get(input.name());
        if (peeled != null) {
            return peeled;
        }
        return readers(input.name())
                .filter(node -> node.is("DequantizeLinear"))
                .map(this::quantization)
                .findFirst()
                .orElse(null);
    }

    /** Readers of a tensor, those behind nodes that only move it included. */
    private java.util.stream.Stream<Node> readers(String tensor) {
        return graph.consumers(tensor).stream()
                .flatMap(node -> movements.moves(node)
                        ? node.outputs().stream().flatMap(this::readers)
                        : java.util.stream.Stream.of(node));
    }

    private Edge output(GraphValue output) {
        String name = output.name();
        Node node = current;
        ElementType element = output.type().element();
        StoredTensor tensor;
        Quantization quantization;
        if (element == ElementType.FLOAT32) {
            Real real = real(name);
            tensor = real.tensor();
            quantization = real.quantization();
        } else if (element == ElementType.INT8 || element == ElementType.UINT8) {
            tensor = stored(name);
            quantization = storedQuantization(name);
        } else {
            throw new Unlowerable(Diagnosis.error(
                            "GEN-OUTPUT-UNSUPPORTED",
                            Stage.GENERATE,
                            "the cpu backend cannot compute this network output")
                    .where("output \"" + name + "\"")
                    .observed(output.type().toString())
                    .rule("outputs are int8, uint8 or dequantized float32")
                    .effect("no code is generated for this model")
                    .fix("cut the graph before this output")
                    .build());
        }
        if (node != null) {
            tensor = arranged(tensor, Layout.rowMajor(tensor.rank()), node);
            if (element == ElementType.UINT8 && !tensor.unsignedBytes()) {
                Buffer bytes = buffer(name + "/uint8", tensor.elements());
                add(new LookupStep(identity(node), signFlip(), tensor.buffer(), bytes));
                tensor = new StoredTensor(bytes, tensor.shape(), tensor.order(), true);
            }
        }
        return new Edge(output, tensor, quantization);
    }

    /** Quantization of an integer tensor: that of the QuantizeLinear behind it. */
    private Quantization storedQuantization(String tensor) {
        Optional<Node> producer = graph.producer(tensor);
        while (producer.isPresent() && movements.moves(producer.get())) {
            producer = graph.producer(producer.get().input(0));
        }
        return producer.filter(node -> node.is("QuantizeLinear"))
                .map(this::quantization)
                .orElse(null);
    }
}
