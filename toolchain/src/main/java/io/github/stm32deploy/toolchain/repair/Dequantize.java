// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A quantized graph becomes a float one, to be quantized again: pairs of QuantizeLinear and DequantizeLinear go, stored codes
 * become the reals that they stand for. What a pair did beside rounding stays where a network relies on it: a range that begins
 * at 0 is the Relu that a converter has folded into it, and one that ends at 6 a Relu6.
 *
 * <p>By itself for activations of 16 bits, which the NPU does not compute on; on request for any quantized graph, where its
 * ranges are poor.
 */
final class Dequantize implements Repair {
    private static final Set<ElementType> CODES =
            Set.of(ElementType.INT8, ElementType.UINT8, ElementType.INT16, ElementType.UINT16);

    /** One step of an 8-bit code over the same range: what quantizing anew rounds to anyway. */
    private static final Tolerance ONE_STEP_OF_8_BITS = new Tolerance(1 / 128.0, 256);

    /** Each removed pair of 8 bits rounded by up to half a step, and errors of many layers add up. */
    private static final Tolerance ROUNDING_OF_8_BITS = new Tolerance(0.25, 64);

    /** Operators that give nothing below 0. */
    private static final Set<String> NEVER_NEGATIVE =
            Set.of("Relu", "Sigmoid", "HardSigmoid", "Softmax", "Abs", "Exp", "Sqrt");

    private final boolean onlyWide;

    private Dequantize(boolean onlyWide) {
        this.onlyWide = onlyWide;
    }

    /** {@code dequantize-int16}: happens by itself. */
    static Dequantize wide() {
        return new Dequantize(true);
    }

    /** {@code dequantize}: on request. */
    static Dequantize any() {
        return new Dequantize(false);
    }

    @Override
    public String id() {
        return onlyWide ? "dequantize-int16" : "dequantize";
    }

    @Override
    public String effect() {
        return (onlyWide ? "A network with 16-bit activations" : "A quantized network")
                + " becomes a float one, to be quantized to int8 anew.";
    }

    @Override
    public Set<String> answers() {
        return onlyWide ? Set.of("QUANT-INT16", "NUM-INT16") : Set.of("QUANT-ALREADY-QUANTIZED", "QUANT-PER-TENSOR");
    }

    @Override
    public boolean onRequest() {
        return !onlyWide;
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        boolean pairs = graph.nodes().stream()
                .anyMatch(node -> QuantizationNodes.isQuantize(node) && concerns(graph, node.output(0))
                        || QuantizationNodes.isDequantize(node)
                                && !graph.isConstant(node.input(0))
                                && concerns(graph, node.input(0)));
        boolean kernels = graph.nodes().stream().anyMatch(QuantizationNodes::isIntegerKernel);
        if (!pairs || kernels) {
            return Optional.empty();
        }
        Map<String, CodeScale> meanings = new LinkedHashMap<>();
        CodeFamilies families = new CodeFamilies(graph, CODES);
        Set<String> free = families.free(family -> {
            // Stored weights have scales of their own and are looked up one by one.
            boolean stored = family.stream().allMatch(graph::isConstant);
            Optional<CodeScale> meaning = families.meaning(family);
            meaning.filter(any -> !stored).ifPresent(one -> family.forEach(tensor -> meanings.put(tensor, one)));
            return !stored && meaning.isPresent();
        });
        meanings.keySet().retainAll(free);
        // All or nothing: a graph that is half float cannot be quantized.
        boolean whole = graph.nodes().stream()
                .allMatch(node -> QuantizationNodes.isQuantize(node) && meanings.containsKey(node.output(0))
                        || QuantizationNodes.isDequantize(node)
                                && (meanings.containsKey(node.input(0)) || isStored(graph, node))
                        || !QuantizationNodes.isQuantize(node) && !QuantizationNodes.isDequantize(node));
        if (!whole) {
            return Optional.empty();
        }
        // Where values beyond the ranges matter, as in a network that relies on being cut, the cuts stay.
        boolean rounded = target.avoided().containsAll(meanings.keySet());
        return Optional.of(new Rewriting(graph, meanings, rounded).change(onlyWide));
    }

