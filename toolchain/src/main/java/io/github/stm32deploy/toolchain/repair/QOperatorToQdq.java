// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Operators on integers (QLinearConv, QLinearAdd, QGemm, MatMulInteger under constant scales…) become float operators between
 * DequantizeLinear and QuantizeLinear, the form in which ST Edge AI Core reads quantized ONNX models. Codes, scales and zero
 * points are those of the file.
 */
final class QOperatorToQdq implements Repair {
    /**
     * Both forms round once for each tensor, but one scales an integer sum and the other sums products in binary32, so a value
     * half way between two codes may go to either. Such a step is carried on through the layers behind; behind a float tail it
     * is a share of the largest value.
     */
    private static final Tolerance ROUNDED_ALIKE = new Tolerance(0.02, 4);

    @Override
    public String id() {
        return "qoperator-to-qdq";
    }

    @Override
    public String effect() {
        return "Operators on integers become float operators between DequantizeLinear and QuantizeLinear, with the same codes.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("QUANT-UNSIGNED");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        boolean any = graph.nodes().stream()
                .anyMatch(node -> IntegerKernel.of(node, graph.opset()).isPresent() || isInteger(node));
        // DequantizeLinear has an axis from operator set 13 on.
        if (!any || !OpsetUpgrade.reaches(graph)) {
            return Optional.empty();
        }
        ModelGraph current = graph.opset() < 13 ? ShapeInference.infer(OpsetUpgrade.to13(graph)) : graph;
        Rewriting rewriting = new Rewriting(current);
        for (Node node : current.nodes()) {
            if (!target.avoided().contains(node.name()) && rewriting.rewrite(node)) {
                rewriting.places.add(node.name());
            }
        }
        if (rewriting.places.isEmpty()) {
            return Optional.empty();
        }
        int number = rewriting.places.size();
        return Optional.of(Change.of(
                rewriting.rewrite.build(),
                rewriting.places,
                number + (number == 1 ? " operator computes" : " operators compute")
                        + " on integers without a pair around; the compiler reads scales from QuantizeLinear and DequantizeLinear",
                ROUNDED_ALIKE));
    }

    private static boolean isInteger(Node node) {
        return node.is("MatMulInteger") || node.is("ConvInteger");
    }

    private static final class Rewriting {
        /** Names of scale and zero point ("" for 0) of a tensor of codes. */
        private record Parameters(String scale, String zeroPoint) {}

        private final ModelGraph graph;
        private final GraphRewrite rewrite;
        private final List<String> places = new ArrayList<>();
        /** Real tensors by codes and parameters, so that readers share a DequantizeLinear. */
        private final Map<List<String>, String> reals = new HashMap<>();

        Rewriting(ModelGraph graph) {
            this.graph = graph;
            this.rewrite = new GraphRewrite(graph);
            for (Node node : graph.nodes()) {
                if (QuantizationNodes.isDequantize(node)) {
                    if (node.attributes().isEmpty() && !graph.isOutput(node.output(0))) {
                        reals.put(List.of(node.input(0), node.input(1), node.input(2)), node.output(0));
                    }
                }
            }
        }

        private static Parameters after(Node node, int codes) {
            return new Parameters(node.input(codes + 1), node.input(codes + 2));
        }

        boolean rewrite(Node node) {
            if (isInteger(node)) {
                return product(node);
            }
            IntegerKernel kernel = IntegerKernel.of(node, graph.opset()).orElse(null);
            if (kernel == null || !kernel.operands().stream().allMatch(operand -> isUsable(node, operand))) {
                return false;
            }
            OptionalInt bias =
                    kernel.bias().isPresent() && node.hasInput(kernel.bias().getAsInt())
                            ? kernel.bias()
                            : OptionalInt.empty();
            OptionalInt scale = kernel.scale();
            boolean constants = (bias.isEmpty() || graph.isConstant(node.input(bias.getAsInt())))
                    && (scale.isEmpty() || graph.isConstant(node.input(scale.getAsInt())));
            if (!constants) {
                return false;
            }
            List<Node> made = new ArrayList<>();
            List<String> inputs = new ArrayList<>();
            for (IntegerKernel.Operand operand : kernel.operands()) {
                inputs.add(operand.plain() ? node.input(operand.codes()) : real(node, operand, made));
            }
            bias.ifPresent(index -> inputs.add(bias(node, kernel, index, made)));
            if (scale.isEmpty()) {
                made.add(GraphRewrite.turned(node, kernel.operator(), inputs, kernel.attributes()));
            } else {
                quantized(
                        node,
                        kernel.operator(),
                        inputs,
                        kernel.attributes(),
                        new Parameters(node.input(scale.getAsInt()), node.input(scale.getAsInt() + 1)),
                        made);
            }
            rewrite.replace(node, made);
            return true;
        }

