// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Decoder parameters as the golden vectors state them. */
final class GoldenSpecs {
    /** As many candidates as fit: the vectors know no candidate capacity. */
    private static final int CANDIDATES = 6000;

    /** How the decoder of a family is read from the parameters of a vector. */
    private static final Map<String, Function<GoldenCase, DecoderSpec>> DECODERS = Map.ofEntries(
            Map.entry("blazeface", GoldenSpecs::blazeFace),
            Map.entry("dsfd_lightnet", SsdGolden::dsfd),
            Map.entry("face_detection_adas", SsdGolden::detectionOutput),
            Map.entry("faceboxes", SsdGolden::faceBoxes),
            Map.entry("retinaface", SsdGolden::retinaFace),
            Map.entry("ssd", SsdGolden::ssd),
            Map.entry("ultraface", SsdGolden::ultraFace),
            Map.entry("centerface", GoldenSpecs::centerFace),
            Map.entry("centernet", CenterNetGolden::spec),
            Map.entry("dbface", DbFaceGolden::spec),
            Map.entry("scrfd", ScrfdGolden::spec),
            Map.entry("st_yolo_x", YoloGolden::st),
            Map.entry("yolov5face", YoloGolden::v5Face),
            Map.entry("yolov7tiny_head", YoloGolden::v7),
            Map.entry("yolov8", YoloV8Golden::decoded),
            Map.entry("yolov8face", YoloV8Golden::faceHeads),
            Map.entry("yolox", YoloGolden::x),
            Map.entry("yunet_v1", GoldenSpecs::yuNetV1),
            Map.entry("yunet_v2", GoldenSpecs::yuNetV2));

    /** How a family's table of anchors or priors is made, in the columns and units of its vectors. */
    private static final Map<String, Function<GoldenCase, List<List<Float>>>> ANCHORS = Map.ofEntries(
            Map.entry("blazeface", GoldenSpecs::blazeFaceAnchors),
            Map.entry("scrfd", ScrfdGolden::anchors),
            Map.entry("dsfd_lightnet", SsdGolden::dsfdPriors),
            Map.entry("faceboxes", SsdGolden::faceBoxesPriors),
            Map.entry("retinaface", SsdGolden::retinaFacePriors),
            Map.entry("ssd", SsdGolden::ssdPriors),
            Map.entry("ultraface", SsdGolden::ultraFacePriors),
            Map.entry("yunet_v1", GoldenSpecs::yuNetV1Priors));

    private GoldenSpecs() {}

    /** Input pixels along "w" or "h"; 1 where the vector names no size. */
    static float inputSize(GoldenCase golden, String axis) {
        return golden.number("input_" + axis, golden.number("input_size", golden.number("image_size", 1)));
    }

    /** Image pixels per input pixel: the image was stretched, or fitted into the top-left corner. */
    static float imageScale(GoldenCase golden, String axis) {
        float width = golden.number("image_w", inputSize(golden, "w"));
        float height = golden.number("image_h", inputSize(golden, "h"));
        if (golden.params().has("ratio")) {
            return 1 / golden.number("ratio", 1);
        }
        if (golden.params().has("scale_h_w")) {
            return golden.params()
                    .path("scale_h_w")
                    .get(axis.equals("h") ? 0 : 1)
                    .asFloat();
        }
        if (golden.params().path("resize").asText().startsWith("keep aspect, top-left")) {
            // The published decoder divides both axes by new height / image height, the new height being an integer.
            float inputWidth = inputSize(golden, "w");
            float inputHeight = inputSize(golden, "h");
            boolean tall = height / width > inputHeight / inputWidth;
            return height / (tall ? inputHeight : (float) Math.floor(inputWidth * (height / width)));
        }
        return axis.equals("w") ? width / inputSize(golden, "w") : height / inputSize(golden, "h");
    }

    /** Input pixels along "w" or "h" before the image begins, where the vector's units are those of the image. */
    static float imageStart(GoldenCase golden, String axis) {
        GoldenNode padding = golden.params().path("pad_top_left");
        return padding.size() == 2 && golden.expected().path("units").asText().equals("pixels-image")
                ? padding.get(axis.equals("h") ? 0 : 1).asFloat()
                : 0;
    }

    /** Families that have a decoder. */
    static Set<String> families() {
        return DECODERS.keySet();
    }

    /** Whether a family has what a vector of {@code kind}, "detect" or "anchors", needs. */
    static boolean has(String family, String kind) {
        return (kind.equals("anchors") ? ANCHORS : DECODERS).containsKey(family);
    }

    /** Rows of anchors or priors in the columns and units of the vectors. */
    static List<List<Float>> anchors(GoldenCase golden) {
        return ANCHORS.get(golden.family()).apply(golden);
    }

    static DecoderSpec spec(GoldenCase golden) {
        return DECODERS.get(golden.family()).apply(golden);
    }

    private static List<List<Float>> blazeFaceAnchors(GoldenCase golden) {
        return blazeFace(golden).anchors().stream()
                .map(anchor -> List.of(anchor.x(), anchor.y()))
                .toList();
    }

    private static List<List<Float>> yuNetV1Priors(GoldenCase golden) {
        YuNetV1Spec spec = yuNetV1(golden);
        float w = spec.inputWidth();
        float h = spec.inputHeight();
        return spec.priors().stream()
                .map(p -> List.of(p.x() / w, p.y() / h, p.size() / w, p.size() / h))
                .toList();
    }