    private boolean concerns(ModelGraph graph, String codes) {
        return graph.type(codes)
                .map(TensorType::element)
                .filter(element -> !onlyWide || element == ElementType.INT16 || element == ElementType.UINT16)
                .isPresent();
    }

    private static boolean isStored(ModelGraph graph, Node node) {
        return graph.constant(node.input(0))
                .flatMap(codes -> CodeScale.of(graph, node).filter(scale -> scale.fits(codes.shape())))
                .isPresent();
    }

    private static final class Rewriting {
        private final ModelGraph graph;
        private final Map<String, CodeScale> meanings;
        private final boolean cuts;
        private final GraphRewrite rewrite;
        private final Map<String, String> renamed = new HashMap<>();

        /**
         * @param cuts keep every range as a Clip
         */
        Rewriting(ModelGraph graph, Map<String, CodeScale> meanings, boolean cuts) {
            this.graph = graph;
            this.meanings = meanings;
            this.cuts = cuts;
            this.rewrite = new GraphRewrite(graph);
        }

        Change change(boolean wide) {
            for (String tensor : meanings.keySet()) {
                rewrite.type(tensor, real(tensor));
                graph.constant(tensor).ifPresent(codes -> {
                    rewrite.builder().removeConstant(tensor);
                    rewrite.builder().constant(tensor, meanings.get(tensor).reals(codes));
                });
            }
            List<String> places = new ArrayList<>(meanings.keySet());
            int pairs = 0;
            for (Node node : graph.nodes()) {
                if (QuantizationNodes.isQuantize(node)) {
                    unquantized(node);
                    pairs++;
                    if (cuts) {
                        places.add(node.name());
                    }
                } else if (QuantizationNodes.isDequantize(node)) {
                    dequantized(node);
                } else {
                    moved(node);
                }
            }
            rewrite.builder().clearInputs().clearOutputs();
            graph.inputs().forEach(input -> rewrite.builder().input(input.name(), type(input)));
            graph.outputs().forEach(output -> rewrite.builder().output(output.name(), type(output)));
            Change change = new Change(
                    rewrite.build(),
                    places,
                    pairs + (pairs == 1 ? " tensor is" : " tensors are") + " rounded to "
                            + (wide
                                    ? "16 bits, on which the NPU does not compute"
                                    : "codes whose ranges are to be measured anew")
                            + (cuts ? "; what lies beyond the ranges is still cut, because results depend on it" : ""),
                    comparison(wide),
                    List.of());
            return withContract(change);
        }

        private TensorType type(GraphValue value) {
            return meanings.containsKey(value.name()) ? real(value.name()) : value.type();
        }

        private TensorType real(String tensor) {
            return new TensorType(
                    ElementType.FLOAT32, graph.type(tensor).orElseThrow().shape());
        }

        private String resolved(String tensor) {
            String current = tensor;
            while (renamed.containsKey(current)) {
                current = renamed.get(current);
            }
            return current;
        }

