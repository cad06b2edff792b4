// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Forms of single ONNX nodes at which the vendor's front end stops, although the operator as such is supported. */
final class NodeFormRules implements ModelRule {
    private static final String KNOWN_ISSUES = "LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml";

    @Override
    public void judge(Evidence evidence, Findings findings) {
        if (!evidence.onnx()) {
            return;
        }
        allowZero(evidence, findings);
        repeats(evidence, findings);
        sliceEnds(evidence, findings);
        emptyPadValue(evidence, findings);
        clipBounds(evidence, findings);
        gemmBias(evidence, findings);
        truthValues(evidence, findings);
    }

    private static List<Node> nodes(Evidence evidence, Predicate<Node> form) {
        return evidence.graph().nodes().stream().filter(form).toList();
    }

    private static void allowZero(Evidence evidence, Findings findings) {
        List<Node> nodes = nodes(evidence, node -> node.is("Reshape") && node.intAttribute("allowzero", 0) == 1);
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "ONNX-RESHAPE-ALLOWZERO",
                            "reshapes carry an attribute that is refused",
                            nodes)
                    .observed("allowzero=1")
                    .rule("allowzero keeps its default 0; it matters only for tensors without elements")
                    .effect("the front end stops: \"allowzero different from default\"")
                    .fix(
                            "set allowzero to 0 (or delete it) in these nodes, or export with torch.onnx.export(dynamo=False)")
                    .source(KNOWN_ISSUES));
        }
    }

    private static void repeats(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        List<Node> nodes = nodes(
                evidence,
                node -> (node.is("Tile") || node.is("Expand"))
                        && !graph.isConstant(node.input(0))
                        && (node.is("Tile") ? !graph.isConstant(node.input(1)) : !neutral(graph, node)));
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "ONNX-TILE-REPEATS",
                            "how often a tensor is repeated is not a constant",
                            nodes)
                    .observed(nodes.get(0).operator() + " with "
                            + (nodes.get(0).is("Tile") ? "computed repeats" : "a target shape instead of repeats"))
                    .rule("a repetition is a Tile whose repeats are a constant of the file")
                    .effect(
                            "the front end stops: \"... of type Tile has not parameter repeats. Available parameters are"
                                    + " dict_keys(['output_shape_values'])\"")
                    .fix("run onnx-simplifier, which folds what can be computed; or cut the graph before it"
                            + " (grids and anchors belong into the decoder)")
                    .source("seed benchmark, row yolov4_headdetection_480x640; inferred, the file is not available"));
        }
    }

    /** An Expand that expands nothing is removed by any optimiser. */
    private static boolean neutral(ModelGraph graph, Node expand) {
        Optional<Shape> before = ShapeLimitRules.shape(graph, expand.input(0));
        return before.isPresent() && before.equals(ShapeLimitRules.shape(graph, expand.output(0)));
    }

    private static void sliceEnds(Evidence evidence, Findings findings) {
        if (!evidence.sdk().atLeast(SdkVersion.V4_0)) {
            return;
        }
        ModelGraph graph = evidence.graph();
        List<Node> nodes = nodes(evidence, node -> node.is("Slice") && (open(graph, node, 1) || open(graph, node, 2)));
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.NOTE,
                            "ONNX-SLICE-OPEN-END",
                            "slices end at \"the end\" instead of at a number",
                            nodes)
                    .observed(nodes.size() + " slices with a negative bound or INT64_MAX")
                    .rule("one project reports that the front end of 4.0.1 takes bounds literally")
                    .effect("where it does, it stops: \"TOOL ERROR: Error in computation of shapes\"")
                    .fix("run onnx-simplifier, or write the bounds as numbers between 0 and the size")
                    .source(KNOWN_ISSUES));
        }
    }

    private static boolean open(ModelGraph graph, Node slice, int input) {
        Optional<TensorData> bounds = slice.hasInput(input) ? graph.constant(slice.input(input)) : Optional.empty();
        Optional<Shape> shape = ShapeLimitRules.shape(graph, slice.input(0));
        if (bounds.isEmpty() || shape.isEmpty() || !shape.get().isStatic()) {
            return false;
        }
        for (long bound : bounds.get().toLongs()) {
            if (bound < 0 || bound > Integer.MAX_VALUE) {
                return true;
            }
        }
        return false;
    }

    private static void emptyPadValue(Evidence evidence, Findings findings) {
        List<Node> nodes = nodes(
                evidence,
                node -> node.is("Pad")
                        && node.inputs().size() == 3
                        && node.input(2).isEmpty());
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "ONNX-PAD-EMPTY-VALUE",
                            "the value of a padding is present but empty",
                            nodes)
                    .observed("a third input without a name")
                    .rule("an optional input that is not used is left out, or holds a value")
                    .effect(
                            "the NPU compiler of 4.0.1 ends without a message (signo=11), or \"TOOL ERROR: list index out of"
                                    + " range\"")
                    .fix("remove the empty input; the value is 0 anyway")
                    .source(KNOWN_ISSUES));
        }
    }

    private static void clipBounds(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        List<Node> nodes = nodes(
                evidence,
                node -> node.is("Clip") && (dequantized(graph, node.input(1)) || dequantized(graph, node.input(2))));
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.ERROR, "ONNX-CLIP-BOUNDS", "bounds of a Clip are quantized constants", nodes)
                    .observed("min or max comes from a DequantizeLinear")
                    .rule("min and max are plain float constants")
                    .effect("the front end stops: \"None has type NoneType, but expected one of: bytes, unicode\"")
                    .fix("put the float value in place of the DequantizeLinear")
                    .source(KNOWN_ISSUES));
        }
    }

    private static boolean dequantized(ModelGraph graph, String tensor) {
        return !tensor.isEmpty()
                && graph.producer(tensor).filter(QuantizedGraph::isDequantize).isPresent();
    }

    private static void gemmBias(Evidence evidence, Findings findings) {
        QuantizedGraph quantized = new QuantizedGraph(evidence.graph());
        List<Node> nodes = nodes(
                evidence,
                node -> node.is("Gemm")
                        && node.hasInput(2)
                        && quantized.constantBehind(node.input(2)).isEmpty());
        if (!nodes.isEmpty()) {
            findings.add(
                    findings.start(Severity.ERROR, "ONNX-GEMM-BIAS", "the third operand of a Gemm is computed", nodes)
                            .observed("C is no constant (ONNX Runtime fuses MatMul and Add into such a Gemm)")
                            .rule("the bias of a Gemm is a constant with one value a channel")
                            .effect("the front end stops: \"TOOL ERROR: list index out of range\"")
                            .fix("quantize without that fusion: quant_pre_process(..., skip_optimization=True)")
                            .source(KNOWN_ISSUES));
        }
    }

    /** Truth values inside a quantized graph: the vendor's quantization file gets an entry that its compiler rejects. */
    private static void truthValues(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        if (!new QuantizedGraph(graph).hasQuantization()) {
            return;
        }
        List<Node> nodes = nodes(
                evidence,
                node -> node.outputs().stream()
                        .flatMap(output -> graph.type(output).stream())
                        .map(TensorType::element)
                        .anyMatch(element -> element == ElementType.BOOL));
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.WRONG,
                            "QUANT-BOOL-TENSORS",
                            "a quantized graph holds tensors of truth values",
                            nodes)
                    .observed(nodes.get(0).operator() + " makes a BOOL tensor")
                    .rule(
                            "the front end writes its quantization file for the NPU compiler, which rejects the whole file at"
                                    + " the first BOOL entry")
                    .effect("all quantization is dropped, the command succeeds, and the network runs in float:"
                            + " \"invalid value \\\"BOOL\\\" ... Ignore Quantization JSON file\"")
                    .fix("cut the graph before these nodes; after compiling, check that weights have the int8 size")
                    .source(KNOWN_ISSUES));
        }
    }
}
