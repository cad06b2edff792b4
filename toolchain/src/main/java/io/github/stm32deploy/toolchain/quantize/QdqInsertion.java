// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes QuantizeLinear and DequantizeLinear into a float graph. Tensor names: see {@link QuantizedModel}. */
final class QdqInsertion {
    static final String CODES = "/quantized";
    static final String BEFORE = "/unquantized";
    static final String AFTER = "/dequantized";
    private static final String SCALE = "/scale";
    private static final String ZERO_POINT = "/zero_point";

    private final ModelGraph graph;
    private final ActivationPlan plan;
    private final Map<String, QuantizationParameters> parameters;
    private final boolean perTensor;
    private final Map<String, float[]> chosenScales;
    private final ModelGraph.Builder builder;
    private final List<Node> nodes = new ArrayList<>();
    private final Set<String> written = new HashSet<>();
    /** Dequantized weights by name of their tensor, to share them between nodes where they are the same. */
    private final Map<String, float[]> weightScales = new HashMap<>();

    /**
     * @param parameters by root of each family of {@code plan}
     * @param chosenScales scales of weights by name of their node; others follow from the largest weight
     */
    QdqInsertion(
            ModelGraph graph,
            ActivationPlan plan,
            Map<String, QuantizationParameters> parameters,
            boolean perTensor,
            Map<String, float[]> chosenScales) {
        this.graph = graph;
        this.plan = plan;
        this.parameters = parameters;
        this.perTensor = perTensor;
        this.chosenScales = chosenScales;
        this.builder = graph.toBuilder();
    }

    ModelGraph insert() {
        for (GraphValue input : graph.inputs()) {
            if (plan.getsPair(input.name())) {
                pair(input.name(), input.name(), input.name() + AFTER, new Origin("", input.name(), -1));
            }
        }
        for (Node node : graph.nodes()) {
            Node rewired = plan.runsOnCodes(node) ? withQuantizedInputs(node) : node;
            List<String> outputs = new ArrayList<>();
            for (String output : node.outputs()) {
                outputs.add(plan.getsPair(output) ? output + BEFORE : output);
            }
            nodes.add(rewired.withOutputs(outputs));
            for (String output : node.outputs()) {
                if (plan.getsPair(output)) {
                    pair(output, output + BEFORE, output, node.origin());
                }
            }
        }
        return GraphPart.live(builder.replaceNodes(nodes).build());
    }

    private Node withQuantizedInputs(Node node) {
        if (OperatorRules.isWeighted(node) && isFloatConstant(node.input(1))) {
            return withQuantizedWeights(node);
        }
        List<String> inputs = new ArrayList<>();
        boolean hasCodes = OperatorRules.isWeighted(node)
                && graph.producer(node.input(1))
                        .filter(producer -> producer.is("DequantizeLinear"))
                        .isPresent();
        for (int index = 0; index < node.inputs().size(); index++) {
            String input = node.input(index);
            // The bias of a node whose weights have codes is no signal.
            boolean signal =
                    OperatorRules.isSignal(node, index) && node.domain().isEmpty() && !hasCodes;
            inputs.add(signal && isFloatConstant(input) ? quantizedConstant(input) : readable(input));
        }
        return node.withInputs(inputs);
    }

    private boolean isFloatConstant(String tensor) {
        TensorData constant = graph.constants().get(tensor);
        return constant != null && constant.element() == ElementType.FLOAT32 && constant.elements() > 0;
    }

    /** The name under which quantized readers find an activation. */
    private String readable(String tensor) {
        return plan.dequantized(tensor)
                .orElse(graph.isInput(tensor) && plan.getsPair(tensor) ? tensor + AFTER : tensor);
    }

