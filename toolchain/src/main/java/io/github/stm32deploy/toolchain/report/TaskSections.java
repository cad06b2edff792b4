// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.percent;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * What two graphs find in the same images: pictures side by side, and a table.
 *
 * @param first title of the reference
 * @param second title of the graph compared with it
 */
record TaskSections(String first, String second) {

    /** Figures for the head of a page. */
    static List<String[]> tiles(TaskView view) {
        List<String[]> tiles = new ArrayList<>();
        if (view.boxes() != null) {
            TaskView.Agreement all = view.boxes().all();
            if (all.recall() != null) {
                tiles.add(new String[] {percent(all.recall()), "recall: " + all.matched() + " of " + all.reference()});
            }
            if (all.precision() != null) {
                tiles.add(
                        new String[] {percent(all.precision()), "precision: " + all.matched() + " of " + all.candidate()
                        });
            }
            if (all.landmarkError() != null) {
                tiles.add(new String[] {percent(all.landmarkError()), "of the box between landmarks, mean"});
            }
        }
        if (view.labels() != null) {
            tiles.add(new String[] {
                percent((double) view.labels().sameBest() / view.samples()),
                "top 1: " + view.labels().sameBest() + " of " + view.samples()
            });
            if (view.labels().bestInFive() != null) {
                tiles.add(new String[] {
                    percent((double) view.labels().bestInFive() / view.samples()),
                    "top 5: " + view.labels().bestInFive() + " of " + view.samples()
                });
            }
        }
        return tiles;
    }

