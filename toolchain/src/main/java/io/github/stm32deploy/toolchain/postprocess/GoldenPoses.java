// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static io.github.stm32deploy.toolchain.postprocess.GoldenFunctions.flat;
import static io.github.stm32deploy.toolchain.postprocess.GoldenFunctions.only;
import static io.github.stm32deploy.toolchain.postprocess.PointFunctions.numbers;
import static io.github.stm32deploy.toolchain.postprocess.PointFunctions.reals;

import io.github.stm32deploy.toolchain.landmark.HeadPose;
import io.github.stm32deploy.toolchain.postprocess.PointFunctions.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Golden vectors of head pose. */
final class GoldenPoses {
    private static final List<String> ANGLES = List.of("yaw", "pitch", "roll");
    private static final int ROTATION = 9;
    private static final double CIRCLE = 360;
    private static final float LOCKED = 89.9f;

    private GoldenPoses() {}

    static List<Call> calls(GoldenCase golden) {
        return switch (golden.kind()) {
            case "pose_bins" -> bins(golden);
            case "pose_direct" -> direct(golden);
            case "pose_6d" -> List.of(Call.of("rotation-6d", golden.outputs().get(0)));
            case "pose_matrix" -> List.of(Call.of("rotation", golden.outputs().get(0)));
            case "pose_ssr" -> List.of(new Call("stages", golden.outputs()));
            case "pose_fusion" -> List.of(gate(golden));
            case "pose_3dmm" -> List.of(Call.of("camera", golden.outputs().get(0)));
            case "pose_input" -> List.of(Call.of("pose-input", golden.outputs().get(0)));
            default -> pnp(golden);
        };
    }

    static void compare(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        List<Float> first = answers.get(0);
        GoldenNode expected = golden.expected();
        switch (golden.kind()) {
            case "pose_bins" -> {
                for (int angle = 0; angle < ANGLES.size(); angle++) {
                    for (int row = 0; row < expected.path("angles_deg").size(); row++) {
                        compareAngle(
                                golden,
                                row,
                                ANGLES.get(angle),
                                answers.get(angle).get(row),
                                to);
                    }
                }
            }
            case "pose_direct" -> compareDirect(golden, answers, to);
            case "pose_6d" -> {
                GoldenNode rotations = expected.path("rotation_row_major");
                for (int row = 0; row < rotations.size(); row++) {
                    List<Float> got = first.subList(13 * row, 13 * row + 13);
                    to.numbers("rotation " + row, got.subList(0, ROTATION), rotations.get(row));
                    comparePose(golden, row, got.subList(10, 13), to);
                }
                boolean degenerate = golden.id().endsWith("degenerate");
                for (int row = 0; degenerate && row < rotations.size(); row++) {
                    to.require(first.get(13 * row + ROTATION) == 0, "row " + row + " is said to be valid");
                }
            }
            case "pose_matrix" -> {
                for (int row = 0; row < first.size() / 3; row++) {
                    comparePose(golden, row, first.subList(3 * row, 3 * row + 3), to);
                }
            }
            case "pose_ssr" -> to.numbers("angle", first, expected.path("angles"));
            case "pose_fusion" -> compareGates(golden, first, to);
            case "pose_3dmm" -> {
                for (int row = 0; row < first.size() / 13; row++) {
                    List<Float> got = first.subList(13 * row, 13 * row + 13);
                    comparePose(golden, row, got.subList(0, 3), to);
                    to.numbers(
                            "rotation " + row,
                            got.subList(3, 12),
                            expected.path("rotation_row_major").get(row));
                    to.number(
                            "scale " + row, got.get(12), expected.path("scale").get(row), "abs");
                }
            }
            case "pose_input" -> to.numbers("input", first, expected.path("normalized"));
            default -> comparePnp(golden, answers, to);
        }
    }

    private static void compareAngle(GoldenCase golden, int row, String angle, float got, GoldenComparison to) {
        GoldenNode want = golden.expected().path("angles_deg").get(row);
        to.require(want.has(angle), "row " + row + " has no " + angle);
        to.angle(String.format(Locale.ROOT, "row %d %s", row, angle), got, want.path(angle), CIRCLE);
    }

