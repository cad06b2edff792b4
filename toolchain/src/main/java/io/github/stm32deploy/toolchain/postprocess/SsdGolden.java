// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parameters of SSD and its relatives as the golden vectors state them. */
final class SsdGolden {
    private SsdGolden() {}

    static SsdSpec ultraFace(GoldenCase golden) {
        int width = size(golden, "w");
        int height = size(golden, "h");
        boolean decoded = golden.params().path("boxes").asText().startsWith("already decoded");
        int scores = golden.outputIndex("scores");
        int columns = columns(golden, scores);
        NmsSpec nms = GoldenSpecs.nms(golden)
                .withTopK(golden.params().path("candidate_size").asInt(0))
                .withEpsilon(NmsSpec.UNIT_EPSILON * width * height);
        return new SsdSpec(
                "UltraFace",
                width,
                height,
                decoded ? BoxNumbers.unitCorners(width, height) : BoxNumbers.usualDeltas(),
                decoded ? Priors.NONE : PublishedPriors.ultraFace(width, height),
                scores(golden, columns, 0),
                0,
                0,
                List.of(head(golden, "boxes", "scores", Optional.empty())),
                nms,
                GoldenSpecs.capacity(golden));
    }

    static SsdSpec retinaFace(GoldenCase golden) {
        return face(
                golden,
                "RetinaFace",
                PublishedPriors.retinaFace(size(golden, "w"), size(golden, "h")),
                BoxNumbers.usualDeltas(),
                head(golden, "loc", "conf", Optional.of("landms")));
    }

    static SsdSpec faceBoxes(GoldenCase golden) {
        return face(
                golden,
                "FaceBoxes",
                PublishedPriors.faceBoxes(size(golden, "w"), size(golden, "h")),
                BoxNumbers.usualDeltas(),
                head(golden, "loc", "conf", Optional.empty()));
    }

    static SsdSpec dsfd(GoldenCase golden) {
        return face(
                golden,
                "DSFD lightnet",
                PublishedPriors.dsfd(size(golden, "w"), size(golden, "h")),
                DsfdRecognition.BOXES,
                head(golden, "reg", "cls", Optional.empty()));
    }

    private static SsdSpec face(GoldenCase golden, String family, Priors priors, BoxNumbers boxes, SsdSpec.Head head) {
        boolean landmarks = golden.inputs().containsKey("landms");
        return new SsdSpec(
                family,
                size(golden, "w"),
                size(golden, "h"),
                boxes,
                priors,
                scores(golden, 2, 1),
                landmarks ? SsdSpec.MAX_LANDMARKS : 0,
                landmarks ? RetinaFaceRecognition.LANDMARK_FACTOR : 0,
                List.of(head),
                GoldenSpecs.nms(golden),
                GoldenSpecs.capacity(golden));
    }

    static DetectionOutputSpec detectionOutput(GoldenCase golden) {
        return new DetectionOutputSpec(
                size(golden, "w"),
                size(golden, "h"),
                golden.outputIndex("detection_out"),
                GoldenSpecs.rule(golden, ScoreRule.Activation.NONE),
                NmsSpec.none(),
                GoldenSpecs.capacity(golden));
    }

    static SsdSpec ssd(GoldenCase golden) {
        String boxes = golden.inputs().containsKey("boxes") ? "boxes" : "locations";
        float centre = golden.number("center_variance", 0);
        float size = golden.number("size_variance", 0);
        NmsSpec nms = GoldenSpecs.nms(golden)
                .withTopK(golden.params().path("candidate_size").asInt(0));
        // The vectors have boxes from 0 to 1, and so has this decoder.
        return new SsdSpec(
                "SSD",
                1,
                1,
                new BoxNumbers(
                        BoxNumbers.Coding.CENTRE_DELTAS, BoxNumbers.XY, List.of(centre, centre, size, size), false),
                golden.inputs().containsKey("anchors") ? table(golden.inputs().get("anchors")) : mobileNetPriors(),
                scores(
                        golden,
                        golden.params().path("num_classes_with_background").asInt(),
                        0),
                0,
                0,
                List.of(head(golden, boxes, "scores", Optional.empty())),
                nms,
                GoldenSpecs.capacity(golden));
    }

