// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.landmark.FaceView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Networks that see one face: MediaPipe's face mesh by its 468 or 478 points, PFLD and its relatives by 68, 98 or 106 points of
 * a 112 x 112 input, FSA-Net by three values of a 64 x 64 input, head-pose-estimation-adas-0001 by its names.
 */
final class FaceNetworkRecognition {
    /** Numbers in the output of a face mesh, and how many belong to a point. */
    private static final Map<Long, Integer> MESH = Map.of(936L, 2, 1404L, 3, 1434L, 3);

    private static final Map<Long, Integer> MESH_INPUT = Map.of(936L, 192, 1404L, 192, 1434L, 256);
    private static final List<Long> PFLD = List.of(136L, 196L, 212L);
    private static final int PFLD_INPUT = 112;
    private static final int FSANET_INPUT = 64;
    private static final int ADAS_INPUT = 60;
    private static final float FSANET_MEAN = 127.5f;
    private static final float FSANET_DIVISOR = 128;
    private static final float WHITE = 255;
    private static final List<String> ADAS = List.of("fc_y", "fc_p", "fc_r");

    private FaceNetworkRecognition() {}

    private static long elements(ModelOutput output) {
        return output.type().shape().isStatic() ? output.type().shape().elements() : -1;
    }

    static Optional<Recognised> mesh(List<ModelOutput> outputs, ImageInput image) {
        List<ModelOutput> points = outputs.stream()
                .filter(output -> MESH.containsKey(elements(output)))
                .toList();
        List<ModelOutput> presence =
                outputs.stream().filter(output -> elements(output) == 1).toList();
        if (points.size() != 1 || presence.size() > 1 || outputs.size() != 1 + presence.size()) {
            return Optional.empty();
        }
        long numbers = elements(points.get(0));
        if (image.width() != MESH_INPUT.get(numbers) || image.height() != image.width() || image.channels() != 3) {
            return Optional.empty();
        }
        int values = MESH.get(numbers);
        LandmarkSpec spec = new LandmarkSpec(
                "face mesh",
                image.width(),
                image.height(),
                outputs.indexOf(points.get(0)),
                (int) numbers / values,
                values,
                1,
                1,
                presence.isEmpty() ? OptionalInt.empty() : OptionalInt.of(outputs.indexOf(presence.get(0))),
                FaceView.MESH);
        String evidence = "face mesh: " + points.get(0) + " are " + numbers / values + " points of " + values
                + " values in input pixels"
                + (presence.isEmpty()
                        ? ", no output says whether there is a face"
                        : ", " + presence.get(0) + " says whether there is a face")
                + "; input p / 255";
        return Optional.of(new Recognised(
                spec,
                evidence,
                Optional.of(UsualContract.of(
                        image, InputContract.Colour.RGB, 0, WHITE, InputContract.ResizeMode.STRETCH, 0))));
    }

    static Optional<Recognised> pfld(List<ModelOutput> outputs, ImageInput image) {
        List<ModelOutput> points = outputs.stream()
                .filter(output -> PFLD.contains(output.columns()) && output.rows() == 1)
                .toList();
        boolean face = image.width() == PFLD_INPUT && image.height() == PFLD_INPUT && image.channels() == 3;
        if (points.size() != 1 || !face) {
            return Optional.empty();
        }
        int count = (int) points.get(0).columns() / 2;
        LandmarkSpec spec = new LandmarkSpec(
                "PFLD",
                image.width(),
                image.height(),
                outputs.indexOf(points.get(0)),
                count,
                2,
                image.width(),
                image.height(),
                OptionalInt.empty(),
                FaceView.SQUARE_1_2);
        return Optional.of(new Recognised(
                spec,
                "PFLD: " + points.get(0) + " of a 112x112 input are " + count
                        + " points in parts of the input; input p / 255, BGR, which is what pytorch_face_landmark trains with",
                Optional.of(UsualContract.of(
                        image, InputContract.Colour.BGR, 0, WHITE, InputContract.ResizeMode.STRETCH, 0))));
    }

    static Optional<Recognised> pose(List<ModelOutput> outputs, ImageInput image) {
        boolean three = outputs.size() == 1
                && outputs.get(0).columns() == 3
                && outputs.get(0).rows() == 1;
        if (three && image.width() == FSANET_INPUT && image.height() == FSANET_INPUT && image.channels() == 3) {
            PoseSpec spec = new PoseSpec(
                    "FSA-Net",
                    new PoseSpec.Angle(0, 0, 1, 0),
                    new PoseSpec.Angle(0, 1, 1, 0),
                    new PoseSpec.Angle(0, 2, 1, 0),
                    FaceView.FSANET);
            return Optional.of(new Recognised(
                    spec,
                    "FSA-Net: " + outputs.get(0)
                            + " of a 64x64 input are yaw, pitch, roll in degrees; input (p - 127.5) / 128, BGR, of the"
                            + " face with 0.6 of its size around it",
                    Optional.of(UsualContract.of(
                            image,
                            InputContract.Colour.BGR,
                            FSANET_MEAN,
                            FSANET_DIVISOR,
                            InputContract.ResizeMode.STRETCH,
                            0))));
        }
        int[] places = ADAS.stream()
                .mapToInt(name -> outputs.stream()
                        .filter(output -> output.name().contains(name) && elements(output) == 1)
                        .findFirst()
                        .map(outputs::indexOf)
                        .orElse(-1))
                .toArray();
        if (outputs.size() != 3
                || places[0] < 0
                || places[1] < 0
                || places[2] < 0
                || image.width() != ADAS_INPUT
                || image.height() != ADAS_INPUT) {
            return Optional.empty();
        }
        PoseSpec spec = new PoseSpec(
                "head-pose-estimation-adas",
                new PoseSpec.Angle(places[0], 0, 1, 0),
                new PoseSpec.Angle(places[1], 0, 1, 0),
                new PoseSpec.Angle(places[2], 0, 1, 0),
                FaceView.BOX);
        return Optional.of(new Recognised(
                spec,
                "head-pose-estimation-adas: the outputs' names are those of yaw, pitch and roll; input 0 to 255, BGR",
                Optional.of(
                        UsualContract.of(image, InputContract.Colour.BGR, 0, 1, InputContract.ResizeMode.STRETCH, 0))));
    }
}
