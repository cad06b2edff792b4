// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/**
 * The parameters of one decoder as C text. The family's C is named after {@code name}: header {@code n6_decode_NAME.h},
 * structure {@code n6_NAME_t}, functions {@code n6_decode_NAME} and {@code n6_NAME_prepare}.
 *
 * @param fields initialisers of the structure, one line each; a table that the structure points to is a compound literal,
 *     {@code .prior = (const float[]){...}}, which at file scope lies in flash
 */
record CParameters(String name, List<String> fields) {
    CParameters {
        fields = List.copyOf(fields);
    }

    String header() {
        return "n6_decode_" + name + ".h";
    }

    String function() {
        return "n6_decode_" + name;
    }

    String structure() {
        return "n6_" + name + "_t";
    }

    String prepareFunction() {
        return "n6_" + name + "_prepare";
    }

    static String field(String name, Object value) {
        return "." + name + " = " + value;
    }

    static String nested(String name, String... fields) {
        return "." + name + " = {" + String.join(", ", fields) + "}";
    }

    /** The field {@code score}, an {@code n6_score_rule_t}. */
    static String rule(ScoreRule rule) {
        return nested(
                "score",
                field("activation", "N6_ACTIVATION_" + rule.activation()),
                field("factor", real(rule.factor())),
                field("threshold", real(rule.threshold())),
                field("strict", rule.strict()));
    }

    /** The field {@code threshold}, an {@code n6_threshold_t}. */
    static String threshold(ScoreRule.StoredThreshold threshold) {
        String code = threshold.code() == Integer.MAX_VALUE ? "INT32_MAX" : Integer.toString(threshold.code());
        return nested("threshold", field("code", code), field("value", real(threshold.value())));
    }

    /** Initialisers of an {@code n6_nms_t}. */
    static List<String> nms(NmsSpec nms) {
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
                field("sigma", real(nms.sigma())),
                field("keep", nms.keep()),
                field("epsilon", real(nms.epsilon())));
    }

    /** A binary32 constant of C that reads back as the same number. */
    static String real(float value) {
        if (Float.isNaN(value)) {
            return "NAN";
        }
        if (Float.isInfinite(value)) {
            return value > 0 ? "INFINITY" : "-INFINITY";
        }
        return value + "f";
    }
}
