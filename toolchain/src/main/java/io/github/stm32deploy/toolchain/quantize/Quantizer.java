// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.repair.WidenHalves;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Static int8 quantization of a float graph into QDQ form, as ONNX Runtime and ST Edge AI Core read it.
 *
 * <ul>
 *   <li>weights: int8, symmetric, a scale for each output channel (or one); bias: int32 at input scale * weight scale
 *   <li>activations: int8, asymmetric, one scale, range of the samples with 0 always in it
 *   <li>every operator stands between DequantizeLinear and QuantizeLinear, so a backend with integer kernels only can run it;
 *       Relu and Clip directly after a kernel that clamps are part of it, and there are no codes in between
 *   <li>operators that move values keep scale and zero point of their input
 *   <li>what only a Sigmoid reads is cut to -8..8, beyond which the Sigmoid's 256 codes do not change
 *   <li>Sigmoid, HardSigmoid and Softmax have scale 1/256 and zero point -128: samples without a face must not cut the scores
 *       of a face
 * </ul>
 */
public final class Quantizer {
    private static final int NAMED_ISLANDS = 3;

    /** Of fewer samples none is left out: the rest would say too little. */
    private static final int FEWEST_TO_LEAVE_OUT = 5;

    private final GraphExecutorFactory executors;
    private final CalibrationProgress progress;
    private final BooleanSupplier outOfTime;

    public Quantizer(GraphExecutorFactory executors) {
        this(executors, CalibrationProgress.silent());
    }

    /**
     * @param outOfTime asked during the long steps of effort 2; they end when it is true
     */
    public Quantizer(GraphExecutorFactory executors, CalibrationProgress progress, BooleanSupplier outOfTime) {
        this.executors = executors;
        this.progress = progress;
        this.outOfTime = outOfTime;
    }

    public Quantizer(GraphExecutorFactory executors, CalibrationProgress progress) {
        this(executors, progress, () -> false);
    }

    /**
     * @throws DiagnosedException where an excluded node does not exist, or the calibration or the
     *     graph give no usable ranges
     */
    public QuantizedModel quantize(QuantizeRequest request) {
        return quantize(request, false);
    }

    /**
     * @param sensitivity also measure what each layer alone does to the outputs: two runs over the samples for each layer
     * @throws DiagnosedException as {@link #quantize(QuantizeRequest)}
     */
    public QuantizedModel quantize(QuantizeRequest asked, boolean sensitivity) {
        checkExcluded(asked);
        checkOutputRanges(asked);
        QuantizeRequest request = asked;
        List<Diagnosis> diagnoses = new ArrayList<>();
        boolean partly = isQuantized(request.graph());
        if (partly) {
            List<Node> islands = floatIslands(request.graph(), request.excludedNodes());
            if (islands.isEmpty()) {
                return alreadyQuantized(request.graph());
            }
            diagnoses.add(partlyQuantized(request.graph(), islands));
        }
        ModelGraph reference = WidenHalves.toBinary32(request.graph());
        ModelGraph graph = partly
                ? FloatPreparation.preparePartly(reference, executors, request.excludedNodes())
                : FloatPreparation.prepare(reference, executors, request.excludedNodes());
        Map<String, TensorType> types = RangeMeasurement.types(graph, request.calibration(), executors);
        int keptOutputs = request.layerErrors() ? 0 : request.qualitySamples();
        List<Diagnosis> measuring = new ArrayList<>();
        Calibrated calibrated = calibrated(request, graph, types, keptOutputs, measuring);
        Optional<String> ruinous = calibrated.measured().ruinous();
        if (ruinous.isPresent()
                && calibrated.measured().samples() >= FEWEST_TO_LEAVE_OUT
                && !asked.calibration().synthetic()) {
            request = request.withCalibration(new WithoutSamples(asked.calibration(), Set.of(ruinous.get())));
            measuring.clear();
            calibrated = calibrated(request, graph, types, keptOutputs, measuring);
            measuring.add(leftOut(ruinous.get(), calibrated.measured().samples()));
        }
        diagnoses.addAll(measuring);
        CalibrationSource calibration = request.calibration();
        Map<String, ValueRange> ranges = calibrated.measured().ranges();
        int samples = calibrated.measured().samples();
        noteEmptyRanges(graph, ranges, diagnoses);

        QuantizeRequest used = request;
        AccuracyRecovery.Recovered recovered =
                new AccuracyRecovery.Recovered(calibrated.draft(), reference, types, List.of(), Set.of());
        if (request.effort() > 0) {
            recovered = new AccuracyRecovery(
                            executors,
                            (changed, changedTypes, floats) -> calibrated(
                                            used.withExcludedNodes(union(used.excludedNodes(), floats)),
                                            changed,
                                            changedTypes,
                                            0,
                                            new ArrayList<>())
                                    .draft(),
                            RecoverySamples.of(
                                    calibration, graph, request.sampleLimit(), RecoverySamples.MOST_FOR_STEPS),
                            request.symmetric(),
                            calibrated.draft(),
                            types)
                    .recover(request.floatEnds(), request.effort() > 1, outOfTime, progress);
        }
        QuantizationDraft draft = recovered.draft();
        ModelGraph quantized = draft.toQdq();

        List<LayerSensitivity> sensitivities = List.of();
        if (sensitivity) {
            sensitivities = new SensitivityMeasurement(
                            executors,
                            draft,
                            // Biases and weights of a draft may be changed; the float graph of this name is not.
                            request.effort() > 0 ? recovered.reference() : graph,
                            recovered.types(),
                            RecoverySamples.of(
                                    calibration, graph, request.sampleLimit(), RecoverySamples.MOST_FOR_LAYERS),
                            union(request.excludedNodes(), recovered.floats()),
                            request.outputRanges())
                    .measure(progress);
        }

        int measured = Math.min(request.qualitySamples(), samples);
        QuantizationQuality quality = QuantizationQuality.none();
        if (!request.layerErrors()) {
            measured = calibrated.measured().outputs().size();
            quality = QuantizationQuality.ofOutputs(
                    executors,
                    quantized,
                    calibration,
                    calibrated.measured().outputs(),
                    draft.byTensor(),
                    draft.plan().useful().limits());
        } else if (measured > 0) {
            quality = new QuantizationQuality.Measurement(
                            executors,
                            recovered.reference(),
                            quantized,
                            recovered.types(),
                            draft.byTensor(),
                            draft.plan().useful().limits())
                    .on(calibration, measured);
        }
        return new QuantizedModel(
                quantized,
                false,
                ranges,
                draft.byTensor(),
                quality.layers(),
                quality.outputs(),
                samples,
                measured,
                calibration.synthetic(),
                recovered.steps(),
                sensitivities,
                diagnoses);
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(others);
        return all;
    }