    private Node withQuantizedWeights(Node node) {
        TensorData weight = finite(node, node.input(1));
        boolean gemm = node.is("Gemm");
        float alpha = gemm ? node.floatAttribute("alpha", 1) : 1;
        float beta = gemm ? node.floatAttribute("beta", 1) : 1;
        if (alpha != 1) {
            weight = TensorData.ofFloats(weight.shape(), times(weight.toFloats(), alpha));
        }
        Optional<Integer> channelAxis =
                OperatorRules.weightAxis(node, weight.shape().rank());
        float[] bias = null;
        boolean integerBias = false;
        if (node.hasInput(2) && isFloatConstant(node.input(2)) && plan.isQuantized(node.input(0))) {
            TensorData stored = finite(node, node.input(2));
            int channels = outputChannels(node, weight.shape());
            float[] values = times(stored.toFloats(), beta);
            if (values.length == 1 && channels > 1) {
                float only = values[0];
                values = new float[channels];
                Arrays.fill(values, only);
            }
            // A matrix added to a Gemm result is a signal, not a bias.
            integerBias = values.length == channels;
            bias = integerBias ? values : null;
        }
        float inputScale = plan.isQuantized(node.input(0))
                ? parameters.get(plan.root(node.input(0))).scale()
                : 1;
        WeightQuantization quantization = WeightQuantization.of(
                weight, perTensor ? Optional.empty() : channelAxis, chosenScales.get(node.name()), bias, inputScale);
        List<String> inputs = new ArrayList<>(
                List.of(readable(node.input(0)), quantizedWeight(node, weight, quantization, alpha != 1)));
        if (node.hasInput(2)) {
            inputs.add(
                    integerBias
                            ? quantizedBias(node, bias, quantization, inputScale)
                            : isFloatConstant(node.input(2))
                                    ? quantizedConstant(node.input(2))
                                    : readable(node.input(2)));
        }
        Node rewired = node.withInputs(inputs);
        if (alpha != 1) {
            rewired = rewired.withAttribute("alpha", Attribute.of(1f));
        }
        return integerBias && beta != 1 ? rewired.withAttribute("beta", Attribute.of(1f)) : rewired;
    }

    private static int outputChannels(Node node, Shape weight) {
        long channels = switch (node.operator()) {
            case "Conv" -> weight.size(0);
            case "ConvTranspose" -> weight.size(1) * node.intAttribute("group", 1);
            default -> weight.size(node.intAttribute("transB", 0) == 0 ? 1 : 0);
        };
        return Math.toIntExact(channels);
    }

    private static float[] times(float[] values, float factor) {
        for (int index = 0; factor != 1 && index < values.length; index++) {
            values[index] *= factor;
        }
        return values;
    }

    private String quantizedWeight(Node node, TensorData weight, WeightQuantization quantization, boolean changed) {
        String name = node.input(1);
        float[] known = weightScales.get(name);
        if (changed || known != null && !Arrays.equals(known, quantization.scales())) {
            name = name + "/" + node.name();
        }
        if (weightScales.put(name, quantization.scales()) == null) {
            constantPair(
                    name,
                    quantization.codes(weight),
                    quantization.scales(),
                    TensorData.ofBytes(
                            ElementType.INT8,
                            scalesShape(quantization.scales(), quantization.axis()),
                            new byte[quantization.scales().length]),
                    quantization.axis(),
                    node.origin());
        }
        return name + AFTER;
    }

    private String quantizedBias(Node node, float[] bias, WeightQuantization quantization, float inputScale) {
        // A bias belongs to one input scale, so nodes that share the float bias get codes of their own.
        String name = written.contains(node.input(2) + AFTER) ? node.input(2) + "/" + node.name() : node.input(2);
        float[] scales = quantization.biasScales(inputScale);
        Optional<Integer> axis = quantization.axis().map(any -> 0);
        constantPair(
                name,
                quantization.biasCodes(bias, inputScale),
                scales,
                TensorData.ofInts(scalesShape(scales, axis), new int[scales.length]),
                axis,
                node.origin());
        return name + AFTER;
    }