    private static Priors mobileNetPriors() {
        Priors pixels = PublishedPriors.ssdMobileNet300();
        List<Priors.Prior> table = new ArrayList<>();
        for (int i = 0; i < pixels.count(); i++) {
            Priors.Prior p = pixels.at(i);
            table.add(new Priors.Prior(p.x() / 300, p.y() / 300, p.width() / 300, p.height() / 300));
        }
        return Priors.ofTable(table);
    }

    private static Priors table(OutputTensor anchors) {
        List<Priors.Prior> table = new ArrayList<>();
        for (int row = 0; row < anchors.rows(4); row++) {
            int at = 4 * row;
            table.add(new Priors.Prior(
                    anchors.real(at), anchors.real(at + 1), anchors.real(at + 2), anchors.real(at + 3)));
        }
        return Priors.ofTable(table);
    }

    private static ClassScores scores(GoldenCase golden, int columns, int firstClass) {
        boolean softmax = golden.params().path("score_activation").asText().startsWith("softmax");
        return new ClassScores(
                columns,
                Optional.of(0),
                softmax,
                firstClass,
                GoldenSpecs.rule(golden, softmax ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE));
    }

    private static SsdSpec.Head head(GoldenCase golden, String boxes, String scores, Optional<String> landmarks) {
        int box = golden.outputIndex(boxes);
        return new SsdSpec.Head(
                SsdSpec.Layout.ROWS,
                box,
                golden.outputIndex(scores),
                landmarks.map(golden::outputIndex).orElse(0),
                golden.outputs().get(box).rows(4));
    }

    private static int columns(GoldenCase golden, int output) {
        return (int) golden.outputs().get(output).data().shape().size(-1);
    }

    private static int size(GoldenCase golden, String axis) {
        return golden.params().path("input_" + axis).asInt();
    }

    static List<List<Float>> ultraFacePriors(GoldenCase golden) {
        return unit(PublishedPriors.ultraFace(size(golden, "w"), size(golden, "h")), golden);
    }

    static List<List<Float>> retinaFacePriors(GoldenCase golden) {
        return unit(PublishedPriors.retinaFace(size(golden, "w"), size(golden, "h")), golden);
    }

    static List<List<Float>> faceBoxesPriors(GoldenCase golden) {
        return unit(PublishedPriors.faceBoxes(size(golden, "w"), size(golden, "h")), golden);
    }

    /** As corners. */
    static List<List<Float>> dsfdPriors(GoldenCase golden) {
        return unit(PublishedPriors.dsfd(size(golden, "w"), size(golden, "h")), golden).stream()
                .map(p -> List.of(
                        p.get(0) - p.get(2) / 2,
                        p.get(1) - p.get(3) / 2,
                        p.get(0) + p.get(2) / 2,
                        p.get(1) + p.get(3) / 2))
                .toList();
    }

    static List<List<Float>> ssdPriors(GoldenCase golden) {
        List<Priors.Level> levels = new ArrayList<>();
        for (GoldenNode level : golden.params().path("specs (feature_map,step,min,max,aspect_ratios)")) {
            List<Float> ratios = new ArrayList<>();
            level.get(4).forEach(ratio -> ratios.add(ratio.asFloat()));
            levels.add(PublishedPriors.ssdLevel(
                    level.get(0).asInt(),
                    level.get(1).asFloat(),
                    level.get(2).asFloat(),
                    level.get(3).asFloat(),
                    ratios));
        }
        float side = golden.number("image_size", 0);
        return unit(Priors.ofLevels(levels).clipped(side, side), golden);
    }

    /** Divided by the size of the input. */
    private static List<List<Float>> unit(Priors priors, GoldenCase golden) {
        float w = GoldenSpecs.inputSize(golden, "w");
        float h = GoldenSpecs.inputSize(golden, "h");
        List<List<Float>> rows = new ArrayList<>();
        for (int i = 0; i < priors.count(); i++) {
            Priors.Prior prior = priors.at(i);
            rows.add(List.of(prior.x() / w, prior.y() / h, prior.width() / w, prior.height() / h));
        }
        return rows;
    }
}
