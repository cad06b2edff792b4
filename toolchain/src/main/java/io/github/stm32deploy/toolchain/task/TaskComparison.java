// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.postprocess.Capacity;
import io.github.stm32deploy.toolchain.postprocess.ClassifierSpec;
import io.github.stm32deploy.toolchain.postprocess.Decoder;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.postprocess.Detections;
import io.github.stm32deploy.toolchain.postprocess.OutputTensor;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Two graphs with their decoders, both loaded, asked about the same images one at a time. What kind of answers they give
 * decides which lists grow: boxes, or labels.
 */
public final class TaskComparison implements AutoCloseable {
    /** Share of the score threshold down to which an explanation is sought for a detection that only one graph has. */
    private static final float BELOW = 0.5f;

    private final DecodedGraph.Running reference;
    private final DecodedGraph.Running candidate;
    private final DecoderSpec referenceDecoder;
    private final DecoderSpec candidateDecoder;
    private final List<BoxMatch> boxes = new ArrayList<>();
    private final List<LabelMatch> labels = new ArrayList<>();

    /**
     * @param reference what counts as right
     * @param candidate with a decoder of the same family
     */
    public TaskComparison(GraphExecutorFactory executors, DecodedGraph reference, DecodedGraph candidate) {
        if (!reference.decoder().family().equals(candidate.decoder().family())) {
            throw new IllegalArgumentException(
                    "answers of " + reference.decoder().family() + " and "
                            + candidate.decoder().family() + " are not comparable");
        }
        this.referenceDecoder = ranked(reference.decoder());
        this.candidateDecoder = ranked(candidate.decoder());
        this.reference = reference.open(executors);
        try {
            this.candidate = candidate.open(executors);
        } catch (RuntimeException unopened) {
            this.reference.close();
            throw unopened;
        }
    }

    /** A classifier is asked for as many labels as are compared. */
    private static DecoderSpec ranked(DecoderSpec spec) {
        return spec instanceof ClassifierSpec
                ? spec.withCapacity(new Capacity(LabelMatch.RANKS, LabelMatch.RANKS))
                : spec;
    }

    /** Whether answers are labels of the whole image, not boxes in it. */
    public boolean answersLabels() {
        return referenceDecoder instanceof ClassifierSpec;
    }

    /** Runs both on one image. */
    public void add(String name, BufferedImage image) {
        List<OutputTensor> expected = reference.run(image);
        List<OutputTensor> obtained = candidate.run(image);
        Detections one = Decoder.decode(expected, referenceDecoder);
        Detections other = Decoder.decode(obtained, candidateDecoder);
        if (answersLabels()) {
            labels.add(new LabelMatch(name, labels(one), labels(other)));
            return;
        }
        boxes.add(BoxMatch.of(
                name,
                sight(one, expected, referenceDecoder, image, reference.contract()),
                sight(other, obtained, candidateDecoder, image, candidate.contract()),
                one.truncated() || other.truncated()));
    }

    private static BoxMatch.Sight sight(
            Detections detections,
            List<OutputTensor> values,
            DecoderSpec decoder,
            BufferedImage image,
            InputContract contract) {
        Mapping mapping = Mapping.of(image.getWidth(), image.getHeight(), contract);
        return new BoxMatch.Sight(
                found(detections, mapping),
                found(Decoder.decode(values, below(decoder)), mapping),
                decoder.scoreThreshold());
    }

    private static DecoderSpec below(DecoderSpec spec) {
        return spec.withScoreThreshold(spec.scoreThreshold() * BELOW);
    }

    private static List<Found> found(Detections detections, Mapping mapping) {
        return detections.items().stream()
                .map(detection -> Found.of(detection, mapping))
                .toList();
    }

    private static List<LabelMatch.Label> labels(Detections detections) {
        return detections.items().stream()
                .map(detection -> new LabelMatch.Label(detection.classIndex(), detection.score()))
                .toList();
    }

    /** Of the images so far, in their order; empty for a classifier. */
    public List<BoxMatch> boxes() {
        return List.copyOf(boxes);
    }

    /** Of the images so far, in their order; empty for a detector. */
    public List<LabelMatch> labels() {
        return List.copyOf(labels);
    }

    @Override
    public void close() {
        candidate.close();
        reference.close();
    }
}
