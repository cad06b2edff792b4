// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static io.github.stm32deploy.toolchain.postprocess.GoldenFunctions.flat;
import static io.github.stm32deploy.toolchain.postprocess.GoldenFunctions.only;
import static io.github.stm32deploy.toolchain.postprocess.PointFunctions.numbers;
import static io.github.stm32deploy.toolchain.postprocess.PointFunctions.reals;

import io.github.stm32deploy.toolchain.landmark.FaceCrop;
import io.github.stm32deploy.toolchain.landmark.FrameMapping;
import io.github.stm32deploy.toolchain.postprocess.PointFunctions.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;

/** Golden vectors of mapping, crops and landmarks. */
final class GoldenLandmarks {
    private static final String MEDIAPIPE = "mediapipe_keep_aspect";
    private static final String LETTERBOXED = "letterboxed";

    /** Columns of the vector of crops. */
    private static final Map<String, FaceCrop.Rule> CROPS = Map.of(
            "yakhyo_expand_0p2", FaceCrop.Rule.FIFTH_CROSSED,
            "lightweight_square_x1p5_xywh", FaceCrop.Rule.SQUARE_1_5,
            "sixdrepnet_0p2", FaceCrop.Rule.FIFTH_CROSSED,
            "hopenet_dlib", FaceCrop.Rule.HOPENET,
            "whenet_dmhead_pinto", FaceCrop.Rule.WHENET,
            "fsanet_keras_0p6_incl", FaceCrop.Rule.FSANET);

    private static final float SCALE_SQUARE_1_2 = 1.2f;
    private static final float EXTEND_PEPPA = 0.2f;

    private GoldenLandmarks() {}

    static List<Call> calls(GoldenCase golden) {
        return switch (golden.kind()) {
            case "map" -> List.of(map(golden));
            case "roi" -> regions(golden);
            case "crop" -> crops(golden);
            case "landmarks" ->
                List.of(
                        Call.of("mesh", region(golden), golden.outputs().get(0)),
                        Call.of("presence", numbers(flat(golden.params().path("presence_logits")))));
            case "landmarks_refine" -> List.of(refine(golden));
            case "landmarks_crop" -> landmarkCrops(golden);
            case "iris" -> List.of(iris(golden, "left", false), iris(golden, "right", true));
            case "blendshapes_input" ->
                List.of(Call.of(
                        "gather",
                        numbers(param(golden, "image_w"), param(golden, "image_h")),
                        golden.outputs().get(0),
                        numbers(flat(golden.params().path("subset")))));
            case "pipnet" -> pipNet(golden);
            default -> heatmaps(golden);
        };
    }

    static void compare(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        List<Float> first = answers.get(0);
        GoldenNode expected = golden.expected();
        switch (golden.kind()) {
            case "map" -> compareMap(golden, first, to);
            case "roi" -> compareRegions(golden, answers, to);
            case "crop" -> compareCrops(golden, answers, to);
            case "landmarks" -> compareMesh(golden, answers, to);
            case "landmarks_refine" -> to.numbers("refined", first, expected.path("refined_normalized_in_roi"));
            case "landmarks_crop" -> compareLandmarkCrops(golden, answers, to);
            case "iris" -> {
                for (int eye = 0; eye < 2; eye++) {
                    GoldenNode want = expected.path(eye == 0 ? "left" : "right");
                    List<Float> got = answers.get(eye);
                    int contour = 5 + flat(want.path("eye_contour_image_normalized")).length;
                    to.numbers("region", got.subList(0, 5), want.path("roi_cx_cy_w_h_rot"));
                    to.numbers("contour", got.subList(5, contour), want.path("eye_contour_image_normalized"));
                    to.numbers("iris", got.subList(contour, got.size()), want.path("iris_image_normalized"));
                }
            }
            case "blendshapes_input" -> to.numbers("input", first, expected.path("tensor_1x146x2"));
            case "pipnet" -> comparePipNet(golden, answers, to);
            default -> compareHeatmaps(golden, answers, to);
        }
    }

    private static float param(GoldenCase golden, String name) {
        only(golden.params().has(name), "no parameter " + name);
        return golden.params().path(name).asFloat();
    }