    private static Diagnosis leftOut(String sample, int rest) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "QUANT-CALIBRATION-LEFT-OUT",
                        Stage.QUANTIZE,
                        "one calibration sample reaches so far that it is left out")
                .where("calibration sample " + sample)
                .observed(
                        "a tenth of the tensors or more reach at least eight times as far as on any other sample (median)")
                .rule(
                        "the 256 codes of a tensor are spread over the widest values seen: all others were left with 32 of them")
                .effect("ranges and errors are those of the other " + rest
                        + " samples; values like those of this one are cut")
                .fix("where the model must handle such inputs: add more of them, then none stands alone")
                .build();
    }

    private record Calibrated(QuantizationDraft draft, RangeMeasurement.Measured measured) {}

    /** Ranges of all samples by the request's method, and the draft that they give. */
    private Calibrated calibrated(
            QuantizeRequest request,
            ModelGraph graph,
            Map<String, TensorType> types,
            int keptOutputs,
            List<Diagnosis> diagnoses) {
        ActivationPlan plan = new ActivationPlan(graph, types, request.excludedNodes(), request.outputRanges());
        RangeMeasurement.Measured measured = new RangeMeasurement(executors, graph, types, progress)
                .measure(request, plan.measuredRoots(), keptOutputs, diagnoses);
        return new Calibrated(
                new QuantizationDraft(
                        graph, plan, parameters(plan, measured.ranges(), request.symmetric()), request.perTensor()),
                measured);
    }

    /**
     * True for a graph with integer activations. Weights that are stored as codes and dequantized at once (TFLite "weight
     * quantized" files) leave the activations float; such a graph can be quantized.
     */
    public static boolean isQuantized(ModelGraph graph) {
        return graph.nodes().stream()
                .filter(OperatorRules::isQuantizationOperator)
                .anyMatch(node -> !graph.isConstant(node.input(0)));
    }

    /**
     * Nodes of a partly quantized graph that compute in float and would run on codes: {@link #quantize} quantizes them and
     * leaves the rest as it is. Empty for a graph without codes, and where codes of activations are of another form than int8
     * with one scale for a tensor.
     *
     * @param excluded names of nodes that stay float
     */
    public static List<Node> floatIslands(ModelGraph graph, Set<String> excluded) {
        if (!isQuantized(graph) || !new ExistingCodes(graph).arePlain()) {
            return List.of();
        }
        ModelGraph inferred = ShapeInference.infer(ShapeInference.withBatchOfOne(graph));
        ActivationPlan plan = new ActivationPlan(inferred, inferred.types(), excluded, Map.of());
        return inferred.nodes().stream()
                .filter(plan::runsOnCodes)
                .filter(node -> node.outputs().stream().anyMatch(plan::getsPair)
                        || node.inputs().stream()
                                .anyMatch(input -> plan.dequantized(input).isPresent())
                        || OperatorRules.isWeighted(node)
                                && inferred.constants().containsKey(node.input(1)))
                .toList();
    }

    private static Diagnosis partlyQuantized(ModelGraph graph, List<Node> islands) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "QUANT-ISLANDS",
                        Stage.QUANTIZE,
                        "the model is partly quantized; the rest gets codes too")
                .where("graph \"" + graph.name() + "\", nodes "
                        + islands.stream()
                                .limit(NAMED_ISLANDS)
                                .map(node -> "\"" + node.name() + "\" (" + node.operator() + ")")
                                .collect(Collectors.joining(", "))
                        + (islands.size() > NAMED_ISLANDS ? ", ..." : ""))
                .observed(islands.size() + " nodes compute in float")
                .rule("a node runs on the NPU where its inputs and its result are int8")
                .effect("scales that the file has stay; those of these nodes come from the calibration")
                .fix("--exclude NODE,NODE leaves nodes float")
                .build();
    }

    static Map<String, QuantizationParameters> parameters(
            ActivationPlan plan, Map<String, ValueRange> ranges, boolean symmetric) {
        Map<String, QuantizationParameters> byRoot = new LinkedHashMap<>();
        for (String tensor : plan.quantizedTensors()) {
            byRoot.computeIfAbsent(
                    plan.root(tensor),
                    root -> plan.given(root)
                            .or(() -> plan.fixed(root)
                                    .map(fixed -> symmetric ? QuantizationParameters.SIGNED_UNIT_INTERVAL : fixed))
                            .orElseGet(() -> {
                                ValueRange range = plan.range(root, ranges.getOrDefault(root, new ValueRange(0, 0)));
                                return symmetric
                                        ? QuantizationParameters.symmetric(range)
                                        : QuantizationParameters.of(range);
                            }));
        }
        return byRoot;
    }

    private static void noteEmptyRanges(ModelGraph graph, Map<String, ValueRange> ranges, List<Diagnosis> diagnoses) {
        List<String> empty = ranges.entrySet().stream()
                .filter(range ->
                        range.getValue().lowest() == 0 && range.getValue().highest() == 0)
                .map(range -> graph.producer(range.getKey()).map(Node::name).orElse(range.getKey()))
                .toList();
        if (!empty.isEmpty()) {
            diagnoses.add(Diagnosis.of(
                            Severity.NOTE,
                            "QUANT-RANGE-EMPTY",
                            Stage.QUANTIZE,
                            "tensors are 0 in every calibration sample")
                    .where(empty.stream().map(name -> "node \"" + name + "\"").collect(Collectors.joining(", ")))
                    .observed(empty.size() + " tensors with range 0..0")
                    .rule("a scale comes from the values of the samples")
                    .effect("values beyond -1..1 are cut there")
                    .fix("use samples on which these nodes are active, if they ever are")
                    .build());
        }
    }

    private static QuantizedModel alreadyQuantized(ModelGraph graph) {
        long pairs = graph.nodes().stream()
                .filter(OperatorRules::isQuantizationOperator)
                .count();
        Diagnosis note = Diagnosis.of(
                        Severity.NOTE, "QUANT-ALREADY-QUANTIZED", Stage.QUANTIZE, "the model is already quantized")
                .where("graph \"" + graph.name() + "\"")
                .observed(pairs + " quantization operators")
                .rule("only float activations are quantized")
                .effect("the model is passed on unchanged, the calibration is not used")
                .fix("start from the float model to quantize it in another way")
                .build();
        return new QuantizedModel(
                graph, true, Map.of(), Map.of(), List.of(), Map.of(), 0, 0, false, List.of(), List.of(), List.of(note));
    }

    private static void checkExcluded(QuantizeRequest request) {
        Set<String> unknown = new TreeSet<>(request.excludedNodes());
        request.graph().nodes().forEach(node -> unknown.remove(node.name()));
        if (!unknown.isEmpty()) {
            throw usage(Diagnosis.error("QUANT-EXCLUDE-UNKNOWN", Stage.QUANTIZE, "a node to exclude does not exist")
                    .where("--exclude " + String.join(",", unknown))
                    .observed("the graph has " + request.graph().nodes().size() + " nodes, none of this name")
                    .rule("nodes are named as in the model file")
                    .effect("nothing is written")
                    .fix("take the name from the layers of: stm32-deploy check MODEL --json -")
                    .build());
        }
    }

    private static void checkOutputRanges(QuantizeRequest request) {
        Set<String> unknown = new TreeSet<>(request.outputRanges().keySet());
        request.graph().outputs().forEach(output -> unknown.remove(output.name()));
        if (!unknown.isEmpty()) {
            throw usage(Diagnosis.error(
                            "QUANT-OUTPUT-UNKNOWN", Stage.QUANTIZE, "an output with a stated range does not exist")
                    .where(String.join(", ", unknown))
                    .observed("the outputs are "
                            + request.graph().outputs().stream()
                                    .map(GraphValue::name)
                                    .collect(Collectors.joining(", ")))
                    .rule("outputs are named as in the model file")
                    .effect("nothing is written")
                    .fix("use one of the names above")
                    .build());
        }
    }

    private static DiagnosedException usage(Diagnosis diagnosis) {
        return new DiagnosedException(DiagnosedException.Kind.USAGE, diagnosis);
    }
}