    /** Where the yaw is +-90, pitch and roll are free: there the rotation is compared. */
    private static void comparePose(GoldenCase golden, int row, List<Float> got, GoldenComparison to) {
        boolean locked = golden.expected().has("rotation_row_major")
                && Math.abs(golden.expected()
                                .path("angles_deg")
                                .get(row)
                                .path("yaw")
                                .asFloat())
                        > LOCKED;
        for (int angle = 0; angle < (locked ? 1 : ANGLES.size()); angle++) {
            compareAngle(golden, row, ANGLES.get(angle), got.get(angle), to);
        }
    }

    private static List<Call> bins(GoldenCase golden) {
        GoldenNode params = golden.params();
        List<Call> calls = new ArrayList<>();
        for (String angle : ANGLES) {
            OutputTensor logits = golden.outputs().get(golden.outputIndex(angle));
            float first;
            float step;
            if (params.has("bin_center_first")) {
                long bins = logits.data().shape().size(-1);
                first = params.path("bin_center_first").asFloat();
                step = (params.path("bin_center_last").asFloat() - first) / (bins - 1);
            } else {
                GoldenNode offset = params.path("offset_deg");
                first = offset.isObject() ? offset.path(angle).asFloat() : offset.asFloat();
                step = params.path("bin_deg").asFloat();
            }
            calls.add(Call.of("bins", numbers(first, step), logits));
        }
        return calls;
    }

    private static List<Call> direct(GoldenCase golden) {
        GoldenNode params = golden.params();
        List<Call> calls = new ArrayList<>();
        if (params.has("ensemble")) {
            only(params.path("ensemble").asText().equals("arithmetic mean"), "ensemble " + params.path("ensemble"));
            calls.add(new Call("mean", golden.outputs().subList(0, 2)));
            calls.add(new Call("mean", golden.outputs()));
            return calls;
        }
        if (params.has("column_order")) {
            for (String angle : ANGLES) {
                float range = angle.equals("yaw") ? 360 : 180;
                calls.add(Call.of("linear", numbers(range, -range / 2), column(golden, angle)));
            }
            return calls;
        }
        for (String name : List.of("fc_y", "fc_p", "fc_r")) {
            calls.add(Call.of("linear", numbers(1, 0), golden.outputs().get(golden.outputIndex(name))));
        }
        return calls;
    }

    private static OutputTensor column(GoldenCase golden, String angle) {
        float[] rows = reals(golden.outputs().get(0));
        int column = -1;
        for (int i = 0; i < ANGLES.size(); i++) {
            column = golden.params().path("column_order").get(i).asText().equals(angle) ? i : column;
        }
        only(column >= 0, "no column " + angle);
        float[] values = new float[rows.length / ANGLES.size()];
        for (int row = 0; row < values.length; row++) {
            values[row] = rows[ANGLES.size() * row + column];
        }
        return numbers(values);
    }

    private static void compareDirect(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        if (golden.params().has("ensemble")) {
            for (int mean = 0; mean < 2; mean++) {
                String name = mean == 0 ? "mean_of_two" : "mean_of_three";
                for (int angle = 0; angle < ANGLES.size(); angle++) {
                    GoldenNode want = golden.expected().path(name).path(ANGLES.get(angle));
                    to.angle(name + " " + ANGLES.get(angle), answers.get(mean).get(angle), want, CIRCLE);
                }
            }
            return;
        }
        for (int angle = 0; angle < ANGLES.size(); angle++) {
            List<Float> got = answers.get(angle);
            to.require(
                    got.size() == golden.expected().path("angles_deg").size(),
                    got.size() + " rows of " + ANGLES.get(angle));
            for (int row = 0; row < got.size(); row++) {
                compareAngle(golden, row, ANGLES.get(angle), got.get(row), to);
            }
        }
    }

    /** The vectors' columns are yaw, roll, pitch. */
    private static Call gate(GoldenCase golden) {
        List<OutputTensor> branches = golden.outputs().stream()
                .map(tensor -> swapped(reals(tensor)))
                .map(PointFunctions::numbers)
                .toList();
        return new Call("gate", branches);
    }