    private static Call map(GoldenCase golden) {
        String mode = golden.params().path("mode").asText();
        float[] sizes = {
            param(golden, "image_w"), param(golden, "image_h"), param(golden, "input_w"), param(golden, "input_h")
        };
        OutputTensor points = golden.outputs().get(0);
        if (mode.equals(MEDIAPIPE)) {
            return Call.of("region-project", region(golden), points);
        }
        FrameMapping.Fit fit = switch (mode) {
            case "stretch" -> FrameMapping.Fit.STRETCH;
            case "letterbox_center" -> FrameMapping.Fit.LETTERBOX_CENTRE;
            case "letterbox_topleft" -> FrameMapping.Fit.LETTERBOX_TOP_LEFT;
            case "center_crop" -> FrameMapping.Fit.CENTRE_CROP;
            default -> throw new IllegalArgumentException("mode " + mode);
        };
        return Call.of("map", numbers(fit.ordinal(), sizes[0], sizes[1], sizes[2], sizes[3]), points);
    }

    private static void compareMap(GoldenCase golden, List<Float> got, GoldenComparison to) {
        GoldenNode expected = golden.expected();
        if (golden.params().path("mode").asText().equals(MEDIAPIPE)) {
            to.numbers("padding", got.subList(0, 4), expected.path("padding_l_t_r_b"));
            int[] places = {0, 1, 3, 4, 5, 7};
            for (int i = 0; i < places.length; i++) {
                to.number(
                        "matrix " + places[i],
                        got.get(4 + i),
                        expected.path("matrix_row_major_4x4").get(places[i]),
                        "abs");
            }
            to.number("z scale", got.get(10), expected.path("z_scale"), "abs");
            to.numbers("points", got.subList(11, got.size()), expected.path("normalized_image_points"));
            return;
        }
        float[] there = flat(expected.path("image_to_input"));
        float[] back = flat(expected.path("input_to_image"));
        to.require(got.size() == there.length + back.length, got.size() + " numbers");
        for (int i = 0; i < there.length; i++) {
            to.number("image to input " + i, got.get(4 * (i / 2) + i % 2), there[i]);
            to.number("input to image " + i, got.get(4 * (i / 2) + i % 2 + 2), back[i]);
        }
    }

    /** image size, input size, region: parameters of functions that project. */
    private static OutputTensor region(GoldenCase golden) {
        float[] region = flat(golden.params().path("roi_cx_cy_w_h_rot"));
        return numbers(
                param(golden, "image_w"),
                param(golden, "image_h"),
                param(golden, "input_w"),
                param(golden, "input_h"),
                region[0],
                region[1],
                region[2],
                region[3],
                region[4]);
    }

    private static List<Call> regions(GoldenCase golden) {
        GoldenNode params = golden.params();
        float scale = param(golden, "scale");
        float square = params.path("square_long").asBoolean(false) ? 1 : 0;
        if (!params.has("cases")) {
            // The vectors hold what upstream gives, whose edges start from the smallest positive number.
            return List.of(Call.of(
                    "region-of-points",
                    numbers(
                            param(golden, "image_w"),
                            param(golden, "image_h"),
                            scale,
                            square,
                            param(golden, "rotation_start_keypoint"),
                            param(golden, "rotation_end_keypoint"),
                            1),
                    golden.outputs().get(0)));
        }
        only(params.path("target_angle_deg").asInt() == 0, "a target angle other than 0");
        List<Call> calls = new ArrayList<>();
        for (GoldenNode one : params.path("cases")) {
            float[] box = flat(one.path("box_xmin_ymin_w_h_normalized"));
            GoldenNode points = one.path("keypoints_normalized");
            float[] a = flat(points.get((int) param(golden, "rotation_start_keypoint")));
            float[] b = flat(points.get((int) param(golden, "rotation_end_keypoint")));
            float width = one.path("image_w").asFloat();
            float height = one.path("image_h").asFloat();
            calls.add(Call.of(
                    "region-of-box",
                    numbers(width, height, scale, square, box[0], box[1], box[2], box[3], a[0], a[1], b[0], b[1])));
        }
        return calls;
    }

