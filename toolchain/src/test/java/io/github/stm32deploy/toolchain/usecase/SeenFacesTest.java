// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.toolchain.image.ViewImage;
import io.github.stm32deploy.toolchain.landmark.FaceView;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the faces are, from boxes and from a detector's run, and the part of the image that a network sees. */
class SeenFacesTest {
    private final BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);

    @TempDir
    Path folder;

    @Test
    void theImageIsTheFaceWhereNothingIsSaid() {
        List<SeenFaces.Face> faces = SeenFaces.unknown().of(Path.of("a.png"), image);
        assertThat(faces)
                .singleElement()
                .satisfies(face -> assertThat(face.box()).containsExactly(0, 0, 640, 480));
    }

    @Test
    void facesOfADetectorsRunAreThoseOfTheSameImageWithTheirEyes() throws IOException {
        Path found = Files.writeString(folder.resolve("detections.json"), """
                {"schema": "stm32-deploy/detections/1", "detections": [
                  {"image": "other.png", "boxes": [{"x": 1, "y": 1, "width": 9, "height": 9, "score": 1, "landmarks": []}]},
                  {"image": "a.png", "boxes": [{"x": 100, "y": 80, "width": 200, "height": 200, "score": 0.9,
                    "landmarks": [[150, 150], [250, 170], [200, 200], [160, 240], [240, 240]]}]}]}
                """);
        List<SeenFaces.Face> faces = new SeenFaces(List.of(), Optional.of(found)).of(Path.of("x/a.png"), image);
        assertThat(faces).hasSize(1);
        assertThat(faces.get(0).box()).containsExactly(100, 80, 300, 280);
        assertThat(faces.get(0).eyes())
                .hasValueSatisfying(eyes -> assertThat(eyes).containsExactly(150, 150, 250, 170));
        // The eyes of the mesh's crop are level: the way from left to right goes as the line between them.
        float[] matrix = faces.get(0).view(FaceView.MESH, image).matrix();
        assertThat(matrix[3] / matrix[0]).isCloseTo(0.2f, within(1e-4f));
        assertThat(faces.get(0).view(FaceView.MESH, image).width()).isCloseTo(300, within(1e-2f));
    }

    @Test
    void whatCannotBeReadIsSaid() throws IOException {
        Path other = Files.writeString(folder.resolve("other.json"), "{\"boxes\": 1}");
        assertThatThrownBy(() -> new SeenFaces(List.of(), Optional.of(other)).of(Path.of("a.png"), image))
                .hasMessageContaining("RUN-FACE-UNREADABLE");
        assertThatThrownBy(() -> SeenFaces.box("10,20,30")).hasMessageContaining("RUN-FACE-UNREADABLE");
        assertThatThrownBy(() -> SeenFaces.box("30,20,10,40")).hasMessageContaining("RUN-FACE-UNREADABLE");
        assertThat(SeenFaces.box("10, 20,30.5,40")).containsExactly(10, 20, 30.5f, 40);
    }

    /** A pixel of the image is found again at the place in the part that the view names, the outside is black. */
    @Test
    void thePartShowsWhatTheViewSays() {
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x++) {
                image.setRGB(x, y, x >= 300 ? 0xFFFFFF : 0x404040);
            }
        }
        float[] box = {-40, 100, 400, 340};
        FaceView view = FaceView.of(FaceView.BOX, box, Optional.empty(), 640, 480);
        BufferedImage part = ViewImage.cut(image, view);
        assertThat(part.getWidth()).isEqualTo(440);
        assertThat(part.getRGB(10, 50) & 0xFF).isZero();
        assertThat(part.getRGB(60, 50) & 0xFF).isEqualTo(0x40);
        assertThat(part.getRGB(345, 50) & 0xFF).isEqualTo(0xFF);
        assertThat(view.toImage(0.5f, 0.5f)).containsExactly(new float[] {180, 220}, within(1e-3f));
    }
}