        private boolean isUsable(Node node, IntegerKernel.Operand operand) {
            if (operand.plain()) {
                return true;
            }
            Optional<TensorData> scale = graph.constant(node.input(operand.codes() + 1));
            String zeroPoint = node.input(operand.codes() + 2);
            boolean many = scale.isPresent() && scale.get().elements() > 1;
            boolean rank = graph.type(node.input(operand.codes())).isPresent();
            return scale.isPresent()
                    && (zeroPoint.isEmpty() || graph.isConstant(zeroPoint))
                    && (!many
                            || operand.weightAxis().isPresent()
                                    && rank
                                    && scale.get().shape().rank() == 1);
        }

        private String real(Node node, IntegerKernel.Operand operand, List<Node> made) {
            String codes = node.input(operand.codes());
            Parameters parameters = after(node, operand.codes());
            boolean many = graph.constant(parameters.scale()).orElseThrow().elements() > 1;
            if (!many) {
                return real(node, codes, parameters, made);
            }
            int axis = operand.weightAxis().orElseThrow();
            int rank = graph.type(codes).orElseThrow().shape().rank();
            Node dequantize = rewrite.made(
                    node,
                    "weights",
                    "DequantizeLinear",
                    inputs(codes, parameters),
                    "",
                    Map.of("axis", Attribute.of(axis < 0 ? axis + rank : axis)));
            made.add(dequantize);
            return dequantize.output(0);
        }

        private String real(Node node, String codes, Parameters parameters, List<Node> made) {
            return reals.computeIfAbsent(List.of(codes, parameters.scale(), parameters.zeroPoint()), key -> {
                Node dequantize =
                        rewrite.made(node, "dequantized", "DequantizeLinear", inputs(codes, parameters), "", Map.of());
                made.add(dequantize);
                return dequantize.output(0);
            });
        }

        private static List<String> inputs(String tensor, Parameters parameters) {
            return parameters.zeroPoint().isEmpty()
                    ? List.of(tensor, parameters.scale())
                    : List.of(tensor, parameters.scale(), parameters.zeroPoint());
        }

        /** Operator, then QuantizeLinear to the codes that {@code node} gave. */
        private void quantized(
                Node node,
                String operator,
                List<String> inputs,
                Map<String, Attribute> attributes,
                Parameters parameters,
                List<Node> made) {
            String codes = node.output(0);
            String real = rewrite.tensor(codes + "/real");
            made.add(new Node(node.name(), operator, "", inputs, List.of(real), attributes, node.origin()));
            ElementType element = graph.type(codes).map(TensorType::element).orElse(ElementType.UINT8);
            Parameters complete = parameters.zeroPoint().isEmpty()
                    ? new Parameters(
                            parameters.scale(),
                            rewrite.constant(
                                    codes + "/zero_point", TensorData.ofBytes(element, Shape.scalar(), (byte) 0)))
                    : parameters;
            made.add(rewrite.made(node, "quantize", "QuantizeLinear", inputs(real, complete), codes, Map.of()));
        }

        /** The int32 bias in units of input scale * weight scale (* alpha). */
        private String bias(Node node, IntegerKernel kernel, int index, List<Node> made) {
            TensorData codes = graph.constant(node.input(index)).orElseThrow();
            float input = graph.constant(node.input(1)).orElseThrow().floatAt(0) * node.floatAttribute("alpha", 1);
            TensorData weights = graph.constant(node.input(4)).orElseThrow();
            float[] scales = weights.toFloats();
            for (int channel = 0; channel < scales.length; channel++) {
                scales[channel] *= input;
            }
            boolean many = scales.length > 1;
            String scale = rewrite.constant(
                    node.input(index) + "/scale",
                    TensorData.ofFloats(many ? Shape.of(scales.length) : Shape.scalar(), scales));
            Node dequantize = rewrite.made(
                    node,
                    "bias",
                    "DequantizeLinear",
                    List.of(node.input(index), scale),
                    "",
                    many ? Map.of("axis", Attribute.of(codes.shape().rank() - 1L)) : Map.of());
            made.add(dequantize);
            return dequantize.output(0);
        }

