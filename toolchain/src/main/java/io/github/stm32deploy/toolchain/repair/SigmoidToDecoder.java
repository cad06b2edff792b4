// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The Sigmoid behind the scores of a detector is left to a decoder that applies it to the few scores that may pass. On request:
 * the NPU computes a Sigmoid, so nothing becomes faster, and outputs keep their names but hold logits. An int8 logit tells
 * scores near 0 and near 1 apart, where an int8 probability has few codes, and is coarser in the middle.
 */
final class SigmoidToDecoder implements Repair {
    private static final Set<String> CARRYING = Set.of(
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "QuantizeLinear",
            "DequantizeLinear");

    @Override
    public String id() {
        return "head-sigmoid-to-decoder";
    }

    @Override
    public String effect() {
        return "The Sigmoid behind scores is left to a decoder that is known to apply it; the outputs hold logits.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    /**
     * @param behind nodes between the Sigmoid and the output, from the Sigmoid on
     * @param given scale and zero point of what the Sigmoid reads; null in a float graph
     * @param made scale and zero point of the output; null in a float graph
     */
    private record Found(String output, Node node, List<Node> behind, Codes given, Codes made) {}

    private record Codes(String scaleName, String zeroName, float scale, int zero, int lowest, int highest) {
        static Optional<Codes> of(ModelGraph graph, Node node) {
            Optional<TensorData> scale = graph.constant(node.input(1)).filter(value -> value.elements() == 1);
            Optional<TensorData> zero = graph.constant(node.input(2)).filter(value -> value.elements() == 1);
            if (scale.isEmpty() || zero.isEmpty()) {
                return Optional.empty();
            }
            return switch (zero.get().element()) {
                case INT8 -> Optional.of(codes(node, scale.get(), zero.get(), Byte.MIN_VALUE, Byte.MAX_VALUE));
                case UINT8 -> Optional.of(codes(node, scale.get(), zero.get(), 0, 255));
                default -> Optional.empty();
            };
        }

        private static Codes codes(Node node, TensorData scale, TensorData zero, int lowest, int highest) {
            return new Codes(node.input(1), node.input(2), scale.floatAt(0), (int) zero.integerAt(0), lowest, highest);
        }
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        List<Found> found = graph.outputs().stream()
                .flatMap(output -> find(graph, output).stream())
                .filter(one -> !target.avoided().contains(one.node().name()))
                .toList();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ModelGraph after = moved(graph, found);
        return DecoderRecognition.takesOver(graph, after) ? Optional.of(change(graph, after, found)) : Optional.empty();
    }

    private static Optional<Found> find(ModelGraph graph, GraphValue output) {
        List<Node> behind = new ArrayList<>();
        Optional<Node> node = graph.producer(output.name());
        Codes made = null;
        while (node.isPresent() && CARRYING.contains(node.get().operator())) {
            if (node.get().is("QuantizeLinear") || node.get().is("DequantizeLinear")) {
                Optional<Codes> codes = Codes.of(graph, node.get());
                if (codes.isEmpty()) {
                    return Optional.empty();
                }
                made = codes.get();
            }
            behind.add(0, node.get());
            String tensor = node.get().input(0);
            if (graph.consumers(tensor).size() != 1 || graph.isOutput(tensor)) {
                return Optional.empty();
            }
            node = graph.producer(tensor);
        }
        if (node.filter(one -> one.is("Sigmoid")).isEmpty()) {
            return Optional.empty();
        }
        Codes given = graph.producer(node.get().input(0))
                .filter(one -> one.is("DequantizeLinear"))
                .flatMap(one -> Codes.of(graph, one))
                .orElse(null);
        // Codes of probabilities cannot be those of logits: where the output has codes, the logits need their own.
        boolean fits = made == null || given != null && given.lowest() == made.lowest();
        return fits
                ? Optional.of(new Found(output.name(), node.get(), List.copyOf(behind), given, made))
                : Optional.empty();
    }

    private static ModelGraph moved(ModelGraph graph, List<Found> found) {
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Found one : found) {

            rewrite.replace(
                    one.node(),
                    List.of(GraphRewrite.turned(
                            one.node(), "Identity", one.node().inputs(), Map.of())));
            for (Node node : one.behind()) {
                if (node.is("QuantizeLinear") || node.is("DequantizeLinear")) {
                    List<String> inputs = new ArrayList<>(node.inputs());
                    inputs.set(1, one.given().scaleName());
                    inputs.set(2, one.given().zeroName());
                    rewrite.replace(
                            node, List.of(GraphRewrite.turned(node, node.operator(), inputs, node.attributes())));
                }
            }
        }
        return rewrite.build();
    }

    private static Change change(ModelGraph graph, ModelGraph after, List<Found> found) {
        Map<String, Found> byOutput = new LinkedHashMap<>();
        found.forEach(one -> byOutput.put(one.output(), one));
        List<Comparison.Pair> pairs = graph.outputs().stream()
                .map(output -> byOutput.containsKey(output.name())
                        ? new Comparison.Pair(
                                output.name(),
                                output.name(),
                                logits -> probabilities(logits, byOutput.get(output.name())))
                        : Comparison.Pair.of(output.name(), output.name()))
                .toList();
        List<String> contract = new ArrayList<>();
        found.forEach(
                one -> contract.add("output " + one.output() + " holds logits now; the decoder applies the sigmoid"));
        Set<Long> classes = new HashSet<>();
        found.forEach(one -> graph.type(one.output())
                .map(TensorType::shape)
                .filter(shape -> shape.rank() == 3)
                .ifPresent(shape -> classes.add(shape.size(-1))));
        RecoveredDecoder decoder = new RecoveredDecoder(
                "Sigmoid",
                Optional.empty(),
                Optional.of(new RecoveredDecoder.Scores(
                        found.get(0).output(),
                        classes.size() == 1 ? classes.iterator().next().intValue() : 1,
                        Optional.empty(),
                        RecoveredDecoder.Activation.SIGMOID)),
                Optional.empty());
        return new Change(
                        after,
                        found.stream().map(one -> one.node().name()).toList(),
                        "a decoder that reads these outputs applies the Sigmoid to the few scores that may pass",
                        // A probability that lies between two codes may go to either.
                        Comparison.ofOutputs(Tolerance.quanta(1)).withTensors(pairs),
                        contract)
                .withRecovered(decoder);
    }

    /** What the output held before. */
    private static TensorData probabilities(TensorData logits, Found found) {
        int count = Math.toIntExact(logits.elements());
        boolean integers = !logits.element().isFloatingPoint();
        float[] values = new float[count];
        byte[] codes = new byte[count];
        for (int index = 0; index < count; index++) {
            double logit = integers
                    ? found.given().scale()
                            * (logits.integerAt(index) - found.given().zero())
                    : logits.floatAt(index);
            double probability = 1 / (1 + Math.exp(-logit));
            if (found.made() == null) {
                values[index] = (float) probability;
                continue;
            }
            Codes made = found.made();
            long code = Math.round(Math.rint(probability / made.scale())) + made.zero();
            code = Math.max(made.lowest(), Math.min(made.highest(), code));
            codes[index] = (byte) code;
            values[index] = made.scale() * (code - made.zero());
        }
        Shape shape = logits.shape();
        return integers ? TensorData.ofBytes(logits.element(), shape, codes) : TensorData.ofFloats(shape, values);
    }
}