    /**
     * @param view null where there is none
     * @param reason why there is none, as the end of a sentence; empty where nobody asked
     */
    void append(StringBuilder page, TaskView view, String reason, TaskPictures pictures) {
        if (view == null && reason.isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>What both find</h2>\n");
        if (view == null) {
            page.append("<p>Only tensors are compared: ").append(escape(reason)).append(".</p>\n</section>\n");
            return;
        }
        page.append("<p>").append(escape(Page.sentence(view.answer()))).append("</p>\n<p>");
        page.append(escape(view.samples() + " of " + view.available() + " images of " + view.images()))
                .append(", decoded as ")
                .append(escape(view.decoder()))
                .append(".");
        if (view.calibrated()) {
            page.append(" The ranges were measured on these images: on others int8 may do worse (--test FOLDER).");
        }
        if (!view.skipped().isEmpty()) {
            page.append(" Left out: ")
                    .append(escape(String.join(", ", view.skipped())))
                    .append(".");
        }
        page.append("</p>\n");
        if (view.boxes() != null) {
            legend(page, view.boxes());
        }
        pictures(page, view, pictures);
        if (view.boxes() != null) {
            boxes(page, view.boxes());
        }
        if (view.labels() != null) {
            labels(page, view.labels());
        }
        page.append("</section>\n");
    }

    private void legend(StringBuilder page, TaskView.Boxes boxes) {
        page.append("<p>")
                .append(String.format(
                        Locale.ROOT,
                        "Boxes with a score of at least %.2f; those of both with an IoU of at least %.2f are the same object."
                                + " A dashed box is one that only the other finds; its label is the score that this one gives"
                                + " there, below the threshold, or a dash. Thin and white in the second picture: where the first"
                                + " has box and landmarks.",
                        boxes.scoreThreshold(),
                        boxes.iouThreshold()))
                .append("</p>\n");
        Page.legend(
                page,
                List.of(
                        new String[] {"found", "found by both"},
                        new String[] {"missed", "only by " + first},
                        new String[] {"added", "only by " + second}));
    }

    private void pictures(StringBuilder page, TaskView view, TaskPictures pictures) {
        if (pictures.pairs().isEmpty()) {
            return;
        }
        page.append(view.boxes() != null ? "<div class=\"sides\">\n" : "<div class=\"pictures\">\n");
        for (TaskPictures.Pair pair : pictures.pairs()) {
            if (pair.candidate() == null) {
                picture(page, pair.reference(), pair.image() + ": " + pair.verdict());
                continue;
            }
            page.append("<div class=\"side\"><p><b>")
                    .append(escape(pair.image()))
                    .append("</b> ")
                    .append(escape(pair.verdict()))
                    .append("</p>");
            picture(page, pair.reference(), first);
            picture(page, pair.candidate(), second);
            page.append("</div>\n");
        }
        page.append("</div>\n");
        if (pictures.left() > 0) {
            page.append("<p>")
                    .append(pictures.left())
                    .append(
                            pictures.left() == 1
                                    ? " more image was compared and is"
                                    : " more images were compared and are")
                    .append(" not shown; the worst come first.</p>\n");
        }
    }

    private static void picture(StringBuilder page, byte[] jpeg, String caption) {
        page.append("<figure><img alt=\"")
                .append(escape(caption))
                .append("\" src=\"data:image/jpeg;base64,")
                .append(Base64.getEncoder().encodeToString(jpeg))
                .append("\"><figcaption>")
                .append(escape(caption))
                .append("</figcaption></figure>\n");
    }

    private void boxes(StringBuilder page, TaskView.Boxes boxes) {
        boolean points = boxes.landmarks() > 0;
        List<Page.Column> columns = new ArrayList<>(List.of(
                Page.Column.text("image"),
                Page.Column.number(first),
                Page.Column.number(second),
                Page.Column.number("both"),
                Page.Column.number("recall"),
                Page.Column.number("precision"),
                Page.Column.number("mean IoU"),
                new Page.Column(
                        "score", true, "score of " + second + " less that of " + first + ", mean over the pairs")));
        if (points) {
            columns.add(new Page.Column(
                    "landmarks",
                    true,
                    "mean distance of the landmarks over the square root of the box's area, mean over the pairs"));
        }
        columns.add(Page.Column.text("found by one only"));
        List<List<Page.Cell>> rows = new ArrayList<>();
        for (TaskView.ImageBoxes image : boxes.byImage()) {
            rows.add(row(
                    Page.Cell.text(image.image()),
                    image.agreement(),
                    points,
                    lone(image, boxes.scoreThreshold()) + (image.truncated() ? " (more than the decoder holds)" : "")));
        }
        rows.add(row(new Page.Cell("<b>all</b>", "\uFFFF"), boxes.all(), points, ""));
        Page.table(page, "images", columns, rows);
    }

    private static List<Page.Cell> row(Page.Cell name, TaskView.Agreement agreement, boolean points, String lone) {
        List<Page.Cell> row = new ArrayList<>(List.of(
                name,
                Page.Cell.count((long) agreement.reference()),
                Page.Cell.count((long) agreement.candidate()),
                Page.Cell.count((long) agreement.matched()),
                share(agreement.recall()),
                share(agreement.precision()),
                number(agreement.meanIou(), "%.3f", 0),
                number(agreement.meanScoreDifference(), "%+.3f", 0.0005)));
        if (points) {
            row.add(share(agreement.landmarkError()));
        }
        row.add(Page.Cell.text(lone));
        return row;
    }

    private static Page.Cell share(Double value) {
        return Page.Cell.number(value, value == null ? "" : percent(value));
    }

    /** @param zero what is smaller is written as 0: no {@code -0.000} */
    private static Page.Cell number(Double value, String format, double zero) {
        return Page.Cell.number(
                value, value == null ? "" : String.format(Locale.ROOT, format, Math.abs(value) < zero ? 0.0 : value));
    }

    /** {@code float 0.61: int8 gives 0.47 there, below 0.50}. */
    private String lone(TaskView.ImageBoxes image, double threshold) {
        List<String> parts = new ArrayList<>();
        for (TaskView.Seen seen : image.objects()) {
            if (seen.reference() != null && seen.candidate() != null) {
                continue;
            }
            boolean missed = seen.candidate() == null;
            String finder = missed ? first : second;
            String other = missed ? second : first;
            double score = (missed ? seen.reference() : seen.candidate()).score();
            String why = other + " sees nothing there";
            if (seen.otherIou() != null) {
                why = String.format(
                        Locale.ROOT,
                        "the box of %s overlaps it by %.2f, too little for a pair",
                        other,
                        seen.otherIou());
            } else if (seen.otherScore() != null) {
                why = String.format(
                        Locale.ROOT, "%s gives %.2f there, below %.2f", other, seen.otherScore(), threshold);
            }
            parts.add(String.format(Locale.ROOT, "%s %.2f: %s", finder, score, why));
        }
        return String.join("; ", parts);
    }

    private void labels(StringBuilder page, TaskView.Labels labels) {
        List<List<Page.Cell>> rows = new ArrayList<>();
        for (TaskView.ImageLabels image : labels.byImage()) {
            rows.add(List.of(
                    Page.Cell.text(image.image()),
                    Page.Cell.text(image.sameBest() ? "the same" : "another"),
                    Page.Cell.count((long) image.common()),
                    Page.Cell.text(listed(image.reference())),
                    Page.Cell.text(listed(image.candidate()))));
        }
        Page.table(
                page,
                "images",
                List.of(
                        Page.Column.text("image"),
                        Page.Column.text("best label"),
                        new Page.Column("common of five", true, "labels among the best five of both"),
                        Page.Column.text(first),
                        Page.Column.text(second)),
                rows);
    }

    private static String listed(List<Report.Label> labels) {
        return String.join(
                ", ",
                labels.stream()
                        .map(label -> String.format(Locale.ROOT, "%d (%.3g)", label.index(), label.score()))
                        .toList());
    }
}
