// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The view of a decoder that {@code decoder.c.vm} and {@code decoder.h.vm} fill: names and numbers are final text.
 *
 * @param header the family's C header
 * @param function the family's decode function
 * @param structure the type of its parameters
 * @param fields initialisers of that structure, one line each
 * @param nmsFields initialisers of the suppression
 */
public record DecoderTable(
        String family,
        String header,
        String function,
        String structure,
        List<String> fields,
        List<String> nmsFields,
        String result,
        int landmarkCount,
        int candidateCapacity,
        int detectionCapacity) {
    /** The templates that {@link #values} fills, in the firmware templates' folder. */
    public static final String SOURCE_TEMPLATE = "decoder.c.vm";

    public static final String HEADER_TEMPLATE = "decoder.h.vm";

    public DecoderTable {
        fields = List.copyOf(fields);
        nmsFields = List.copyOf(nmsFields);
    }

    /**
     * The table of one decoder for one network.
     *
     * @param outputs in the network's order, with the quantization that the generated network has
     */
    public static DecoderTable of(DecoderSpec spec, List<ModelOutput> outputs) {
        List<String> thresholds = ScoreCodes.of(spec, outputs).stream()
                .map(entry -> threshold(entry.threshold()))
                .toList();
        if (spec instanceof BlazeFaceSpec s) {
            return table(s, "blazeface", blazeFace(s, thresholds));
        } else if (spec instanceof CenterFaceSpec s) {
            return table(s, "centerface", centerFace(s, thresholds.get(0)));
        } else if (spec instanceof YuNetV1Spec s) {
            return table(s, "yunet_v1", yuNetV1(s, thresholds.get(0)));
        } else if (spec instanceof YuNetV2Spec s) {
            return table(s, "yunet_v2", yuNetV2(s, thresholds));
        } else if (spec instanceof ClassifierSpec s) {
            return table(s, "classifier", List.of(field("output", s.output())));
        }
        throw new IllegalArgumentException("no C decoder for " + spec.family());
    }

    /**
     * What the templates may name.
     *
     * @param provenance generator version and model digest, one line without comment marks
     */
    public Map<String, Object> values(String provenance) {
        Map<String, Object> values = new HashMap<>();
        values.put("provenance", provenance);
        values.put("family", family);
        values.put("header", header);
        values.put("function", function);
        values.put("structure", structure);
        values.put("fields", fields);
        values.put("nmsFields", nmsFields);
        values.put("result", result);
        values.put("landmarkCount", Integer.toString(landmarkCount));
        values.put("hasLandmarks", landmarkCount > 0);
        values.put("candidateCapacity", Integer.toString(candidateCapacity));
        values.put("detectionCapacity", Integer.toString(detectionCapacity));
        return values;
    }

    private static DecoderTable table(DecoderSpec spec, String name, List<String> fields) {
        return new DecoderTable(
                spec.family(),
                "n6_decode_" + name + ".h",
                "n6_decode_" + name,
                "n6_" + name + "_t",
                fields,
                nms(spec.nms()),
                spec instanceof ClassifierSpec ? "N6_RESULT_CLASSES" : "N6_RESULT_BOXES",
                spec.landmarkCount(),
                spec.capacity().candidates(),
                spec.capacity().detections());
    }

    private static List<String> blazeFace(BlazeFaceSpec spec, List<String> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                field("input_width", real(spec.inputWidth())),
                field("input_height", real(spec.inputHeight())),
                field("scale", real(spec.scale())),
                field("landmark_count", spec.landmarkCount()),
                rule(spec.score()),
                field("level_count", spec.levels().size())));
        for (int i = 0; i < spec.levels().size(); i++) {
            BlazeFaceSpec.Level level = spec.levels().get(i);
            fields.add(nested(
                    "level[" + i + "]",
                    field("grid_width", level.gridWidth()),
                    field("grid_height", level.gridHeight()),
                    field("anchors_per_cell", level.anchorsPerCell()),
                    field("box_output", level.boxOutput()),
                    field("score_output", level.scoreOutput()),
                    field("first_row", level.firstRow()),
                    thresholds.get(i)));
        }
        return fields;
    }

    private static List<String> centerFace(CenterFaceSpec spec, String threshold) {
        return List.of(
                field("input_width", real(spec.inputWidth())),
                field("input_height", real(spec.inputHeight())),
                field("stride", real(spec.stride())),
                field("channels_last", spec.channelsLast()),
                field("heatmap_output", spec.heatmapOutput()),
                field("scale_output", spec.scaleOutput()),
                field("offset_output", spec.offsetOutput()),
                field("landmark_output", spec.landmarkOutput()),
                rule(spec.score()),
                threshold);
    }

    private static List<String> yuNetV1(YuNetV1Spec spec, String threshold) {
        List<String> fields = new ArrayList<>(List.of(
                field("loc_output", spec.locOutput()),
                field("conf_output", spec.confOutput()),
                field("iou_output", spec.iouOutput()),
                field("centre_variance", real(YuNetV1Spec.CENTRE_VARIANCE)),
                field("width_variance", real(YuNetV1Spec.WIDTH_VARIANCE)),
                field("height_variance", real(YuNetV1Spec.HEIGHT_VARIANCE)),
                rule(spec.score()),
                threshold,
                field("level_count", spec.levels().size())));
        for (int i = 0; i < spec.levels().size(); i++) {
            YuNetV1Spec.Level level = spec.levels().get(i);
            String sizes =
                    level.sizes().stream().map(DecoderTable::real).collect(Collectors.joining(", ", ".size = {", "}"));
            fields.add(nested(
                    "level[" + i + "]",
                    field("grid_width", level.gridWidth()),
                    field("grid_height", level.gridHeight()),
                    field("step", real(level.step())),
                    field("size_count", level.sizes().size()),
                    sizes));
        }
        return fields;
    }

    private static List<String> yuNetV2(YuNetV2Spec spec, List<String> thresholds) {
        List<String> fields = new ArrayList<>(
                List.of(rule(spec.score()), field("level_count", spec.levels().size())));
        for (int i = 0; i < spec.levels().size(); i++) {
            YuNetV2Spec.Level level = spec.levels().get(i);
            fields.add(nested(
                    "level[" + i + "]",
                    field("grid_width", level.gridWidth()),
                    field("grid_height", level.gridHeight()),
                    field("stride", real(level.stride())),
                    field("cls_output", level.clsOutput()),
                    field("obj_output", level.objOutput()),
                    field("box_output", level.boxOutput()),
                    field("landmark_output", level.landmarkOutput()),
                    thresholds.get(i)));
        }
        return fields;
    }

    private static List<String> nms(NmsSpec nms) {
        String convention = switch (nms.convention()) {
            case STANDARD -> "N6_IOU_STANDARD";
            case PLUS_ONE -> "N6_IOU_PLUS_ONE";
            case EPSILON -> "N6_IOU_EPSILON";
            case TRUNCATED -> "N6_IOU_TRUNCATED";
        };
        return List.of(
                field("kind", "N6_NMS_" + nms.kind()),
                field("convention", convention),
                field("iou_threshold", real(nms.iouThreshold())),
                field("inclusive", nms.inclusive()),
                field("per_class", nms.perClass()),
                field("stop_at_zero_area", nms.stopAtZeroArea()),
                field("recheck_above", nms.recheckAbove()),
                field("top_k", nms.topK()),
                field("score_threshold", real(nms.scoreThreshold())),
                field("sigma", real(nms.sigma())));
    }

    private static String rule(ScoreRule rule) {
        return nested(
                "score",
                field("activation", "N6_ACTIVATION_" + rule.activation()),
                field("factor", real(rule.factor())),
                field("threshold", real(rule.threshold())),
                field("strict", rule.strict()));
    }

    private static String threshold(ScoreRule.StoredThreshold threshold) {
        String code = threshold.code() == Integer.MAX_VALUE ? "INT32_MAX" : Integer.toString(threshold.code());
        return nested("threshold", field("code", code), field("value", real(threshold.value())));
    }

    private static String nested(String name, String... fields) {
        return "." + name + " = {" + String.join(", ", fields) + "}";
    }

    private static String field(String name, Object value) {
        return "." + name + " = " + value;
    }

    /** A binary32 constant of C that reads back as the same number. */
    private static String real(float value) {
        if (Float.isNaN(value)) {
            return "NAN";
        }
        if (Float.isInfinite(value)) {
            return value > 0 ? "INFINITY" : "-INFINITY";
        }
        return value + "f";
    }
}