        /** The codes become another name of the reals, behind the Relu that the range stood for. */
        private void unquantized(Node node) {
            String codes = node.output(0);
            String source = resolved(node.input(0));
            CodeScale meaning = meanings.get(codes);
            ElementType element = graph.type(codes).orElseThrow().element();
            float lowest = (limit(element, false) - meaning.zeroPoint()) * meaning.scale();
            float highest = (limit(element, true) - meaning.zeroPoint()) * meaning.scale();
            boolean fromZero = meaning.zeroPoint() == limit(element, false) && !isNeverNegative(node.input(0), 0);
            boolean six = fromZero && Math.abs(highest - 6) <= 0.06;
            Node relu = graph.producer(node.input(0)).orElse(null);
            if (relu != null && CodeMoves.isMove(relu) && cuts) {
                // What was cut before it moved is within the range.
                pass(node, codes, source);
            } else if (cuts
                    && relu != null
                    && relu.is("Relu")
                    && graph.consumers(relu.output(0)).size() == 1
                    && !graph.isOutput(relu.output(0))) {
                String low = rewrite.constant(
                        node.name() + "/lowest", TensorData.ofFloats(Shape.scalar(), Math.max(0, lowest)));
                String high = rewrite.constant(node.name() + "/highest", TensorData.ofFloats(Shape.scalar(), highest));
                rewrite.replace(
                        relu,
                        List.of(GraphRewrite.turned(
                                relu, "Clip", List.of(resolved(relu.input(0)), low, high), Map.of())));
                pass(node, codes, source);
            } else if (six || cuts) {
                String low = rewrite.constant(
                        node.name() + "/lowest", TensorData.ofFloats(Shape.scalar(), six ? 0 : lowest));
                String high = rewrite.constant(
                        node.name() + "/highest", TensorData.ofFloats(Shape.scalar(), six ? 6 : highest));
                replace(node, "Clip", List.of(source, low, high));
            } else if (fromZero) {
                replace(node, "Relu", List.of(source));
            } else {
                pass(node, codes, source);
            }
        }

        private void pass(Node node, String to, String from) {
            if (graph.isOutput(to)) {
                replace(node, "Identity", List.of(from));
            } else {
                renamed.put(to, from);
                rewrite.replace(node, List.of());
            }
        }

        private void replace(Node node, String operator, List<String> inputs) {
            rewrite.replace(node, List.of(rewrite.made(node, "float", operator, inputs, node.output(0), Map.of())));
        }

        private boolean isNeverNegative(String tensor, int depth) {
            Optional<Node> producer = graph.producer(tensor);
            if (producer.isEmpty() || depth > 8) {
                return false;
            }
            Node node = producer.get();
            if (node.is("Clip")) {
                return graph.constant(node.input(1))
                        .map(low -> low.floatAt(0) >= 0)
                        .orElse(false);
            }
            boolean passes = CodeMoves.isMove(node) && !node.is("Pad")
                    || QuantizationNodes.isQuantize(node)
                    || QuantizationNodes.isDequantize(node);
            return node.domain().isEmpty() && NEVER_NEGATIVE.contains(node.operator())
                    || passes && isNeverNegative(node.input(0), depth + 1);
        }

        private void dequantized(Node node) {
            Optional<TensorData> stored =
                    meanings.containsKey(node.input(0)) ? Optional.empty() : graph.constant(node.input(0));
            if (stored.isEmpty()) {
                pass(node, node.output(0), resolved(node.input(0)));
                return;
            }
            TensorData reals = CodeScale.of(graph, node).orElseThrow().reals(stored.get());
            if (graph.isOutput(node.output(0))) {
                replace(node, "Identity", List.of(rewrite.constant(node.output(0) + "/value", reals)));
            } else {
                rewrite.builder().constant(node.output(0), reals);
                rewrite.replace(node, List.of());
            }
        }

        /** Reads reals under the new names; the fill of a Pad of codes becomes the real that it stood for. */
        private void moved(Node node) {
            List<String> inputs = new ArrayList<>();
            node.inputs().forEach(input -> inputs.add(resolved(input)));
            CodeScale meaning = meanings.get(node.input(0));
            if (node.is("Pad") && meaning != null) {
                while (inputs.size() < 3) {
                    inputs.add("");
                }
                TensorData fill = graph.constant(node.input(2)).orElse(null);
                float real = fill == null
                        ? -meaning.zeroPoint() * meaning.scale()
                        : meaning.reals(fill).floatAt(0);
                inputs.set(2, rewrite.constant(node.name() + "/fill", TensorData.ofFloats(Shape.scalar(), real)));
            }
            if (!inputs.equals(node.inputs()) && !rewrite.isReplaced(node)) {
                rewrite.replace(node, List.of(node.withInputs(inputs)));
            }
        }

