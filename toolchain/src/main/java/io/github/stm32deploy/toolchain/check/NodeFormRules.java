// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.Placement;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Forms of ONNX nodes that matter only in their surroundings; forms of single nodes are operator rules. */
final class NodeFormRules implements ModelRule {
    private static final String KNOWN_ISSUES = "LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml";

    @Override
    public void judge(Evidence evidence, Findings findings) {
        if (!evidence.onnx()) {
            return;
        }
        expansions(evidence, findings);
        sliceAttributes(evidence, findings);
        truthValues(evidence, findings);
    }

    private static List<Node> nodes(Evidence evidence, Predicate<Node> form) {
        return evidence.graph().nodes().stream().filter(form).toList();
    }

    /** The front end turns Expand into a Tile and looks for constant repeats; Tile itself has an operator rule. */
    private static void expansions(Evidence evidence, Findings findings) {
        ModelGraph graph = evidence.graph();
        List<Node> nodes = nodes(
                evidence,
                node -> node.is("Expand")
                        && !graph.isConstant(node.input(0))
                        && !graph.isConstant(node.input(1))
                        && !folded(evidence, node.input(1))
                        && !neutral(graph, node));
        if (!nodes.isEmpty()) {
            findings.add(
                    findings.start(
                                    Severity.ERROR,
                                    "ONNX-EXPAND-COMPUTED",
                                    "how often a tensor is repeated is computed",
                                    nodes)
                            .observed("Expand to \"" + nodes.get(0).input(1) + "\", which other nodes compute")
                            .rule("a repetition is a Tile whose repeats are a constant of the file")
                            .effect(
                                    "the front end stops: \"... of type Tile has not parameter repeats. Available parameters are"
                                            + " dict_keys(['output_shape_values'])\"")
                            .fix("fold what can be computed; or cut the graph before it"
                                    + " (grids and anchors belong into the decoder)")
                            .source(
                                    "table of models tried by hand, row yolov4_headdetection_480x640; inferred, the file is not available"));
        }
    }

    /**
     * Slice as it was before operator set 10. It is what the file of the one row with this message has, and no ONNX file of
     * a row that passes; the same network as TFLite, with the bounds in tensors, passes.
     */
    private static void sliceAttributes(Evidence evidence, Findings findings) {
        List<Node> nodes = nodes(
                evidence,
                node -> node.is("Slice") && node.intsAttribute("starts").isPresent());
        if (!nodes.isEmpty()) {
            findings.add(findings.start(
                            Severity.ERROR, "ONNX-SLICE-ATTRIBUTES", "slices have their bounds as attributes", nodes)
                    .observed("operator set " + evidence.graph().opset() + ", starts and ends as lists")
                    .rule("from operator set 10 on the bounds of a Slice are tensors")
                    .effect("the front end counts MACC and then stops:"
                            + " \"arr must be of type np.generic or np.ndarray, got <class 'list'>\"")
                    .fix("quantize: the file that is written has operator set 13 or newer; or convert the version with"
                            + " onnx.version_converter")
                    .command("stm32-deploy quantize " + evidence.file() + " --calibration FOLDER -o OUT.onnx")
                    .source("table of models tried by hand, row face_detection_yunet_120x160; inferred from its file"));
        }
    }

    /** True where the import evaluates what the tensor is made of, as shapes that are known. */
    private static boolean folded(Evidence evidence, String tensor) {
        return evidence.schedule().placements().stream()
                .filter(placed -> placed.node().outputs().contains(tensor))
                .anyMatch(placed -> placed.placement() == Placement.NONE);
    }

    /** An Expand that expands nothing is removed by any optimiser. */
    private static boolean neutral(ModelGraph graph, Node expand) {
        Optional<Shape> before = ShapeLimitRules.shape(graph, expand.input(0));
        return before.isPresent() && before.equals(ShapeLimitRules.shape(graph, expand.output(0)));
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
