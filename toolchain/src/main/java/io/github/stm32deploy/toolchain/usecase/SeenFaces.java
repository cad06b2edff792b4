// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.landmark.FaceView;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the faces of the images are, for networks that see one face at a time.
 *
 * @param boxes x1, y1, x2, y2 in pixels of every image
 * @param found detections.json of a detector's run over the same images
 */
public record SeenFaces(List<float[]> boxes, Optional<Path> found) {
    private static final int BOX = 4;

    public SeenFaces {
        boxes = List.copyOf(boxes);
        Objects.requireNonNull(found);
    }

    /** Nobody says where a face is: each image is one. */
    public static SeenFaces unknown() {
        return new SeenFaces(List.of(), Optional.empty());
    }

    /**
     * A face in pixels of the upright image.
     *
     * @param eyes x, y of the image-left and the image-right eye, where the detector gives points
     */
    record Face(float[] box, Optional<float[]> eyes) {
        FaceView view(String name, BufferedImage image) {
            return FaceView.of(name, box, eyes, image.getWidth(), image.getHeight());
        }
    }

    /** The faces of one image; the whole image where nothing was said. */
    List<Face> of(Path file, BufferedImage image) {
        List<Face> faces = new ArrayList<>();
        boxes.forEach(box -> faces.add(new Face(box, Optional.empty())));
        found.ifPresent(list -> faces.addAll(read(list, file.getFileName().toString())));
        if (boxes.isEmpty() && found.isEmpty()) {
            faces.add(new Face(new float[] {0, 0, image.getWidth(), image.getHeight()}, Optional.empty()));
        }
        return faces;
    }

    private static List<Face> read(Path list, String image) {
        try {
            List<Face> faces = new ArrayList<>();
            for (Map<?, ?> section : objects(object(JsonFiles.readTree(list)).get("detections"))) {
                if (!image.equals(section.get("image"))) {
                    continue;
                }
                for (Map<?, ?> box : objects(section.get("boxes"))) {
                    float x = number(box.get("x"));
                    float y = number(box.get("y"));
                    float[] edges = {x, y, x + number(box.get("width")), y + number(box.get("height"))};
                    faces.add(new Face(edges, eyes(box.get("landmarks"))));
                }
            }
            return faces;
        } catch (IOException | ClassCastException | NullPointerException unreadable) {
            throw unusable(list, String.valueOf(unreadable.getMessage()));
        }
    }

    /** Of the five or six points of a face detector the first two are the eyes, image-left first. */
    private static Optional<float[]> eyes(Object landmarks) {
        List<?> points = landmarks instanceof List<?> list ? list : List.of();
        if (points.size() != 5 && points.size() != 6) {
            return Optional.empty();
        }
        List<?> left = (List<?>) points.get(0);
        List<?> right = (List<?>) points.get(1);
        return Optional.of(
                new float[] {number(left.get(0)), number(left.get(1)), number(right.get(0)), number(right.get(1))});
    }

    private static Map<?, ?> object(Object node) {
        return (Map<?, ?>) node;
    }

    private static List<Map<?, ?>> objects(Object node) {
        List<Map<?, ?>> objects = new ArrayList<>();
        ((List<?>) Objects.requireNonNull(node, "no detections")).forEach(element -> objects.add(object(element)));
        return objects;
    }

    private static float number(Object node) {
        return ((Number) node).floatValue();
    }

    /**
     * A box as a user writes it.
     *
     * @param text x1,y1,x2,y2
     * @throws DiagnosedException where it is none, or holds no pixel
     */
    public static float[] box(String text) {
        String[] parts = text.split(",");
        float[] box = new float[BOX];
        try {
            for (int i = 0; i < BOX; i++) {
                box[i] = Float.parseFloat(parts[i].strip());
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException unreadable) {
            throw wrongBox(text);
        }
        if (parts.length != BOX || !(box[2] > box[0]) || !(box[3] > box[1])) {
            throw wrongBox(text);
        }
        return box;
    }

    private static DiagnosedException wrongBox(String text) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("RUN-FACE-UNREADABLE", Stage.RUN, "that is no box of a face")
                        .where("--face " + text)
                        .observed(text)
                        .rule("x1,y1,x2,y2 in pixels of the image, x1 < x2 and y1 < y2")
                        .effect("no image was run")
                        .fix("--face 120,80,320,300")
                        .build());
    }

    private static DiagnosedException unusable(Path list, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("RUN-FACE-UNREADABLE", Stage.RUN, "that is no list of detections")
                        .where(list.toString())
                        .observed(observed)
                        .rule("--faces takes the detections.json that run writes for a face detector")
                        .effect("no image was run")
                        .fix("stm32-deploy run DETECTOR IMAGE... -o FOUND, then --faces FOUND/detections.json")
                        .build());
    }
}