    private static void compareRegions(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        GoldenNode rois = golden.expected().path("rois");
        to.require(rois.size() == answers.size(), answers.size() + " regions, expected " + rois.size());
        boolean ofPoints = golden.expected().has("box_xmin_ymin_w_h");
        if (ofPoints) {
            to.numbers("box", answers.get(0).subList(0, 4), golden.expected().path("box_xmin_ymin_w_h"));
        }
        String[] names = {"cx", "cy", "w", "h"};
        for (int i = 0; i < Math.min(rois.size(), answers.size()); i++) {
            List<Float> got =
                    answers.get(i).subList(ofPoints ? 4 : 0, answers.get(i).size());
            for (int k = 0; k < names.length; k++) {
                to.number(
                        "region " + i + " " + names[k], got.get(k), rois.get(i).path(names[k]), "abs");
            }
            to.angle("region " + i + " rotation", got.get(4), rois.get(i).path("rotation_rad"), 2 * Math.PI);
        }
    }

    private static Call crop(FaceCrop.Rule rule, GoldenCase golden, boolean clip, float[] box, float[] points) {
        return Call.of(
                "crop",
                numbers(
                        rule.ordinal(),
                        param(golden, "image_w"),
                        param(golden, "image_h"),
                        clip ? 1 : 0,
                        box[0],
                        box[1],
                        box[2],
                        box[3],
                        golden.number("min_face", 0)),
                numbers(points));
    }

    private static List<Call> crops(GoldenCase golden) {
        List<Call> calls = new ArrayList<>();
        for (GoldenNode row : golden.expected().path("rows")) {
            for (Entry<String, FaceCrop.Rule> column : columns(row)) {
                calls.add(crop(column.getValue(), golden, false, flat(row.path("box")), new float[0]));
            }
        }
        return calls;
    }

    private static List<Entry<String, FaceCrop.Rule>> columns(GoldenNode row) {
        return CROPS.entrySet().stream()
                .filter(column -> row.has(column.getKey()))
                .sorted(Entry.comparingByKey())
                .toList();
    }

    private static void compareCrops(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        int next = 0;
        int index = 0;
        for (GoldenNode row : golden.expected().path("rows")) {
            to.require(
                    columns(row).size() == row.size() - 1,
                    "row " + index + " has a crop that the library does not have");
            for (Entry<String, FaceCrop.Rule> column : columns(row)) {
                List<Float> edges = new ArrayList<>(answers.get(next++).subList(1, 5));
                if (column.getKey().endsWith("_xywh")) {
                    edges.set(2, edges.get(2) - edges.get(0));
                    edges.set(3, edges.get(3) - edges.get(1));
                }
                to.numbers("row " + index + " " + column.getKey(), edges, row.path(column.getKey()));
            }
            index++;
        }
    }

    private static void compareMesh(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        String[] names = {"normalized_in_roi", "image_normalized_rect", "image_normalized_matrix"};
        List<Float> got = answers.get(0);
        for (int kind = 0; kind < names.length; kind++) {
            float[] want = flat(golden.expected().path(names[kind]));
            to.require(want.length <= got.size() / 3, names[kind] + " has " + want.length + " numbers");
            for (int i = 0; i < Math.min(want.length, got.size() / 3); i++) {
                to.number(names[kind] + " " + i, got.get(9 * (i / 3) + 3 * kind + i % 3), want[i]);
            }
        }
        GoldenNode scores = golden.expected().path("presence_scores");
        for (int i = 0; i < scores.size(); i++) {
            to.number("presence " + i, answers.get(1).get(2 * i), scores.get(i), "abs");
            boolean present = answers.get(1).get(2 * i + 1) > 0;
            boolean wanted = golden.expected().path("present").get(i).asBoolean(false);
            to.require(present == wanted, "face " + i + " is " + (present ? "present" : "absent"));
        }
    }

    private static Call refine(GoldenCase golden) {
        GoldenNode maps = golden.params().path("maps");
        GoldenNode contours = golden.params().path("iris_z_average_over");
        List<OutputTensor> tensors = new ArrayList<>();
        tensors.add(numbers(param(golden, "input_w"), param(golden, "input_h")));
        tensors.addAll(golden.outputs().subList(0, 6));
        for (String list : List.of("lips", "left_eye", "right_eye")) {
            tensors.add(numbers(flat(maps.path(list))));
        }
        tensors.add(numbers(flat(contours.path("left"))));
        tensors.add(numbers(flat(contours.path("right"))));
        return new Call("mesh-refine", tensors);
    }

