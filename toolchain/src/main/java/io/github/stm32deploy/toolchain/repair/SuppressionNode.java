// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A node that suppresses overlapping boxes, read.
 *
 * <p>Sources: ONNX operators, NonMaxSuppression-11; tensorflow/lite/kernels/detection_postprocess.cc and
 * non_max_suppression.cc; NVIDIA/TensorRT, plugin/efficientNMSPlugin/README.md and plugin/batchedNMSPlugin/README.md.
 *
 * @param boxes tensor of boxes
 * @param scores tensor of scores
 * @param classes columns of scores; 0 where unknown
 */
public record SuppressionNode(
        Node node,
        String boxes,
        String scores,
        int classes,
        Optional<Integer> background,
        RecoveredDecoder.Activation activation,
        BoxCoding coding,
        Suppression suppression) {
    /** Exporters write the largest integer where they mean all. */
    private static final float NO_LIMIT = 1e9f;

    private static final Set<String> OPERATORS = Set.of(
            "NonMaxSuppression",
            "TFLite_Detection_PostProcess",
            "BatchedNMS_TRT",
            "BatchedNMSDynamic_TRT",
            "EfficientNMS_TRT",
            "NON_MAX_SUPPRESSION_V4",
            "NON_MAX_SUPPRESSION_V5",
            "CombinedNonMaxSuppression");

    /** True for an operator that suppresses overlapping boxes, whatever else it does. */
    public static boolean is(Node node) {
        return OPERATORS.contains(node.operator());
    }

    /** Empty for another node, or one whose inputs are not those that its documentation states. */
    static Optional<SuppressionNode> of(ModelGraph graph, Node node) {
        if (!is(node) || !node.hasInput(1) || graph.isConstant(node.input(0)) || graph.isConstant(node.input(1))) {
            return Optional.empty();
        }
        return Optional.of(
                switch (node.operator()) {
                    case "NonMaxSuppression" -> onnx(graph, node);
                    case "TFLite_Detection_PostProcess" -> detectionPostProcess(graph, node);
                    case "EfficientNMS_TRT" -> efficient(graph, node);
                    case "BatchedNMS_TRT", "BatchedNMSDynamic_TRT" -> batched(graph, node);
                    case "CombinedNonMaxSuppression" -> combined(graph, node);
                    default -> tensorflow(graph, node);
                });
    }

    /** Boxes (batch, rows, 4), scores (batch, classes, rows), most of a class, IoU, score. */
    private static SuppressionNode onnx(ModelGraph graph, Node node) {
        boolean centre = node.intAttribute("center_point_box", 0) == 1;
        // The order of x and y of corners makes no difference to overlaps; this one is that of the documentation.
        BoxCoding coding = centre
                ? BoxCoding.decoded(BoxCoding.Form.CENTRE, List.of("x", "y", "w", "h"))
                : BoxCoding.decoded(BoxCoding.Form.CORNERS, BoxCoding.CORNERS_YX);
        Suppression suppression = new Suppression(
                number(graph, node, 4),
                number(graph, node, 3),
                Optional.empty(),
                number(graph, node, 2).filter(most -> most < NO_LIMIT).map(Float::intValue),
                true);
        return reading(node, size(graph, node.input(1), 1), Optional.empty(), coding, suppression);
    }

    /** Boxes as differences to anchors (y, x, h, w), divided by scales; scores with or without the background's column. */
    private static SuppressionNode detectionPostProcess(ModelGraph graph, Node node) {
        List<Float> factors = new ArrayList<>();
        for (String scale : List.of("y_scale", "x_scale", "h_scale", "w_scale")) {
            factors.add(1 / node.floatAttribute(scale, 1));
        }
        Optional<AnchorTable> anchors = graph.constant(node.input(2)).map(stored -> anchors(node, stored));
        BoxCoding coding = new BoxCoding(BoxCoding.Form.ANCHOR_DELTAS, List.of("y", "x", "h", "w"), factors, anchors);
        int columns = size(graph, node.input(1), 2);
        long classes = node.intAttribute("num_classes", columns);
        Optional<Integer> background = columns == classes + 1 ? Optional.of(0) : Optional.empty();
        Suppression suppression = new Suppression(
                Optional.of(node.floatAttribute("nms_score_threshold", 0)),
                Optional.of(node.floatAttribute("nms_iou_threshold", 1)),
                Optional.of((int) node.intAttribute("max_detections", 0)),
                node.intAttribute("use_regular_nms", 0) == 1
                        ? Optional.of((int) node.intAttribute("detections_per_class", 100))
                        : Optional.empty(),
                node.intAttribute("use_regular_nms", 0) == 1);
        return reading(node, columns, background, coding, suppression);
    }

    /** Rows centre y, centre x, height, width; codes where the file quantizes them. */
    private static AnchorTable anchors(Node node, TensorData stored) {
        float scale = node.floatAttribute("input_2_scale", 1);
        long zero = node.intAttribute("input_2_zero_point", 0);
        int count = Math.toIntExact(stored.elements() / 4);
        float[] rows = new float[count * 4];
        for (int row = 0; row < count; row++) {
            for (int column = 0; column < 4; column++) {
                int at = row * 4 + (column ^ 1);
                rows[row * 4 + column] =
                        stored.element().isFloatingPoint() ? stored.floatAt(at) : scale * (stored.integerAt(at) - zero);
            }
        }
        return AnchorTable.of(rows);
    }

    private static SuppressionNode efficient(ModelGraph graph, Node node) {
        boolean centre = node.intAttribute("box_coding", 0) == 1;
        BoxCoding coding = centre
                ? BoxCoding.decoded(BoxCoding.Form.CENTRE, List.of("x", "y", "w", "h"))
                : BoxCoding.decoded(BoxCoding.Form.CORNERS, BoxCoding.CORNERS_XY);
        int background = (int) node.intAttribute("background_class", -1);
        Suppression suppression = new Suppression(
                Optional.of(node.floatAttribute("score_threshold", 0.25f)),
                Optional.of(node.floatAttribute("iou_threshold", 0.5f)),
                Optional.of((int) node.intAttribute("max_output_boxes", 100)),
                Optional.empty(),
                node.intAttribute("class_agnostic", 0) == 0);
        SuppressionNode reading = reading(
                node,
                size(graph, node.input(1), 2),
                background >= 0 ? Optional.of(background) : Optional.empty(),
                coding,
                suppression);
        return node.intAttribute("score_activation", 0) == 1
                ? new SuppressionNode(
                        node,
                        reading.boxes,
                        reading.scores,
                        reading.classes,
                        reading.background,
                        RecoveredDecoder.Activation.SIGMOID,
                        coding,
                        suppression)
                : reading;
    }

    private static SuppressionNode batched(ModelGraph graph, Node node) {
        int background = (int) node.intAttribute("backgroundLabelId", -1);
        Suppression suppression = new Suppression(
                Optional.of(node.floatAttribute("scoreThreshold", 0)),
                Optional.of(node.floatAttribute("iouThreshold", 1)),
                Optional.of((int) node.intAttribute("keepTopK", 0)),
                Optional.of((int) node.intAttribute("topK", 0)),
                true);
        return reading(
                node,
                size(graph, node.input(1), 2),
                background >= 0 ? Optional.of(background) : Optional.empty(),
                BoxCoding.decoded(BoxCoding.Form.CORNERS, BoxCoding.CORNERS_XY),
                suppression);
    }

    /** Boxes, scores, most of a class, most of an image, IoU, score. */
    private static SuppressionNode combined(ModelGraph graph, Node node) {
        Suppression suppression = new Suppression(
                number(graph, node, 5),
                number(graph, node, 4),
                number(graph, node, 3).map(Float::intValue),
                number(graph, node, 2).map(Float::intValue),
                true);
        return reading(
                node,
                size(graph, node.input(1), 2),
                Optional.empty(),
                BoxCoding.decoded(BoxCoding.Form.CORNERS, BoxCoding.CORNERS_YX),
                suppression);
    }

    /** Boxes (rows, 4), scores (rows), most of the image, IoU, score. */
    private static SuppressionNode tensorflow(ModelGraph graph, Node node) {
        Suppression suppression = new Suppression(
                number(graph, node, 4),
                number(graph, node, 3),
                number(graph, node, 2).map(Float::intValue),
                Optional.empty(),
                false);
        return reading(
                node,
                1,
                Optional.empty(),
                BoxCoding.decoded(BoxCoding.Form.CORNERS, BoxCoding.CORNERS_YX),
                suppression);
    }

    private static SuppressionNode reading(
            Node node, int classes, Optional<Integer> background, BoxCoding coding, Suppression suppression) {
        return new SuppressionNode(
                node,
                node.input(0),
                node.input(1),
                classes,
                background,
                RecoveredDecoder.Activation.NONE,
                coding,
                suppression);
    }

    private static Optional<Float> number(ModelGraph graph, Node node, int input) {
        if (!node.hasInput(input)) {
            return Optional.empty();
        }
        return graph.constant(node.input(input))
                .filter(value -> value.elements() == 1)
                .map(value -> value.element().isFloatingPoint() ? value.floatAt(0) : (float) value.integerAt(0));
    }

    private static int size(ModelGraph graph, String tensor, int axis) {
        return graph.type(tensor)
                .map(TensorType::shape)
                .filter(shape -> shape.rank() > axis)
                .map(shape -> shape.size(axis))
                .filter(size -> size > 0)
                .map(Long::intValue)
                .orElse(0);
    }
}
