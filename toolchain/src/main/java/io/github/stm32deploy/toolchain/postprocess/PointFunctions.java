// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.landmark.FaceAlignment;
import io.github.stm32deploy.toolchain.landmark.FaceCrop;
import io.github.stm32deploy.toolchain.landmark.FaceMesh;
import io.github.stm32deploy.toolchain.landmark.FaceRegion;
import io.github.stm32deploy.toolchain.landmark.FrameMapping;
import io.github.stm32deploy.toolchain.landmark.HeadPose;
import io.github.stm32deploy.toolchain.landmark.PerspectivePose;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The functions around landmarks, head pose and faces, called by name with tensors and answering numbers, so that one call runs
 * in Java here and in C in {@code n6_function_cases.c}. The first tensor holds the parameters.
 */
final class PointFunctions {
    private static final int MESH_POINTS = 478;
    private static final int IRIS_POINTS = 5;
    private static final int ROTATION = 9;
    private static final int CAMERA = 12;
    private static final int POSE_INPUT = 15;

    private PointFunctions() {}

    /** One call. */
    record Call(String function, List<OutputTensor> tensors) {
        Call {
            tensors = List.copyOf(tensors);
        }

        static Call of(String function, OutputTensor... tensors) {
            return new Call(function, List.of(tensors));
        }
    }

    /** Numbers as a tensor [N]. */
    static OutputTensor numbers(float... values) {
        return OutputTensor.ofFloats(Shape.of(values.length), values);
    }

    static OutputTensor numbers(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return numbers(floats);
    }

