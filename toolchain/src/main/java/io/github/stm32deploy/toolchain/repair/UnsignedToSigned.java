// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Unsigned codes become signed ones: code and zero point minus 128 (uint4: minus 8) stand for the same reals, so nothing is
 * rounded anew. Inputs and outputs of the graph that are codes change with the rest, because the NPU computes on int8 and the
 * conversion would be a pass over the picture otherwise; whoever feeds bytes of a camera flips the top bit of each, or lets the
 * vendor's tool do it ({@code --input-data-type uint8}, ST Edge AI Core command line).
 */
final class UnsignedToSigned implements Repair {
    @Override
    public String id() {
        return "uint8-to-int8";
    }

    @Override
    public String effect() {
        return "Unsigned codes and zero points become signed ones, 128 less: the same reals, inputs and outputs included.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("QUANT-UNSIGNED", "QUANT-UNSIGNED-TFLITE", "NUM-UNSIGNED");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        if (!OpsetUpgrade.reaches(graph) || signable(graph).isEmpty()) {
            return Optional.empty();
        }
        // MaxPool takes int8 from operator set 12 on.
        ModelGraph current = graph.opset() < 13 ? ShapeInference.infer(OpsetUpgrade.to13(graph)) : graph;
        Set<String> signable = signable(current);
        return signable.isEmpty() ? Optional.empty() : Optional.of(signed(current, signable));
    }

    private static Set<String> signable(ModelGraph graph) {
        return new CodeFamilies(graph, Set.of(ElementType.UINT8, ElementType.UINT4))
                .free(family ->
                        // Small codes that are computed have no kernel in ONNX Runtime.
                        family.stream()
                                .allMatch(tensor -> graph.isConstant(tensor)
                                        || graph.type(tensor).orElseThrow().element() == ElementType.UINT8));
    }

    private static Change signed(ModelGraph graph, Set<String> signable) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<String, String> zeroPoints = new HashMap<>();
        ModelGraph.Builder builder = rewrite.builder();
        signable.forEach(tensor -> graph.constant(tensor)
                .ifPresentOrElse(
                        codes -> builder.constant(tensor, flipped(codes)),
                        () -> rewrite.type(tensor, signed(graph, tensor))));
        for (Node node : graph.nodes()) {
            boolean quantize = QuantizationNodes.isQuantize(node) && signable.contains(node.output(0));
            boolean dequantize = QuantizationNodes.isDequantize(node) && signable.contains(node.input(0));
            if (quantize || dequantize) {
                ElementType old = graph.type(quantize ? node.output(0) : node.input(0))
                        .orElseThrow()
                        .element();
                List<String> inputs = new ArrayList<>(List.of(node.input(0), node.input(1)));
                inputs.add(zeroPoints.computeIfAbsent(
                        node.input(2) + " " + old + (node.hasInput(2) ? "" : node.input(1)),
                        key -> zeroPoint(graph, node, old, rewrite)));
                Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
                attributes.remove("output_dtype");
                rewrite.replace(
                        node,
                        List.of(new Node(
                                node.name(),
                                node.operator(),
                                node.domain(),
                                inputs,
                                node.outputs(),
                                attributes,
                                node.origin())));
            } else if (node.is("Pad") && signable.contains(node.input(0))) {
                TensorData fill = graph.constant(node.input(2))
                        .orElseGet(() -> TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 0));
                List<String> inputs = new ArrayList<>(node.inputs());
                while (inputs.size() < 3) {
                    inputs.add("");
                }
                inputs.set(2, rewrite.constant(node.name() + "/fill", flipped(fill)));
                rewrite.replace(node, List.of(node.withInputs(inputs)));
            }
        }
        builder.clearInputs().clearOutputs();
        graph.inputs().forEach(input -> builder.input(input.name(), type(graph, input, signable)));
        graph.outputs().forEach(output -> builder.output(output.name(), type(graph, output, signable)));
        List<Comparison.Pair> pairs = graph.outputs().stream()
                .map(output -> new Comparison.Pair(
                        output.name(),
                        output.name(),
                        signable.contains(output.name()) ? UnsignedToSigned::flipped : UnaryOperator.identity()))
                .toList();
        Comparison comparison = Comparison.ofOutputs(Tolerance.EXACT)
                .withInputs(inputs -> {
                    Map<String, TensorData> fed = new LinkedHashMap<>(inputs);
                    fed.replaceAll((name, value) -> signable.contains(name) ? flipped(value) : value);
                    return fed;
                })
                .withTensors(pairs);
        Change change = new Change(
                rewrite.build(),
                List.copyOf(signable),
                signable.size() + (signable.size() == 1 ? " tensor holds" : " tensors hold")
                        + " unsigned codes; the NPU computes on signed ones",
                comparison,
                List.of());
        for (GraphValue input : graph.inputs()) {
            if (signable.contains(input.name())) {
                change = change.withContract("input \"" + input.name()
                        + "\" takes INT8 codes: the UINT8 code minus 128 (its top bit flipped)");
            }
        }
        for (GraphValue output : graph.outputs()) {
            if (signable.contains(output.name())) {
                change = change.withContract("output \"" + output.name()
                        + "\" gives INT8 codes: the UINT8 code minus 128, under a zero point that is 128 less");
            }
        }
        return change;
    }

    private static String zeroPoint(ModelGraph graph, Node node, ElementType old, GraphRewrite rewrite) {
        TensorData points = graph.constant(node.input(2)).orElseGet(() -> {
            Shape shape = graph.constant(node.input(1)).map(TensorData::shape).orElse(Shape.scalar());
            return TensorData.of(
                    new TensorType(old, shape), ByteBuffer.allocate(Math.toIntExact(old.bytesFor(shape.elements()))));
        });
        String like = node.hasInput(2) ? node.input(2) : node.name() + "/zero_point";
        return rewrite.constant(like + "/signed", flipped(points));
    }

    private static TensorType type(ModelGraph graph, GraphValue value, Set<String> signable) {
        return signable.contains(value.name()) ? signed(graph, value.name()) : value.type();
    }

    private static TensorType signed(ModelGraph graph, String tensor) {
        TensorType old = graph.type(tensor).orElseThrow();
        return new TensorType(counterpart(old.element()), old.shape());
    }

    private static ElementType counterpart(ElementType element) {
        return switch (element) {
            case UINT8 -> ElementType.INT8;
            case INT8 -> ElementType.UINT8;
            case UINT4 -> ElementType.INT4;
            default -> throw new IllegalArgumentException(element + " has no signed counterpart here");
        };
    }

    /** The top bit of each code flipped: 128 (or 8) less as a signed number, and back. */
    private static TensorData flipped(TensorData codes) {
        int mask = codes.element() == ElementType.UINT4 ? 0x88 : 0x80;
        byte[] values = new byte[codes.bytes().remaining()];
        codes.bytes().get(values);
        for (int index = 0; index < values.length; index++) {
            values[index] ^= (byte) mask;
        }
        return TensorData.of(new TensorType(counterpart(codes.element()), codes.shape()), ByteBuffer.wrap(values));
    }
}
