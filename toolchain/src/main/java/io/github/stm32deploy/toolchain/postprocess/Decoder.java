// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/**
 * The reference decoders: what the C on the target has to find, in binary32 and in the same order of operations. Only the
 * exponential differs, by at most one unit in the last place.
 */
public final class Decoder {
    private Decoder() {}

    /**
     * Decodes one frame.
     *
     * @param outputs the network's outputs in the network's order
     * @throws IllegalArgumentException where the outputs do not have the shapes that the spec names
     */
    public static Detections decode(List<OutputTensor> outputs, DecoderSpec spec) {
        Candidates candidates = new Candidates(spec.capacity().candidates());
        spec.decoder().offer(outputs, candidates);
        if (spec instanceof ClassifierSpec) {
            return classes(spec, candidates);
        }
        return new Suppression(spec.nms()).run(candidates, spec.capacity().detections());
    }

    /** The best few were asked for: the others are not missing, so nothing is truncated. */
    private static Detections classes(DecoderSpec spec, Candidates candidates) {
        List<Detection> best = new Suppression(spec.nms())
                .run(candidates, spec.capacity().detections())
                .items();
        int kept = candidates.bestFirst().size();
        return new Detections(best, kept, kept, kept > best.size());
    }
}