        private Comparison comparison(boolean wide) {
            Map<String, UnaryOperator<TensorData>> fed = new HashMap<>();
            for (GraphValue input : graph.inputs()) {
                CodeScale codes = meanings.get(input.name());
                if (codes != null) {
                    fed.put(input.name(), codes::reals);
                }
                // Beyond its range a quantized input is cut; what is compared is the rounding.
                graph.consumers(input.name()).stream()
                        .filter(QuantizationNodes::isQuantize)
                        .findFirst()
                        .ifPresent(node -> fed.put(
                                input.name(),
                                value -> cut(
                                        value,
                                        meanings.get(node.output(0)),
                                        graph.type(node.output(0)).orElseThrow().element())));
            }
            List<Comparison.Pair> pairs = graph.outputs().stream()
                    .map(output -> new Comparison.Pair(
                            output.name(),
                            output.name(),
                            meanings.containsKey(output.name())
                                    ? reals -> quantized(
                                            reals,
                                            meanings.get(output.name()),
                                            output.type().element())
                                    : UnaryOperator.identity()))
                    .toList();
            return Comparison.ofOutputs(wide ? ONE_STEP_OF_8_BITS : ROUNDING_OF_8_BITS)
                    .withInputs(inputs -> {
                        Map<String, TensorData> mapped = new LinkedHashMap<>(inputs);
                        mapped.replaceAll((name, value) ->
                                fed.getOrDefault(name, UnaryOperator.identity()).apply(value));
                        return mapped;
                    })
                    .withTensors(pairs);
        }

        private Change withContract(Change change) {
            Change told = change;
            for (GraphValue input : graph.inputs()) {
                if (meanings.containsKey(input.name())) {
                    told = told.withContract("input \"" + input.name() + "\" takes FLOAT32 values, "
                            + formula(meanings.get(input.name())) + ", instead of codes");
                }
            }
            for (GraphValue output : graph.outputs()) {
                if (meanings.containsKey(output.name())) {
                    told = told.withContract("output \"" + output.name() + "\" gives FLOAT32 values, "
                            + formula(meanings.get(output.name())) + ", instead of codes");
                }
            }
            return told;
        }

        private static String formula(CodeScale scale) {
            return String.format(Locale.ROOT, "(code - %d) * %.9g", scale.zeroPoint(), scale.scale());
        }
    }

    private static long limit(ElementType element, boolean highest) {
        return switch (element) {
            case INT8 -> highest ? 127 : -128;
            case UINT8 -> highest ? 255 : 0;
            case INT16 -> highest ? 32_767 : -32_768;
            case UINT16 -> highest ? 65_535 : 0;
            default -> throw new IllegalArgumentException(element + " is no code of an activation");
        };
    }

    private static TensorData cut(TensorData reals, CodeScale scale, ElementType element) {
        float low = (limit(element, false) - scale.zeroPoint()) * scale.scale();
        float high = (limit(element, true) - scale.zeroPoint()) * scale.scale();
        float[] values = reals.toFloats();
        for (int index = 0; index < values.length; index++) {
            values[index] = Math.max(low, Math.min(high, values[index]));
        }
        return TensorData.ofFloats(reals.shape(), values);
    }

    /** As QuantizeLinear does. */
    private static TensorData quantized(TensorData reals, CodeScale scale, ElementType element) {
        int bytes = element.bits() / 8;
        ByteBuffer codes =
                ByteBuffer.allocate(Math.toIntExact(reals.elements() * bytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : reals.toFloats()) {
            double code = Math.rint(value / scale.scale()) + scale.zeroPoint();
            long kept = (long) Math.max(limit(element, false), Math.min(limit(element, true), code));
            if (bytes == 1) {
                codes.put((byte) kept);
            } else {
                codes.putShort((short) kept);
            }
        }
        return TensorData.of(new TensorType(element, reals.shape()), codes.flip());
    }
}
