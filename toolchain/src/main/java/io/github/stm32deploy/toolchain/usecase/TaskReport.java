// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.TaskView;
import io.github.stm32deploy.toolchain.task.BoxAgreement;
import io.github.stm32deploy.toolchain.task.BoxMatch;
import io.github.stm32deploy.toolchain.task.Found;
import io.github.stm32deploy.toolchain.task.LabelMatch;
import io.github.stm32deploy.toolchain.task.TaskComparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What two graphs find in the same images as report, with its answer in a sentence. */
record TaskReport(
        TaskMeasurement.Side reference,
        TaskMeasurement.Side candidate,
        DecoderSpec decoder,
        TaskImages images,
        TaskComparison comparison) {

    TaskView view(List<String> skipped) {
        boolean labels = comparison.answersLabels();
        return new TaskView(
                decoder.family(),
                reference.outputs().map(OutputReading::evidence).orElse(""),
                labels ? answer(comparison.labels()) : answer(BoxAgreement.over(comparison.boxes())),
                images.named(),
                images.calibrated(),
                labels ? comparison.labels().size() : comparison.boxes().size(),
                images.available(),
                skipped,
                labels ? null : boxes(),
                labels ? labels() : null);
    }

    private TaskView.Boxes boxes() {
        return new TaskView.Boxes(
                decoder.scoreThreshold(),
                BoxMatch.LEAST_IOU,
                decoder.landmarkCount(),
                agreement(BoxAgreement.over(comparison.boxes())),
                comparison.boxes().stream().map(TaskReport::image).toList());
    }

    private static TaskView.ImageBoxes image(BoxMatch match) {
        List<TaskView.Seen> objects = new ArrayList<>();
        match.pairs()
                .forEach(pair -> objects.add(new TaskView.Seen(
                        box(pair.reference()),
                        box(pair.candidate()),
                        pair.iou(),
                        Double.isNaN(pair.landmarkError()) ? null : pair.landmarkError(),
                        null,
                        null)));
        match.missed()
                .forEach(lone -> objects.add(new TaskView.Seen(
                        box(lone.found()), null, null, null, number(lone.otherIou()), number(lone.otherScore()))));
        match.added()
                .forEach(lone -> objects.add(new TaskView.Seen(
                        null, box(lone.found()), null, null, number(lone.otherIou()), number(lone.otherScore()))));
        return new TaskView.ImageBoxes(
                match.image(), agreement(BoxAgreement.over(List.of(match))), match.truncated(), objects);
    }

    private static Report.Box box(Found found) {
        return new Report.Box(
                found.box().x(),
                found.box().y(),
                found.box().width(),
                found.box().height(),
                found.score(),
                found.landmarks().stream()
                        .map(point -> List.of(point.x(), point.y()))
                        .toList());
    }

    private static TaskView.Agreement agreement(BoxAgreement agreement) {
        return new TaskView.Agreement(
                agreement.references(),
                agreement.candidates(),
                agreement.matched(),
                number(agreement.recall()),
                number(agreement.precision()),
                number(agreement.meanIou()),
                number(agreement.meanScoreDifference()),
                number(agreement.landmarkError()),
                number(agreement.largestLandmarkError()));
    }

    private TaskView.Labels labels() {
        List<LabelMatch> all = comparison.labels();
        return new TaskView.Labels(
                (int) all.stream().filter(LabelMatch::sameBest).count(),
                manyLabels()
                        ? (int) all.stream()
                                .filter(LabelMatch::bestAmongCandidates)
                                .count()
                        : null,
                all.stream()
                        .map(match -> new TaskView.ImageLabels(
                                match.image(),
                                match.sameBest(),
                                match.common(),
                                labels(match.reference()),
                                labels(match.candidate())))
                        .toList());
    }

    private static List<Report.Label> labels(List<LabelMatch.Label> labels) {
        return labels.stream()
                .map(label -> new Report.Label(label.index(), label.score()))
                .toList();
    }

    private static Double number(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private String answer(BoxAgreement all) {
        String where = imageCount();
        if (all.references() == 0 && all.candidates() == 0) {
            return "neither finds anything in " + where;
        }
        if (all.references() == 0) {
            return reference.title() + " finds nothing in " + where + ", " + candidate.title() + " finds "
                    + all.candidates();
        }
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "in %s %s finds %d of %d detections of %s (recall %s)",
                where,
                candidate.title(),
                all.matched(),
                all.references(),
                reference.title(),
                percent(all.recall().getAsDouble())));
        int added = all.candidates() - all.matched();
        if (all.precision().isPresent()) {
            text.append(String.format(
                    Locale.ROOT,
                    " and %s more (precision %s)",
                    added == 0 ? "none" : Integer.toString(added),
                    percent(all.precision().getAsDouble())));
        }
        all.meanIou().ifPresent(iou -> text.append(String.format(Locale.ROOT, "; mean IoU %.3f", iou)));
        all.meanScoreDifference()
                .ifPresent(score -> text.append(String.format(Locale.ROOT, ", score %+.3f", rounded(score))));
        all.landmarkError()
                .ifPresent(error ->
                        text.append(String.format(Locale.ROOT, ", landmarks %.2f %% of the box apart", 100 * error)));
        return text.toString();
    }

    private String answer(List<LabelMatch> all) {
        long same = all.stream().filter(LabelMatch::sameBest).count();
        String text = String.format(
                Locale.ROOT,
                "in %s %s has the best label of %s as its own best in %d (top 1: %s)",
                imageCount(),
                candidate.title(),
                reference.title(),
                same,
                percent((double) same / all.size()));
        if (!manyLabels()) {
            return text;
        }
        long among = all.stream().filter(LabelMatch::bestAmongCandidates).count();
        return text
                + String.format(
                        Locale.ROOT,
                        ", among its best five in %d (top 5: %s)",
                        among,
                        percent((double) among / all.size()));
    }

    /** Among five of five labels everything is. */
    private boolean manyLabels() {
        return reference.graph().outputs().stream()
                .anyMatch(output -> output.type().shape().elements() > LabelMatch.RANKS);
    }

    private String imageCount() {
        int count = comparison.answersLabels()
                ? comparison.labels().size()
                : comparison.boxes().size();
        String kind = images.calibrated() ? "calibration image" : "image";
        return count + " " + kind + (count == 1 ? "" : "s");
    }

    /** No {@code -0.000}. */
    private static double rounded(double value) {
        return Math.abs(value) < 0.0005 ? 0 : value;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }
}