    static BlazeFaceSpec blazeFace(GoldenCase golden) {
        int size = golden.params().path("input_size").asInt();
        List<Integer> strides = new ArrayList<>();
        golden.params().path("strides").forEach(stride -> strides.add(stride.asInt()));
        if (strides.isEmpty()) {
            strides.addAll(List.of(8, 16, 16, 16));
        }
        List<BlazeFaceSpec.Level> levels = BlazeFaceSpec.levels(size, size, strides, strides.size() == 1 ? 1 : 2);
        if (golden.inputs().containsKey("boxes_8")) {
            levels = List.of(split(levels.get(0), golden, "8"), split(levels.get(1), golden, "16"));
        }
        return new BlazeFaceSpec(
                size,
                size,
                golden.number("scale", size),
                golden.params().path("num_keypoints").asInt(),
                levels,
                rule(golden, ScoreRule.Activation.SIGMOID),
                // The vectors are MediaPipe's own results.
                nms(golden).withStopAtZeroArea(true),
                capacity(golden));
    }

    private static BlazeFaceSpec.Level split(BlazeFaceSpec.Level level, GoldenCase golden, String stride) {
        return new BlazeFaceSpec.Level(
                level.gridWidth(),
                level.gridHeight(),
                level.anchorsPerCell(),
                golden.outputIndex("boxes_" + stride),
                golden.outputIndex("scores_" + stride),
                0);
    }

    private static CenterFaceSpec centerFace(GoldenCase golden) {
        int heatmap = golden.outputIndex("heatmap");
        boolean channelsLast = golden.outputs().get(heatmap).data().shape().size(3) == 1;
        return new CenterFaceSpec(
                golden.params().path("input_w").asInt(),
                golden.params().path("input_h").asInt(),
                golden.params().path("stride").asInt(),
                channelsLast,
                heatmap,
                golden.outputIndex("scale"),
                golden.outputIndex("offset"),
                golden.outputIndex("landmarks"),
                rule(golden, ScoreRule.Activation.NONE),
                nms(golden),
                capacity(golden));
    }

    static YuNetV1Spec yuNetV1(GoldenCase golden) {
        int width = golden.params().path("input_w").asInt();
        int height = golden.params().path("input_h").asInt();
        boolean anchorsOnly = golden.inputs().isEmpty();
        return new YuNetV1Spec(
                width,
                height,
                anchorsOnly ? 0 : golden.outputIndex("loc"),
                anchorsOnly ? 0 : golden.outputIndex("conf"),
                anchorsOnly ? 0 : golden.outputIndex("iou"),
                YuNetV1Spec.levels(width, height),
                false,
                rule(golden, ScoreRule.Activation.SQRT),
                nms(golden),
                capacity(golden));
    }

    private static YuNetV2Spec yuNetV2(GoldenCase golden) {
        int width = golden.params().path("input_w").asInt();
        int height = golden.params().path("input_h").asInt();
        boolean openCv = golden.params().path("score").asText().startsWith("sqrt");
        List<YuNetV2Spec.Level> levels = new ArrayList<>();
        for (GoldenNode node : golden.params().path("strides")) {
            int stride = node.asInt();
            levels.add(new YuNetV2Spec.Level(
                    width / stride,
                    height / stride,
                    stride,
                    golden.outputIndex("cls_" + stride),
                    golden.outputIndex("obj_" + stride),
                    golden.outputIndex("bbox_" + stride),
                    golden.outputIndex("kps_" + stride)));
        }
        ScoreRule rule = rule(golden, openCv ? ScoreRule.Activation.SQRT : ScoreRule.Activation.NONE);
        NmsSpec nms = openCv ? nms(golden).withRecheckAbove(rule.threshold()) : nms(golden);
        return new YuNetV2Spec(width, height, levels, rule, nms, capacity(golden));
    }

    static ScoreRule rule(GoldenCase golden, ScoreRule.Activation activation) {
        float threshold = golden.number("score_threshold", 0);
        return new ScoreRule(
                activation,
                1.0f,
                threshold,
                ">".equals(golden.params().path("score_cmp").asText()));
    }

    static NmsSpec nms(GoldenCase golden) {
        GoldenNode params = golden.params();
        NmsSpec.IouConvention convention = switch (params.path("iou_convention").asText("std")) {
            case "std" -> NmsSpec.IouConvention.STANDARD;
            case "plus1", "plus1, in image pixels (after /ratio)" -> NmsSpec.IouConvention.PLUS_ONE;
            case "corners, union + 1e-5", "normalized corners, union + 1e-5", "normalized corners, union+1e-5" ->
                NmsSpec.IouConvention.EPSILON;
            case "integer-truncated x,y,w,h" -> NmsSpec.IouConvention.TRUNCATED;
            default -> throw new IllegalArgumentException(params.toString());
        };
        float threshold = golden.number("iou_threshold", 0);
        NmsSpec nms = switch (params.path("nms").asText("hard")) {
            case "hard" -> NmsSpec.hard(convention, threshold);
            case "hard_per_class" -> NmsSpec.hard(convention, threshold).withPerClass(true);
            case "weighted" -> NmsSpec.weighted(threshold);
            case "soft_gaussian" ->
                NmsSpec.soft(convention, golden.number("sigma", 0), golden.number("score_threshold", 0));
            default -> throw new IllegalArgumentException(params.toString());
        };
        return nms.withInclusive(">=".equals(params.path("iou_cmp").asText()))
                .withTopK(params.path("top_k_before_nms").asInt(0))
                .withKeep(params.path("keep_top_k")
                        .asInt(params.path("max_per_class")
                                .asInt(params.path("max_detections").asInt(0))));
    }

    static Capacity capacity(GoldenCase golden) {
        return new Capacity(CANDIDATES, golden.params().path("output_capacity").asInt(CANDIDATES));
    }
}
