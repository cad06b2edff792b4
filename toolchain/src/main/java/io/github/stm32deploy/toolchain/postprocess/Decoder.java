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
        if (spec instanceof BlazeFaceSpec blazeFace) {
            new BlazeFaceDecoder(blazeFace).offer(outputs, candidates);
        } else if (spec instanceof CenterFaceSpec centerFace) {
            new CenterFaceDecoder(centerFace).offer(outputs, candidates);
        } else if (spec instanceof YuNetV1Spec yuNet) {
            new YuNetV1Decoder(yuNet).offer(outputs, candidates);
        } else if (spec instanceof YuNetV2Spec yuNet) {
            new YuNetV2Decoder(yuNet).offer(outputs, candidates);
        } else if (spec instanceof ClassifierSpec classifier) {
            return classes(outputs.get(classifier.output()), classifier, candidates);
        }
        return new Suppression(spec.nms()).run(candidates, spec.capacity().detections());
    }

    /** The best few were asked for: the others are not missing, so nothing is truncated. */
    private static Detections classes(OutputTensor values, ClassifierSpec spec, Candidates candidates) {
        for (int label = 0; label < values.rows(1); label++) {
            candidates.offer(new Candidate(0, 0, 0, 0, 0, 0, values.real(label), label, label, new float[0]));
        }
        List<Detection> best = new Suppression(spec.nms())
                .run(candidates, spec.capacity().detections())
                .items();
        int kept = candidates.bestFirst().size();
        return new Detections(best, kept, kept, kept > best.size());
    }
}