    private static Call iris(GoldenCase golden, String eye, boolean mirrored) {
        boolean mirror = mirrored && golden.params().path("flip_right_eye").asBoolean(true);
        return Call.of(
                "iris",
                numbers(
                        param(golden, "image_w"),
                        param(golden, "image_h"),
                        param(golden, "input_w"),
                        param(golden, "input_h"),
                        param(golden, "roi_scale"),
                        golden.params().path("square_long").asBoolean(true) ? 1 : 0,
                        mirror ? 1 : 0),
                numbers(flat(golden.params().path("boundary_points_normalized").path(eye))),
                golden.outputs().get(golden.outputIndex(eye + "_eye_contour")),
                golden.outputs().get(golden.outputIndex(eye + "_iris")));
    }

    private static List<Call> landmarkCrops(GoldenCase golden) {
        List<Call> calls = new ArrayList<>();
        GoldenNode faces = golden.params().path("faces_x1_y1_x2_y2");
        for (int face = 0; face < faces.size(); face++) {
            calls.add(landmarkCrop(golden, flat(faces.get(face)), points(golden, face, faces.size())));
        }
        return calls;
    }

    /** The points of one face: a tensor of its own, or its part of the only tensor. */
    private static float[] points(GoldenCase golden, int face, int faces) {
        int own = golden.find("landmarks_" + face);
        if (own >= 0) {
            return reals(golden.outputs().get(own));
        }
        float[] all = reals(golden.outputs().get(golden.outputIndex("landmarks")));
        int each = all.length / faces;
        float[] points = new float[each];
        System.arraycopy(all, each * face, points, 0, each);
        return points;
    }

    private static Call landmarkCrop(GoldenCase golden, float[] box, float[] points) {
        GoldenNode params = golden.params();
        if (params.path("crop").asText().contains(LETTERBOXED)) {
            return Call.of(
                    "crop-letterboxed",
                    numbers(param(golden, "input"), box[0], box[1], box[2], box[3]),
                    numbers(points));
        }
        if (params.path("landmark_range").asText().equals("[-1,1]")) {
            for (int i = 0; i < points.length; i++) {
                points[i] = (points[i] + 1) * 0.5f;
            }
            return crop(FaceCrop.Rule.INTEGER_HALVES, golden, false, box, points);
        }
        if (params.has("extend")) {
            only(params.path("extend").asFloat() == EXTEND_PEPPA, "extend " + params.path("extend"));
            return crop(FaceCrop.Rule.PEPPA, golden, false, box, points);
        }
        only(
                param(golden, "scale") == SCALE_SQUARE_1_2
                        && params.path("square").asText().equals("min(w,h)"),
                "crop " + params);
        // Upstream's re-projection from the clipped square, which the vectors hold.
        return crop(FaceCrop.Rule.SQUARE_1_2, golden, true, box, points);
    }

    private static void compareLandmarkCrops(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        GoldenNode faces = golden.expected().path("faces");
        for (int face = 0; face < faces.size(); face++) {
            GoldenNode want = faces.get(face);
            List<Float> got = answers.get(face);
            String name = String.format(Locale.ROOT, "face %d ", face);
            if (want.has("pad_left_top")) {
                to.numbers(name + "padding", got.subList(0, 2), want.path("pad_left_top"));
                to.numbers(name + "ratio", got.subList(2, 4), want.path("ratio_w_h"));
                to.numbers(name + "landmarks", got.subList(4, got.size()), want.path("landmarks_px"));
                continue;
            }
            boolean skipped = got.get(0) == 0;
            to.require(skipped == want.path("skipped").asBoolean(false), name + (skipped ? "is skipped" : "is taken"));
            List<Float> edges = got.subList(1, 5);
            if (want.has("crop_l_t_r_b")) {
                to.numbers(name + "crop", edges, want.path("crop_l_t_r_b"));
            }
            if (want.has("crop_l_t_w_h")) {
                List<Float> sizes =
                        List.of(edges.get(0), edges.get(1), edges.get(2) - edges.get(0), edges.get(3) - edges.get(1));
                to.numbers(name + "crop", sizes, want.path("crop_l_t_w_h"));
            }
            if (want.has("landmarks_px")) {
                to.numbers(name + "landmarks", got.subList(5, got.size()), want.path("landmarks_px"));
            }
        }
    }

