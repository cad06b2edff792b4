// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.image.DetectionDrawing;
import io.github.stm32deploy.toolchain.image.DetectionDrawing.Mark;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.TaskPictures;
import io.github.stm32deploy.toolchain.report.TaskView;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Images with what both graphs find, side by side: the worst agreement first, as many as a page can carry.
 *
 * @param reference title of the first graph
 * @param candidate title of the second
 */
record TaskDrawing(String reference, String candidate) {
    private static final int MOST_PAIRS = 12;

    /** A page that is sent by mail or kept beside a build. */
    private static final int MOST_BYTES = 3 << 19;

    /** Longer side in pixels; two of them lie beside each other on a page. */
    private static final int LONGEST = 560;

    /** Width of a line in pixels that keeps its colour in a JPEG. */
    private static final float LINE = 2.5f;

    /** @param files by name, as the view names them */
    TaskPictures draw(TaskView view, Map<String, Path> files) {
        return view.boxes() != null ? boxes(view.boxes(), files) : labels(view.labels(), files);
    }

    private TaskPictures boxes(TaskView.Boxes boxes, Map<String, Path> files) {
        List<TaskView.ImageBoxes> order = boxes.byImage().stream()
                .sorted(Comparator.comparingInt(TaskDrawing::lone)
                        .reversed()
                        .thenComparingDouble(image -> image.agreement().meanIou() == null
                                ? 1
                                : image.agreement().meanIou()))
                .toList();
        List<TaskPictures.Pair> pairs = new ArrayList<>();
        long bytes = 0;
        for (TaskView.ImageBoxes image : order) {
            if (pairs.size() == MOST_PAIRS) {
                break;
            }
            BufferedImage picture = ImageFile.read(files.get(image.image()));
            BufferedImage small = DetectionDrawing.reduced(picture, LONGEST);
            double factor = (double) small.getWidth() / picture.getWidth();
            byte[] left = ImageFile.jpeg(DetectionDrawing.draw(small, shapes(image, factor, true), LINE));
            byte[] right = ImageFile.jpeg(DetectionDrawing.draw(small, shapes(image, factor, false), LINE));
            if (bytes + left.length + right.length > MOST_BYTES) {
                break;
            }
            bytes += left.length + right.length;
            pairs.add(new TaskPictures.Pair(image.image(), verdict(image), left, right));
        }
        return new TaskPictures(pairs, boxes.byImage().size() - pairs.size());
    }

    private static int lone(TaskView.ImageBoxes image) {
        TaskView.Agreement agreement = image.agreement();
        return agreement.reference() + agreement.candidate() - 2 * agreement.matched();
    }

    private static List<DetectionDrawing.Shape> shapes(TaskView.ImageBoxes image, double factor, boolean first) {
        List<DetectionDrawing.Shape> shapes = new ArrayList<>();
        for (TaskView.Seen seen : image.objects()) {
            Report.Box own = first ? seen.reference() : seen.candidate();
            Report.Box others = first ? seen.candidate() : seen.reference();
            Mark mark = seen.candidate() == null ? Mark.MISSED : seen.reference() == null ? Mark.ADDED : Mark.FOUND;
            if (!first && mark == Mark.FOUND) {
                shapes.add(0, shape(others, factor, Double.NaN, Mark.SHADOW, false));
            }
            double score = own != null ? own.score() : seen.otherScore() == null ? Double.NaN : seen.otherScore();
            shapes.add(shape(own != null ? own : others, factor, score, mark, own == null));
        }
        return shapes;
    }

    private static DetectionDrawing.Shape shape(
            Report.Box box, double factor, double score, Mark mark, boolean dashed) {
        return new DetectionDrawing.Shape(
                new Mapping.Box(box.x() * factor, box.y() * factor, box.width() * factor, box.height() * factor),
                score,
                dashed
                        ? List.of()
                        : box.landmarks().stream()
                                .map(point -> new Mapping.Point(point.get(0) * factor, point.get(1) * factor))
                                .toList(),
                mark,
                dashed);
    }

    private String verdict(TaskView.ImageBoxes image) {
        TaskView.Agreement agreement = image.agreement();
        int missed = agreement.reference() - agreement.matched();
        int added = agreement.candidate() - agreement.matched();
        if (agreement.reference() == 0 && agreement.candidate() == 0) {
            return "nothing found by either";
        }
        List<String> parts = new ArrayList<>();
        parts.add(agreement.matched() + " in common");
        if (missed > 0) {
            parts.add(missed + " only by " + reference);
        }
        if (added > 0) {
            parts.add(added + " only by " + candidate);
        }
        if (agreement.meanIou() != null) {
            parts.add(String.format(Locale.ROOT, "IoU %.3f", agreement.meanIou()));
        }
        if (agreement.landmarkError() != null) {
            parts.add(
                    String.format(Locale.ROOT, "landmarks %.1f %% of the box apart", 100 * agreement.landmarkError()));
        }
        return String.join(", ", parts);
    }

    private TaskPictures labels(TaskView.Labels labels, Map<String, Path> files) {
        List<TaskView.ImageLabels> order = labels.byImage().stream()
                .sorted(Comparator.comparing(TaskView.ImageLabels::sameBest)
                        .thenComparingInt(TaskView.ImageLabels::common))
                .toList();
        List<TaskPictures.Pair> pairs = new ArrayList<>();
        long bytes = 0;
        for (TaskView.ImageLabels image : order) {
            byte[] picture =
                    ImageFile.jpeg(DetectionDrawing.reduced(ImageFile.read(files.get(image.image())), LONGEST));
            if (pairs.size() == MOST_PAIRS || bytes + picture.length > MOST_BYTES) {
                break;
            }
            bytes += picture.length;
            pairs.add(new TaskPictures.Pair(
                    image.image(),
                    (image.sameBest() ? "the same best label" : "another best label") + ": " + reference + " "
                            + best(image.reference()) + ", " + candidate + " " + best(image.candidate()),
                    picture,
                    null));
        }
        return new TaskPictures(pairs, labels.byImage().size() - pairs.size());
    }

    private static String best(List<Report.Label> labels) {
        return String.format(
                Locale.ROOT, "%d (%.3g)", labels.get(0).index(), labels.get(0).score());
    }
}