    private static Shape scalesShape(float[] scales, Optional<Integer> axis) {
        return axis.isPresent() ? Shape.of(scales.length) : Shape.scalar();
    }

    private void constantPair(
            String name,
            TensorData codes,
            float[] scales,
            TensorData zeroPoints,
            Optional<Integer> axis,
            Origin origin) {
        builder.constant(name + CODES, codes);
        builder.constant(name + SCALE, TensorData.ofFloats(scalesShape(scales, axis), scales));
        builder.constant(name + ZERO_POINT, zeroPoints);
        Node dequantize = qdq("DequantizeLinear", name, name + CODES, name, name + AFTER, origin);
        nodes.add(axis.map(value -> dequantize.withAttribute("axis", Attribute.of((long) value)))
                .orElse(dequantize));
        builder.type(name + AFTER, new TensorType(ElementType.FLOAT32, codes.shape()));
        written.add(name + AFTER);
    }

    /** A constant operand (Add, Mul, PRelu…): asymmetric, one scale. */
    private String quantizedConstant(String tensor) {
        String dequantized = tensor + "/operand" + AFTER;
        if (written.add(dequantized)) {
            TensorData constant = graph.constants().get(tensor);
            float[] values = constant.toFloats();
            ValueRange range = new ValueRange(values[0], values[0]);
            for (float value : values) {
                if (!Float.isFinite(value)) {
                    throw notFinite("tensor \"" + tensor + "\"", value);
                }
                range = range.including(value);
            }
            QuantizationParameters operand = QuantizationParameters.of(range);
            byte[] codes = new byte[values.length];
            for (int index = 0; index < codes.length; index++) {
                codes[index] = operand.quantize(values[index]);
            }
            constantPair(
                    tensor + "/operand",
                    TensorData.ofBytes(ElementType.INT8, constant.shape(), codes),
                    new float[] {operand.scale()},
                    TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) operand.zeroPoint()),
                    Optional.empty(),
                    new Origin("", tensor, -1));
        }
        return dequantized;
    }

    /** QuantizeLinear and DequantizeLinear of one activation. */
    private void pair(String tensor, String before, String after, Origin origin) {
        String root = plan.root(tensor);
        if (written.add(root + SCALE)) {
            QuantizationParameters own = parameters.get(root);
            builder.constant(root + SCALE, TensorData.ofFloats(Shape.scalar(), own.scale()));
            builder.constant(
                    root + ZERO_POINT, TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) own.zeroPoint()));
        }
        nodes.add(qdq("QuantizeLinear", tensor, before, root, tensor + CODES, origin));
        nodes.add(qdq("DequantizeLinear", tensor, tensor + CODES, root, after, origin));
        graph.type(tensor).ifPresent(type -> {
            builder.type(tensor + CODES, new TensorType(ElementType.INT8, type.shape()));
            builder.type(before, type);
            builder.type(after, type);
        });
    }

    private static Node qdq(
            String operator, String tensor, String input, String parametersOf, String output, Origin origin) {
        return new Node(
                tensor + "/" + operator,
                operator,
                "",
                List.of(input, parametersOf + SCALE, parametersOf + ZERO_POINT),
                List.of(output),
                Map.of(),
                new Origin(origin.operator(), origin.name(), -1));
    }

    private TensorData finite(Node node, String tensor) {
        TensorData constant = graph.constants().get(tensor);
        for (float value : constant.toFloats()) {
            if (!Float.isFinite(value)) {
                throw notFinite("node \"" + node.name() + "\", tensor \"" + tensor + "\"", value);
            }
        }
        return constant;
    }

    private static DiagnosedException notFinite(String where, float value) {
        return new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error("QUANT-WEIGHT-NOT-FINITE", Stage.QUANTIZE, "a weight is not a finite number")
                        .where(where)
                        .observed(String.valueOf(value))
                        .rule("weights are finite")
                        .effect("the model cannot be quantized; its float results are not usable either")
                        .fix("train or export the model again")
                        .build());
    }
}