    private static List<Call> pipNet(GoldenCase golden) {
        PointMaps.Neighbours neighbours = PointMaps.Neighbours.of(
                flat(golden.params().path("meanface_xy")), (int) param(golden, "num_neighbours"));
        List<OutputTensor> tensors = new ArrayList<>();
        tensors.add(numbers(neighbours.neighbours(), neighbours.maxLength()));
        tensors.add(numbers(neighbours.landmark()));
        tensors.add(numbers(neighbours.slots()));
        for (String name : List.of("cls", "x", "y", "nb_x", "nb_y")) {
            tensors.add(golden.outputs().get(golden.outputIndex(name)));
        }
        float[] face = flat(golden.params().path("face_x_y_w_h"));
        float[] box = {face[0], face[1], face[0] + face[2], face[1] + face[3]};
        float[] merged = flat(golden.expected().path("merged_normalized"));
        return List.of(new Call("pipnet", tensors), crop(FaceCrop.Rule.PIPNET, golden, false, box, merged));
    }

    private static void comparePipNet(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        GoldenNode expected = golden.expected();
        int points = (int) param(golden, "num_landmarks");
        List<Float> got = answers.get(0);
        to.numbers("own", got.subList(0, 2 * points), expected.path("own_normalized"));
        to.numbers("merged", got.subList(2 * points, 4 * points), expected.path("merged_normalized"));
        to.numbers("largest class value", got.subList(4 * points, 5 * points), expected.path("max_cls"));
        List<Float> crop = answers.get(1).subList(1, 5);
        List<Float> inclusive = List.of(
                crop.get(0),
                crop.get(1),
                crop.get(2) - 1,
                crop.get(3) - 1,
                crop.get(2) - crop.get(0),
                crop.get(3) - crop.get(1));
        to.numbers("crop", inclusive, expected.path("crop_xmin_ymin_xmax_ymax_w_h"));
        to.numbers("landmarks", answers.get(1).subList(5, answers.get(1).size()), expected.path("landmarks_px"));
    }

    private static List<Call> heatmaps(GoldenCase golden) {
        List<Call> calls = new ArrayList<>();
        calls.add(Call.of("heatmaps", golden.outputs().get(0)));
        if (golden.expected().has("image_xy_float")) {
            GoldenNode size = golden.params().path("heatmap");
            float[] points = flat(golden.expected().path("heatmap_xy"));
            for (int i = 0; i < points.length; i++) {
                points[i] /= size.get(1 - i % 2).asFloat();
            }
            float[] box = flat(golden.params().path("box_x1_y1_x2_y2"));
            calls.add(Call.of(
                    "crop",
                    numbers(FaceCrop.Rule.FAN.ordinal(), 1, 1, 0, box[0], box[1], box[2], box[3], 0),
                    numbers(points)));
        }
        return calls;
    }

    private static void compareHeatmaps(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        float[] points = flat(golden.expected().path("heatmap_xy"));
        GoldenNode scores = golden.expected().path("scores");
        List<Float> got = answers.get(0);
        to.require(got.size() == points.length + scores.size(), got.size() / 3 + " points, expected " + scores.size());
        for (int i = 0; i < Math.min(scores.size(), got.size() / 3); i++) {
            to.number("point " + i + " x", got.get(3 * i), points[2 * i]);
            to.number("point " + i + " y", got.get(3 * i + 1), points[2 * i + 1]);
            to.number("point " + i + " score", got.get(3 * i + 2), scores.get(i), "score_abs");
        }
        if (answers.size() > 1) {
            List<Float> image = answers.get(1).subList(5, answers.get(1).size());
            to.numbers("image point", image, golden.expected().path("image_xy_float"));
        }
    }
}