        /** Product of codes with constant parameters, Cast, Mul by a constant: the weights have the rest of the factor. */
        private boolean product(Node node) {
            Node quantize = graph.producer(node.input(0))
                    .filter(QuantizationNodes::isQuantize)
                    .orElse(null);
            Node cast = onlyReader(node.output(0), "Cast").orElse(null);
            Node scaled =
                    cast == null ? null : onlyReader(cast.output(0), "Mul").orElse(null);
            if (quantize == null
                    || scaled == null
                    || !same(quantize.input(2), node.input(2))
                    || !graph.isConstant(node.input(1))
                    || node.hasInput(3) && !graph.isConstant(node.input(3))) {
                return false;
            }
            Optional<TensorData> scale = graph.constant(quantize.input(1)).filter(value -> value.elements() == 1);
            Optional<TensorData> factor =
                    graph.constant(scaled.input(0).equals(cast.output(0)) ? scaled.input(1) : scaled.input(0));
            int rank = graph.constant(node.input(1)).orElseThrow().shape().rank();
            int axis = node.is("ConvInteger") ? 0 : rank - 1;
            long channels = graph.constant(node.input(1)).orElseThrow().shape().size(axis);
            if (scale.isEmpty()
                    || factor.isEmpty()
                    || factor.get().elements() != 1 && factor.get().elements() != channels) {
                return false;
            }
            float[] scales = factor.get().toFloats();
            for (int channel = 0; channel < scales.length; channel++) {
                scales[channel] /= scale.get().floatAt(0);
            }
            boolean many = scales.length > 1;
            String weightScale = rewrite.constant(
                    node.input(1) + "/scale",
                    TensorData.ofFloats(many ? Shape.of(scales.length) : Shape.scalar(), scales));
            List<String> weightInputs = new ArrayList<>(List.of(node.input(1), weightScale));
            if (node.hasInput(3)) {
                TensorData points = graph.constant(node.input(3)).orElseThrow();
                weightInputs.add(
                        many && points.elements() == 1
                                ? rewrite.constant(node.input(3) + "/spread", spread(points, scales.length))
                                : node.input(3));
            }
            List<Node> made = new ArrayList<>();
            String input = real(node, node.input(0), new Parameters(quantize.input(1), quantize.input(2)), made);
            Node weights = rewrite.made(
                    node,
                    "weights",
                    "DequantizeLinear",
                    weightInputs,
                    "",
                    many ? Map.of("axis", Attribute.of((long) axis)) : Map.of());
            made.add(weights);
            made.add(new Node(
                    node.name(),
                    node.is("ConvInteger") ? "Conv" : "MatMul",
                    "",
                    List.of(input, weights.output(0)),
                    scaled.outputs(),
                    node.attributes(),
                    node.origin()));
            rewrite.replace(scaled, made);
            rewrite.replace(node, List.of());
            rewrite.replace(cast, List.of());
            return true;
        }

        private static TensorData spread(TensorData point, int count) {
            byte[] values = new byte[count];
            Arrays.fill(values, (byte) point.integerAt(0));
            return TensorData.ofBytes(point.element(), Shape.of(count), values);
        }

        private boolean same(String left, String right) {
            long first =
                    graph.constant(left).map(value -> value.integerAt(0)).orElse(left.isEmpty() ? 0 : Long.MIN_VALUE);
            long second =
                    graph.constant(right).map(value -> value.integerAt(0)).orElse(right.isEmpty() ? 0 : Long.MAX_VALUE);
            return first == second;
        }

        private Optional<Node> onlyReader(String tensor, String operator) {
            List<Node> readers = graph.consumers(tensor);
            return readers.size() == 1 && readers.get(0).is(operator) && !graph.isOutput(tensor)
                    ? Optional.of(readers.get(0))
                    : Optional.empty();
        }
    }
}