    private static float[] swapped(float[] rows) {
        for (int row = 0; row < rows.length; row += 3) {
            float held = rows[row + 1];
            rows[row + 1] = rows[row + 2];
            rows[row + 2] = held;
        }
        return rows;
    }

    private static void compareGates(GoldenCase golden, List<Float> got, GoldenComparison to) {
        String[] names = {"six_d_gated", "whenet_gated"};
        for (int row = 0; row < got.size() / 6; row++) {
            for (int branch = 0; branch < 2; branch++) {
                GoldenNode want = golden.expected().path(names[branch]).get(row);
                int at = 6 * row + 3 * branch;
                to.numbers(names[branch] + " " + row, List.of(got.get(at), got.get(at + 2), got.get(at + 1)), want);
            }
        }
    }

    private static List<Call> pnp(GoldenCase golden) {
        GoldenNode params = golden.params();
        only(params.path("distortion").asInt() == 0, "a camera with distortion");
        boolean guess = params.has("initial_rvec");
        float[] rotation = guess ? flat(params.path("initial_rvec")) : new float[3];
        float[] translation = guess ? flat(params.path("initial_tvec")) : new float[3];
        float[] centre = flat(params.path("principal_point"));
        OutputTensor camera = numbers(
                params.path("focal_px").asFloat(),
                centre[0],
                centre[1],
                guess ? 1 : 0,
                rotation[0],
                rotation[1],
                rotation[2],
                translation[0],
                translation[1],
                translation[2]);
        OutputTensor model = numbers(flat(params.path("model_points_xyz")));
        return golden.outputs().stream()
                .map(points -> Call.of("pnp", camera, model, points))
                .toList();
    }

    private static void comparePnp(GoldenCase golden, List<List<Float>> answers, GoldenComparison to) {
        GoldenNode poses = golden.expected().path("poses");
        to.require(poses.size() == answers.size(), answers.size() + " poses, expected " + poses.size());
        for (int i = 0; i < Math.min(poses.size(), answers.size()); i++) {
            List<Float> got = answers.get(i);
            GoldenNode want = poses.get(i);
            to.require(got.get(13) > 0, "pose " + i + " is said to be undetermined");
            float[] rotation = array(got.subList(0, ROTATION));
            to.within(
                    "pose " + i + " rotation",
                    geodesic(rotation, flat(want.path("rotation_row_major"))),
                    golden.compare().path("rotation_deg").asDouble());
            float[] translation = flat(want.path("tvec"));
            double distance = 0;
            double length = 0;
            for (int k = 0; k < 3; k++) {
                distance += Math.pow((double) got.get(ROTATION + k) - translation[k], 2);
                length += Math.pow(translation[k], 2);
            }
            to.within(
                    "pose " + i + " translation",
                    Math.sqrt(distance / length),
                    golden.compare().path("translation_rel").asDouble());
            to.within(
                    "pose " + i + " rms",
                    Math.abs(got.get(12) - want.path("reprojection_rms_px").asFloat()),
                    golden.compare().path("rms_px_abs").asDouble());
            if (want.has("euler_deg_xyz")) {
                // Rotations about x, y, z in this order: pitch, yaw and roll of the same decomposition.
                HeadPose pose = HeadPose.ofRotation(rotation);
                float[] angles = {pose.pitch(), pose.yaw(), pose.roll()};
                for (int k = 0; k < angles.length; k++) {
                    double difference =
                            angles[k] - want.path("euler_deg_xyz").get(k).asFloat();
                    to.within(
                            "pose " + i + " angle " + k,
                            Math.abs(Math.IEEEremainder(difference, CIRCLE)),
                            golden.compare().path("angle_deg").asDouble());
                }
            }
        }
    }

    private static float[] array(List<Float> values) {
        float[] result = new float[values.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = values.get(i);
        }
        return result;
    }

    /** Angle of the rotation between two, in degrees; by its sine, which is exact for small ones. */
    private static double geodesic(float[] a, float[] b) {
        double square = 0;
        for (int i = 0; i < ROTATION; i++) {
            square += Math.pow((double) a[i] - b[i], 2);
        }
        // |A - B| = 2 sqrt(2) sin(angle / 2)
        return Math.toDegrees(2 * Math.asin(Math.min(1, Math.sqrt(square / 8))));
    }
}