    /** The real values of a tensor. */
    static float[] reals(OutputTensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.data().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.real(i);
        }
        return values;
    }

    private static final class Numbers {
        private final List<Float> values = new ArrayList<>();

        private void add(float... more) {
            for (float value : more) {
                values.add(value);
            }
        }

        private void add(FaceRegion region) {
            add(region.cx(), region.cy(), region.width(), region.height(), region.rotation());
        }

        private void add(HeadPose pose) {
            add(pose.yaw(), pose.pitch(), pose.roll());
        }
    }

    /**
     * Runs a call with the Java reference.
     *
     * @throws IllegalArgumentException for an unknown function, or what the function itself refuses
     */
    static List<Float> inJava(Call call) {
        Numbers numbers = new Numbers();
        List<OutputTensor> t = call.tensors();
        float[] p = reals(t.get(0));
        switch (call.function()) {
            case "map" -> map(p, reals(t.get(1)), numbers);
            case "region-of-box" ->
                numbers.add(FaceRegion.of(part(p, 4, 4), part(p, 8, 2), part(p, 10, 2), p[0], p[1], rule(p, 2)));
            case "region-of-points" -> regionOfPoints(p, reals(t.get(1)), numbers);
            case "region-project" -> regionProject(p, reals(t.get(1)), numbers);
            case "mesh" -> mesh(p, reals(t.get(1)), numbers);
            case "presence" -> {
                for (float logit : p) {
                    numbers.add(ScoreRule.sigmoid(logit), FaceMesh.isPresent(logit) ? 1 : 0);
                }
            }
            case "mesh-refine" -> meshRefine(p, t, numbers);
            case "gather" -> numbers.add(FaceMesh.gather(reals(t.get(1)), 3, list(t.get(2)), p[0], p[1]));
            case "iris" -> iris(p, t, numbers);
            case "crop" -> crop(p, reals(t.get(1)), numbers);
            case "crop-letterboxed" -> cropLetterboxed(p, reals(t.get(1)), numbers);
            case "heatmaps" -> {
                HeatGrid grid = HeatGrid.of(t.get(0), false);
                for (int channel = 0; channel < grid.channels(); channel++) {
                    PointMaps.Peak peak = PointMaps.heatmapPoint(grid, channel);
                    numbers.add(peak.x(), peak.y(), peak.score());
                }
            }
            case "pipnet" -> pipNet(p, t, numbers);
            default -> poses(call, p, numbers);
        }
        return numbers.values;
    }

    private static void poses(Call call, float[] p, Numbers numbers) {
        List<OutputTensor> t = call.tensors();
        switch (call.function()) {
            case "bins" -> {
                int columns = (int) t.get(1).data().shape().size(-1);
                float[] logits = reals(t.get(1));
                for (int row = 0; row < logits.length; row += columns) {
                    numbers.add(HeadPose.ofBins(part(logits, row, columns), p[0], p[1]));
                }
            }
            case "rotation-6d" -> {
                for (int row = 0; row < p.length; row += 6) {
                    HeadPose.Rotation rotation = HeadPose.ofSixD(part(p, row, 6));
                    numbers.add(rotation.matrix());
                    numbers.add(rotation.valid() ? 1 : 0);
                    numbers.add(HeadPose.ofRotation(rotation.matrix()));
                }
            }
            case "rotation" -> {
                for (int row = 0; row < p.length; row += ROTATION) {
                    numbers.add(HeadPose.ofRotation(part(p, row, ROTATION)));
                }
            }
            case "stages" -> stages(t, numbers);
            case "camera" -> {
                for (int row = 0; row < p.length; row += CAMERA) {
                    HeadPose.Camera camera = HeadPose.ofCamera(part(p, row, CAMERA));
                    numbers.add(camera.pose());
                    numbers.add(camera.rotation());
                    numbers.add(camera.scale());
                }
            }
            case "gate" -> {
                float[] other = reals(t.get(1));
                for (int row = 0; row < p.length; row += 3) {
                    HeadPose.Gated gated = HeadPose.gated(pose(p, row), pose(other, row));
                    numbers.add(gated.sixD());
                    numbers.add(gated.wheNet());
                }
            }
            case "pose-input" -> {
                for (int row = 0; row < p.length; row += POSE_INPUT) {
                    numbers.add(HeadPose.inputOfPoints(part(p, row, POSE_INPUT)));
                }
            }
            case "linear" -> {
                for (OutputTensor tensor : t.subList(1, t.size())) {
                    for (float value : reals(tensor)) {
                        numbers.add(HeadPose.ofLinear(value, p[0], p[1]));
                    }
                }
            }
            case "mean" ->
                numbers.add(HeadPose.mean(
                        t.stream().map(tensor -> pose(reals(tensor), 0)).toList()));
            case "pnp" -> pnp(p, reals(t.get(1)), reals(t.get(2)), numbers);
            case "similarity" -> {
                FaceAlignment there = FaceAlignment.of(p, reals(t.get(1)));
                FaceAlignment back = there.inverse();
                numbers.add(there.a(), there.b(), there.tx(), there.ty());
                numbers.add(back.a(), back.b(), back.tx(), back.ty());
                for (int i = 0; i < p.length; i += 2) {
                    numbers.add(there.apply(p[i], p[i + 1]));
                }
            }
            case "cosine" -> numbers.add(FaceAlignment.cosine(p, reals(t.get(1))));
            default -> throw new IllegalArgumentException("function " + call.function());
        }
    }

    private static float[] part(float[] values, int first, int count) {
        return Arrays.copyOfRange(values, first, first + count);
    }

    private static HeadPose pose(float[] values, int first) {
        return new HeadPose(values[first], values[first + 1], values[first + 2]);
    }

    private static FaceRegion.Rule rule(float[] p, int first) {
        return new FaceRegion.Rule(p[first], p[first + 1] > 0);
    }

    private static FaceRegion region(float[] p, int first) {
        return new FaceRegion(p[first], p[first + 1], p[first + 2], p[first + 3], p[first + 4]);
    }

    private static int[] list(OutputTensor tensor) {
        float[] values = reals(tensor);
        int[] list = new int[values.length];
        for (int i = 0; i < list.length; i++) {
            list[i] = (int) values[i];
        }
        return list;
    }

    private static void map(float[] p, float[] points, Numbers numbers) {
        FrameMapping mapping = FrameMapping.of(FrameMapping.Fit.values()[(int) p[0]], p[1], p[2], p[3], p[4]);
        for (int i = 0; i < points.length; i += 2) {
            numbers.add(mapping.toInput(points[i], points[i + 1]));
            numbers.add(mapping.toImage(points[i], points[i + 1]));
        }
    }

    private static void regionOfPoints(float[] p, float[] points, Numbers numbers) {
        float[] box = FaceRegion.bounds(points, 3, p[6] > 0);
        numbers.add(box);
        numbers.add(FaceRegion.of(
                box, part(points, 3 * (int) p[4], 2), part(points, 3 * (int) p[5], 2), p[0], p[1], rule(p, 2)));
    }

    private static void regionProject(float[] p, float[] points, Numbers numbers) {
        FaceRegion.Grown grown = region(p, 4).keepingAspect(p[0], p[1], p[2], p[3]);
        float[] matrix = grown.region().matrix(p[0], p[1]);
        float depth = FaceRegion.depth(matrix);
        numbers.add(grown.padding());
        numbers.add(matrix);
        numbers.add(depth);
        for (int i = 0; i < points.length; i += 3) {
            numbers.add(FaceRegion.project(matrix, depth, points[i], points[i + 1], points[i + 2]));
        }
    }

    private static void mesh(float[] p, float[] points, Numbers numbers) {
        FaceRegion region = region(p, 4);
        float[] matrix = region.matrix(p[0], p[1]);
        float depth = FaceRegion.depth(matrix);
        float[] parts = FaceMesh.parts(points, p[2], p[3], false);
        for (int i = 0; i < parts.length; i += 3) {
            numbers.add(part(parts, i, 3));
            numbers.add(region.projectNormalised(parts[i], parts[i + 1], parts[i + 2]));
            numbers.add(FaceRegion.project(matrix, depth, parts[i], parts[i + 1], parts[i + 2]));
        }
    }

    /** size, mesh, lips, eyes, irises, lists of lips and eyes, contours of the irises. */
    private static void meshRefine(float[] size, List<OutputTensor> t, Numbers numbers) {
        float[] mesh = reals(t.get(1));
        float[] whole = Arrays.copyOf(mesh, 3 * MESH_POINTS);
        for (int i = 0; i < 3; i++) {
            FaceMesh.refine(whole, list(t.get(7 + i)), reals(t.get(2 + i)), 2);
        }
        for (int i = 0; i < 2; i++) {
            FaceMesh.addIris(whole, mesh.length / 3 + IRIS_POINTS * i, reals(t.get(5 + i)), list(t.get(10 + i)));
        }
        numbers.add(FaceMesh.parts(whole, size[0], size[1], false));
    }

    private static void iris(float[] p, List<OutputTensor> t, Numbers numbers) {
        float[] corners = reals(t.get(1));
        float[] box = FaceRegion.bounds(corners, 2, false);
        FaceRegion region = FaceRegion.of(box, part(corners, 0, 2), part(corners, 2, 2), p[0], p[1], rule(p, 4));
        numbers.add(region);
        for (OutputTensor tensor : t.subList(2, t.size())) {
            float[] parts = FaceMesh.parts(reals(tensor), p[2], p[3], p[6] > 0);
            for (int i = 0; i < parts.length; i += 3) {
                numbers.add(region.projectNormalised(parts[i], parts[i + 1], parts[i + 2]));
            }
        }
    }

    private static void crop(float[] p, float[] points, Numbers numbers) {
        float[] box = part(p, 4, 4);
        FaceCrop crop = FaceCrop.of(FaceCrop.Rule.values()[(int) p[0]], box, p[1], p[2]);
        if (p[3] > 0) {
            crop = crop.clipped(p[1], p[2]);
        }
        numbers.add(FaceCrop.isWorthwhile(box, p[8]) ? 1 : 0);
        numbers.add(crop.left(), crop.top(), crop.right(), crop.bottom());
        for (int i = 0; i < points.length; i += 2) {
            numbers.add(crop.toImage(points[i], points[i + 1]));
        }
    }

    private static void cropLetterboxed(float[] p, float[] points, Numbers numbers) {
        FaceCrop.Letterbox box = FaceCrop.letterboxed(part(p, 1, 4), p[0]);
        numbers.add(box.padX(), box.padY(), box.ratioX(), box.ratioY());
        for (int i = 0; i < points.length; i += 2) {
            numbers.add(
                    (points[i] * p[0] - box.padX()) / box.ratioX() + p[1],
                    (points[i + 1] * p[0] - box.padY()) / box.ratioY() + p[2]);
        }
    }

    private static void pipNet(float[] p, List<OutputTensor> t, Numbers numbers) {
        List<HeatGrid> grids = t.subList(3, 8).stream()
                .map(tensor -> HeatGrid.of(tensor, false))
                .toList();
        PointMaps.Neighbours neighbours = new PointMaps.Neighbours(
                grids.get(0).channels(), (int) p[0], (int) p[1], list(t.get(1)), list(t.get(2)));
        PointMaps.PipNet found =
                PointMaps.pipNet(neighbours, grids.get(0), grids.get(1), grids.get(2), grids.get(3), grids.get(4));
        numbers.add(found.own());
        numbers.add(found.merged());
        numbers.add(found.scores());
    }

    private static void stages(List<OutputTensor> t, Numbers numbers) {
        int angles = Math.toIntExact(t.get(1).data().elements());
        for (int angle = 0; angle < angles; angle++) {
            float[] prob = new float[9];
            float[] shift = new float[3];
            float[] scale = new float[3];
            for (int s = 0; s < 3; s++) {
                for (int i = 0; i < 3; i++) {
                    prob[3 * s + i] = t.get(3 * s).real(3 * angle + i);
                }
                shift[s] = t.get(3 * s + 1).real(angle);
                scale[s] = t.get(3 * s + 2).real(angle);
            }
            numbers.add(HeadPose.ofStages(prob, shift, scale));
        }
    }

    private static void pnp(float[] p, float[] model, float[] image, Numbers numbers) {
        Optional<PerspectivePose> guess = p[3] > 0
                ? Optional.of(new PerspectivePose(PerspectivePose.rotation(part(p, 4, 3)), part(p, 7, 3), 0))
                : Optional.empty();
        Optional<PerspectivePose> pose =
                PerspectivePose.solve(new PerspectivePose.Pinhole(p[0], p[1], p[2]), model, image, guess);
        numbers.add(pose.map(PerspectivePose::rotation).orElse(new float[ROTATION]));
        numbers.add(pose.map(PerspectivePose::translation).orElse(new float[3]));
        numbers.add(pose.map(PerspectivePose::rms).orElse(0f), pose.isPresent() ? 1 : 0);
    }
}
