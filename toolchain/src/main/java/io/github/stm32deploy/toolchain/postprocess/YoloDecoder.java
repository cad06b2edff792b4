// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Operation by operation as {@code n6_decode_yolo.c}. */
final class YoloDecoder implements FamilyDecoder {
    private final YoloSpec spec;

    YoloDecoder(YoloSpec spec) {
        this.spec = spec;
    }

    @Override
    public void offer(List<OutputTensor> outputs, Candidates candidates) {
        int anchors = spec.anchorsPerCell();
        int firstIndex = 0;
        for (YoloSpec.Level level : spec.levels()) {
            HeadView objectness = new HeadView(level.objectness(), outputs, level.cells(), anchors, 1);
            HeadView classes = spec.scoreForm() == YoloSpec.ScoreForm.OBJECTNESS
                    ? objectness
                    : new HeadView(level.classScores(), outputs, level.cells(), anchors, spec.classes());
            for (int anchor = 0; anchor < anchors; anchor++) {
                int a = anchor;
                int first = firstIndex + anchor;
                objectness.passing(
                        anchor,
                        0,
                        spec.score(),
                        cell -> offerAnchor(
                                level, outputs, objectness, classes, a, cell, first + cell * anchors, candidates));
            }
            firstIndex += level.cells() * anchors;
        }
    }

    private void offerAnchor(
            YoloSpec.Level level,
            List<OutputTensor> outputs,
            HeadView objectness,
            HeadView classes,
            int anchor,
            int cell,
            int index,
            Candidates candidates) {
        float object = probability(objectness.real(anchor, cell, 0));
        if (spec.scoreForm() == YoloSpec.ScoreForm.OBJECTNESS) {
            if (spec.score().passes(object)) {
                candidates.offer(candidate(level, outputs, anchor, cell, object, 0, index));
            }
            return;
        }
        boolean every = spec.scoreForm() == YoloSpec.ScoreForm.EVERY_CLASS;
        int first = every ? 0 : classes.largest(anchor, cell, spec.classes());
        int end = every ? spec.classes() : first + 1;
        for (int label = first; label < end; label++) {
            float classScore = spec.scoreForm() == YoloSpec.ScoreForm.TIMES_SOFTMAX
                    ? softmax(classes, anchor, cell, label)
                    : probability(classes.real(anchor, cell, label));
            float score = object * classScore;
            if (spec.score().passes(score)) {
                int flat = every ? index * spec.classes() + label : index;
                candidates.offer(candidate(level, outputs, anchor, cell, score, label, flat));
            }
        }
    }

    /** NaN stays NaN. */
    private float probability(float x) {
        float p = spec.score().scoreOf(x);
        return p > 1 ? 1 : p;
    }

    private float softmax(HeadView classes, int anchor, int cell, int at) {
        float largest = classes.real(anchor, cell, at);
        float sum = 0;
        for (int i = 0; i < spec.classes(); i++) {
            sum += ScoreRule.exp(classes.real(anchor, cell, i) - largest);
        }
        return 1 / sum;
    }

    private static float twiceSigmoid(float x) {
        return 2 * ScoreRule.sigmoid(x);
    }

    private Candidate candidate(
            YoloSpec.Level level, List<OutputTensor> outputs, int anchor, int cell, float score, int label, int index) {
        HeadView boxes = new HeadView(level.boxes(), outputs, level.cells(), spec.anchorsPerCell(), YoloSpec.BOX);
        float c = cell % level.gridWidth();
        float r = cell / level.gridWidth();
        YoloSpec.Anchor size = level.anchors().isEmpty()
                ? new YoloSpec.Anchor(0, 0)
                : level.anchors().get(anchor);
        float x = boxes.real(anchor, cell, 0);
        float y = boxes.real(anchor, cell, 1);
        float w = boxes.real(anchor, cell, 2);
        float h = boxes.real(anchor, cell, 3);
        float cx;
        float cy;
        float width;
        float height;
        switch (spec.form()) {
            case TWICE_SIGMOID -> {
                float twiceW = twiceSigmoid(w);
                float twiceH = twiceSigmoid(h);
                cx = (twiceSigmoid(x) - 0.5f + c) * level.stepX();
                cy = (twiceSigmoid(y) - 0.5f + r) * level.stepY();
                width = twiceW * twiceW * size.width();
                height = twiceH * twiceH * size.height();
            }
            case SIGMOID_EXP -> {
                cx = (ScoreRule.sigmoid(x) + c) * level.stepX();
                cy = (ScoreRule.sigmoid(y) + r) * level.stepY();
                width = ScoreRule.exp(w) * size.width();
                height = ScoreRule.exp(h) * size.height();
            }
            case LINEAR_EXP -> {
                cx = (x + c) * level.stepX();
                cy = (y + r) * level.stepY();
                width = ScoreRule.exp(w) * level.stepX();
                height = ScoreRule.exp(h) * level.stepY();
            }
            default -> {
                cx = x * level.stepX();
                cy = y * level.stepY();
                width = w * level.stepX();
                height = h * level.stepY();
            }
        }
        float x1 = cx - width * 0.5f;
        float y1 = cy - height * 0.5f;
        float[] landmarks = landmarks(level, outputs, anchor, cell, size);
        return new Candidate(x1, y1, x1 + width, y1 + height, width, height, score, label, index, landmarks);
    }

    private float[] landmarks(
            YoloSpec.Level level, List<OutputTensor> outputs, int anchor, int cell, YoloSpec.Anchor size) {
        float[] landmarks = new float[2 * spec.landmarks()];
        if (landmarks.length == 0) {
            return landmarks;
        }
        HeadView points = new HeadView(level.points(), outputs, level.cells(), spec.anchorsPerCell(), landmarks.length);
        float x = (float) (cell % level.gridWidth()) * level.stepX();
        float y = (float) (cell / level.gridWidth()) * level.stepY();
        boolean decoded = spec.form() == YoloSpec.BoxForm.DECODED;
        for (int j = 0; j < landmarks.length; j += 2) {
            float px = points.real(anchor, cell, j);
            float py = points.real(anchor, cell, j + 1);
            landmarks[j] = decoded ? px * level.stepX() : px * size.width() + x;
            landmarks[j + 1] = decoded ? py * level.stepY() : py * size.height() + y;
        }
        return landmarks;
    }
}
