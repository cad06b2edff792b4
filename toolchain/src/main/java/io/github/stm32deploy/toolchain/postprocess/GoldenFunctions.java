// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.postprocess.PointFunctions.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Golden vectors of functions: the calls that a vector asks for, and what their numbers have to be. */
final class GoldenFunctions {
    private static final Set<String> LANDMARKS = Set.of(
            "map",
            "roi",
            "crop",
            "landmarks",
            "landmarks_refine",
            "landmarks_crop",
            "iris",
            "blendshapes_input",
            "pipnet",
            "heatmap_landmarks");

    private static final Set<String> POSES = Set.of(
            "pose_bins",
            "pose_direct",
            "pose_6d",
            "pose_matrix",
            "pose_ssr",
            "pose_fusion",
            "pose_3dmm",
            "pose_input",
            "pose_pnp",
            "pose_pnp_euler");

    private GoldenFunctions() {}

    static boolean has(String kind) {
        return LANDMARKS.contains(kind) || POSES.contains(kind);
    }

    /**
     * The calls of a vector.
     *
     * @throws IllegalArgumentException where its parameters are none that the library has
     */
    static List<Call> calls(GoldenCase golden) {
        return POSES.contains(golden.kind()) ? GoldenPoses.calls(golden) : GoldenLandmarks.calls(golden);
    }

    /** @param answers one for each call */
    static void compare(GoldenCase golden, List<List<Float>> answers, GoldenComparison comparison) {
        if (POSES.contains(golden.kind())) {
            GoldenPoses.compare(golden, answers, comparison);
        } else {
            GoldenLandmarks.compare(golden, answers, comparison);
        }
    }

    /** All numbers of a part of a vector, lists within lists too, in order. */
    static float[] flat(GoldenNode node) {
        List<Float> values = new ArrayList<>();
        collect(node, values);
        float[] result = new float[values.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = values.get(i);
        }
        return result;
    }

    private static void collect(GoldenNode node, List<Float> values) {
        if (node.value() instanceof List) {
            node.forEach(element -> collect(element, values));
        } else {
            values.add(node.asFloat());
        }
    }

    /** Fails where a parameter of a vector is another one than the library has. */
    static void only(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
