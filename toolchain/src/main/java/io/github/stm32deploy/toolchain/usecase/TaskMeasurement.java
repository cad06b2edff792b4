// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.report.TaskPictures;
import io.github.stm32deploy.toolchain.report.TaskView;
import io.github.stm32deploy.toolchain.task.DecodedGraph;
import io.github.stm32deploy.toolchain.task.TaskComparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs two graphs of one network on images, decodes both, and says how far they find the same. */
final class TaskMeasurement {
    /** Below this an application behaves differently; one missed of ten is often a face at the threshold. */
    private static final double LEAST_RECALL = 0.9;

    /** So many misses or more are chance in one set of four, for a graph with that recall. */
    private static final double CHANCE = 0.25;

    private final Progress progress;

    TaskMeasurement(Progress progress) {
        this.progress = progress;
    }

    /**
     * One of the two.
     *
     * @param title what it is called in a sentence: {@code float}, {@code int8}, a file
     * @param outputs empty where nothing says what they mean
     * @param contract empty where nothing says how an image becomes the input
     */
    record Side(String title, ModelGraph graph, Optional<OutputReading> outputs, Optional<InputContract> contract) {
        /** Empty where it cannot be asked about an image. */
        Optional<DecodedGraph> decoded() {
            return outputs.flatMap(reading -> contract.or(reading::contract)
                    .map(input -> new DecodedGraph(graph, reading.decoder(), input))
                    .filter(DecodedGraph::takesImages));
        }
    }

    /**
     * @param view absent where there is none
     * @param reason why there is none, as the end of a sentence; empty where there is one
     * @param pictures where pictures were wanted
     */
    record Outcome(Optional<TaskView> view, String reason, TaskPictures pictures, List<Diagnosis> diagnoses) {
        static Outcome without(String reason) {
            return new Outcome(Optional.empty(), reason, TaskPictures.NONE, List.of());
        }
    }

    /**
     * @param images empty where the samples are no images
     * @param drawn pictures are wanted
     */
    Outcome compare(Side reference, Side candidate, Optional<TaskImages> images, boolean drawn) {
        if (reference.outputs().isEmpty() || candidate.outputs().isEmpty()) {
            return Outcome.without("no decoder is known for outputs like these (a recipe or --decoder names one)");
        }
        Optional<DecodedGraph> one = reference.decoded();
        Optional<DecodedGraph> other = candidate.decoded();
        if (one.isEmpty() || other.isEmpty()) {
            return Outcome.without("nothing says how an image becomes the input (a recipe does)");
        }
        if (!one.get().decoder().family().equals(other.get().decoder().family())) {
            return Outcome.without("the outputs of one are those of "
                    + one.get().decoder().family() + ", of the other those of "
                    + other.get().decoder().family());
        }
        if (one.get().decoder().view().isPresent()) {
            return Outcome.without("the network sees one face at a time, and nothing says where the faces are");
        }
        if (images.isEmpty()) {
            return Outcome.without("the samples are no images");
        }
        return compare(reference, candidate, one.get(), other.get(), images.get(), drawn);
    }

    private Outcome compare(
            Side reference, Side candidate, DecodedGraph one, DecodedGraph other, TaskImages images, boolean drawn) {
        progress.phase("what both find in " + images.files().size() + " of " + images.available() + " images");
        List<Diagnosis> skipped = new ArrayList<>();
        Map<String, Path> used = new LinkedHashMap<>();
        try (TaskComparison comparison = new TaskComparison(Preparation.EXECUTORS, one, other)) {
            int done = 0;
            for (Path file : images.files()) {
                String name = file.getFileName().toString();
                try {
                    comparison.add(name, ImageFile.read(file));
                    used.put(name, file);
                } catch (DiagnosedException unreadable) {
                    skipped.add(skipped(unreadable.diagnoses().get(0)));
                }
                progress.advance(++done, images.files().size());
            }
            if (used.isEmpty()) {
                return new Outcome(Optional.empty(), "none of the images can be read", TaskPictures.NONE, skipped);
            }
            TaskReport report = new TaskReport(reference, candidate, one.decoder(), images, comparison);
            TaskView view = report.view(skipped.stream().map(Diagnosis::where).toList());
            TaskPictures pictures =
                    drawn ? new TaskDrawing(reference.title(), candidate.title()).draw(view, used) : TaskPictures.NONE;
            List<Diagnosis> findings = new ArrayList<>(skipped);
            lost(reference, candidate, view).ifPresent(findings::add);
            return new Outcome(Optional.of(view), "", pictures, findings);
        }
    }

    /**
     * One miss of nine is no sign of a poor graph, two are: a graph that finds nine of ten misses one of nine in three sets of
     * five, and two in less than one of four (binomial distribution).
     */
    static boolean isBeyondChance(long missed, long detections) {
        double fewer = 0;
        double probability = Math.pow(LEAST_RECALL, detections);
        for (long misses = 0; misses < missed; misses++) {
            fewer += probability;
            probability *= (double) (detections - misses) / (misses + 1) * (1 - LEAST_RECALL) / LEAST_RECALL;
        }
        return missed > 0 && missed > detections * (1 - LEAST_RECALL) && 1 - fewer < CHANCE;
    }

    /** Where the second graph misses more than a few of the detections of the first. */
    private static Optional<Diagnosis> lost(Side reference, Side candidate, TaskView view) {
        if (view.boxes() == null
                || view.boxes().all().recall() == null
                || !isBeyondChance(
                        view.boxes().all().reference() - view.boxes().all().matched(),
                        view.boxes().all().reference())) {
            return Optional.empty();
        }
        TaskView.Agreement all = view.boxes().all();
        List<TaskView.Seen> missed = view.boxes().byImage().stream()
                .flatMap(image -> image.objects().stream())
                .filter(seen -> seen.candidate() == null)
                .toList();
        long weak = missed.stream().filter(seen -> seen.otherScore() != null).count();
        long moved = missed.stream().filter(seen -> seen.otherIou() != null).count();
        return Optional.of(Diagnosis.of(
                        Severity.WRONG,
                        "TASK-DETECTIONS-LOST",
                        Stage.QUANTIZE,
                        candidate.title() + " does not find what " + reference.title() + " finds")
                .where(view.images())
                .observed(String.format(
                        Locale.ROOT,
                        "%d of %d detections missed: %d have a score below %.2f there, %d a box that lies elsewhere, %d"
                                + " nothing",
                        all.reference() - all.matched(),
                        all.reference(),
                        weak,
                        view.boxes().scoreThreshold(),
                        moved,
                        missed.size() - weak - moved))
                .rule(
                        "a pair has an IoU of at least " + view.boxes().iouThreshold()
                                + "; a graph that finds nine tenths of the detections misses so many in less than one of four such sets")
                .effect("the application misses what the first graph finds")
                .fix(
                        weak > missed.size() / 2
                                ? "a lower --score-threshold brings most of them back; --effort 1 and more calibration images"
                                : "--effort 1, more calibration images, or --sensitivity and --exclude (docs/guide/when-int8-is-worse.md)")
                .build());
    }

    private static Diagnosis skipped(Diagnosis cause) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "TASK-IMAGE-SKIPPED",
                        Stage.QUANTIZE,
                        "an image is left out of the comparison of what both graphs find")
                .where(cause.where())
                .observed(cause.happened() + ": " + cause.observed())
                .rule(cause.rule())
                .effect("recall and precision are those of the other images")
                .fix("remove or replace the file")
                .build();
    }
}
