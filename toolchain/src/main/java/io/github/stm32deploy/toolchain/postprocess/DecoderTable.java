// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The view of a decoder that {@code decoder.c.vm} and {@code decoder.h.vm} fill: names and numbers are final text.
 *
 * @param header the family's C header
 * @param function the family's decode function
 * @param structure the type of its parameters
 * @param prepareFunction the function that finds the stored thresholds on the target, where the family has some
 * @param fields initialisers of that structure, one line each
 * @param nmsFields initialisers of the suppression
 */
public record DecoderTable(
        String family,
        String header,
        String function,
        String structure,
        String prepareFunction,
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
        return withThresholds(
                spec,
                ScoreCodes.of(spec, outputs).stream()
                        .map(ScoreCodes.Entry::threshold)
                        .toList());
    }

    static DecoderTable withThresholds(DecoderSpec spec, List<ScoreRule.StoredThreshold> thresholds) {
        CParameters parameters = spec.cParameters(thresholds);
        return new DecoderTable(
                spec.family(),
                parameters.header(),
                parameters.function(),
                parameters.structure(),
                parameters.prepareFunction(),
                parameters.fields(),
                CParameters.nms(spec.nms()),
                result(spec),
                spec.landmarkCount(),
                spec.capacity().candidates(),
                spec.capacity().detections());
    }

    private static String result(DecoderSpec spec) {
        if (spec instanceof ClassifierSpec) {
            return "N6_RESULT_CLASSES";
        }
        return spec instanceof PoseSpec ? "N6_RESULT_POSE" : "N6_RESULT_BOXES";
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
}
