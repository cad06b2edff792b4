// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.postprocess.NmsSpec;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a recipe says of overlapping boxes, in {@code iouThreshold}, {@code nms} and {@code suppression} of its decoder. What it
 * does not say is the family's.
 */
final class RecipeSuppression {
    private static final String INCLUSIVE = "pixels counted inclusively";
    private static final String PER_CLASS = "per class";

    private RecipeSuppression() {}

    /**
     * @param decoder of a recipe
     * @param words whether {@code nms} is read: the shipped recipes describe there what their families do
     * @throws IllegalArgumentException where a value has no meaning
     */
    static DecoderSpec applied(DecoderSpec spec, Map<String, Object> decoder, boolean words) {
        NmsSpec nms = spec.nms();
        Map<?, ?> stated = decoder.get("suppression") instanceof Map<?, ?> found ? found : Map.of();
        Object threshold =
                stated.get("iouThreshold") != null ? stated.get("iouThreshold") : decoder.get("iouThreshold");
        if (threshold instanceof Number number) {
            float iou = number.floatValue();
            if (!(iou >= 0 && iou <= 1)) {
                throw new IllegalArgumentException("iouThreshold is 0 to 1, not " + number);
            }
            nms = nms.with(nms.kind(), nms.convention(), iou);
        }
        if (stated.get("perClass") instanceof Boolean apart) {
            nms = nms.withPerClass(apart);
        }
        if (stated.get("maxPerClass") instanceof Number most) {
            nms = nms.withKeep(most.intValue());
        }
        if (words && decoder.get("nms") instanceof String said) {
            nms = worded(nms, said);
        }
        return nms.equals(spec.nms()) ? spec : spec.withNms(nms);
    }

    private static NmsSpec worded(NmsSpec nms, String said) {
        Set<String> parts = new LinkedHashSet<>();
        for (String part : said.toLowerCase(Locale.ROOT).split(",")) {
            parts.add(part.strip());
        }
        NmsSpec changed = nms;
        for (String part : parts) {
            changed = switch (part) {
                case "hard" -> changed.with(NmsSpec.Kind.HARD, changed.convention(), changed.iouThreshold());
                case "weighted" -> changed.with(NmsSpec.Kind.WEIGHTED, changed.convention(), changed.iouThreshold());
                case "none" -> NmsSpec.none();
                case PER_CLASS -> changed.withPerClass(true);
                case INCLUSIVE -> changed.with(changed.kind(), NmsSpec.IouConvention.PLUS_ONE, changed.iouThreshold());
                default ->
                    throw new IllegalArgumentException("nms is hard, weighted or none, with " + PER_CLASS + " or "
                            + INCLUSIVE + " behind a comma, not \"" + said + "\"");
            };
        }
        return changed;
    }
}
