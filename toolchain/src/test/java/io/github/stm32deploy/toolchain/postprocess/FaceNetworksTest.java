// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.landmark.FaceView;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that see one face: recognised by their outputs, and read alike in Java and C. */
class FaceNetworksTest {
    private static final int FRAMES = 300;

    @TempDir
    static Path directory;

    private static ImageInput image(int side) {
        return new ImageInput(InputContract.Layout.NCHW, side, side, 3, ElementType.FLOAT32, Optional.empty());
    }

    private static ModelOutput output(String name, long... shape) {
        return ModelOutput.ofFloat(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
    }

    private static DecoderSpec recognised(int side, ModelOutput... outputs) {
        return DecoderRecognition.recognise(List.of(outputs), Optional.of(image(side)))
                .orElseThrow()
                .spec();
    }

    @Test
    void meshIsKnownByItsPointsAndTellsWhetherThereIsAFace() {
        LandmarkSpec spec =
                (LandmarkSpec) recognised(192, output("conv2d_31", 1, 1, 1, 1), output("conv2d_21", 1, 1, 1, 1404));
        assertThat(spec.landmarkCount()).isEqualTo(468);
        assertThat(spec.values()).isEqualTo(3);
        assertThat(spec.output()).isEqualTo(1);
        assertThat(spec.presence()).hasValue(0);
        assertThat(spec.view()).contains(FaceView.MESH);
    }

    @Test
    void pfldIsKnownBesideItsFeatureMap() {
        LandmarkSpec spec = (LandmarkSpec) recognised(112, output("output1", 1, 64, 28, 28), output("output", 1, 212));
        assertThat(spec.landmarkCount()).isEqualTo(106);
        assertThat(spec.output()).isEqualTo(1);
        assertThat(spec.scaleX()).isEqualTo(112);
    }

    @Test
    void threeValuesOfASmallFaceAreAHeadPoseAndOfAnotherSizeNothing() {
        assertThat(recognised(64, output("output", 1, 3))).isInstanceOf(PoseSpec.class);
        assertThat(DecoderRecognition.recognise(List.of(output("output", 1, 3)), Optional.of(image(224))))
                .isEmpty();
    }

    /** Openvino gives the outputs in any order. */
    @Test
    void adasAnglesAreMatchedByName() {
        PoseSpec spec = (PoseSpec) recognised(60, output("fc_r", 1, 1), output("fc_y", 1, 1), output("fc_p", 1, 1));
        assertThat(List.of(
                        spec.yaw().output(), spec.pitch().output(), spec.roll().output()))
                .containsExactly(1, 2, 0);
    }

    @Test
    void anAbsentFaceAndPointsThatAreNotFiniteAreNoDetection() {
        LandmarkSpec spec = mesh(OptionalInt.of(1));
        OutputTensor points = PointFunctions.numbers(1, 2, 9, 3, 4, 9, 5, 0, 9);
        assertThat(Decoder.decode(List.of(points, PointFunctions.numbers(0f)), spec)
                        .items())
                .isEmpty();
        assertThat(Decoder.decode(List.of(points, PointFunctions.numbers(Float.NaN)), spec)
                        .items())
                .isEmpty();
        OutputTensor broken = PointFunctions.numbers(1, 2, 9, Float.NaN, 4, 9, 5, 0, 9);
        assertThat(Decoder.decode(List.of(broken, PointFunctions.numbers(2f)), spec)
                        .items())
                .isEmpty();
        Detection found = Decoder.decode(List.of(points, PointFunctions.numbers(2f)), spec)
                .items()
                .get(0);
        assertThat(found.score()).isCloseTo(0.880797f, within(1e-5f));
        assertThat(found.landmarks())
                .containsExactly(
                        new Detection.Landmark(1, 2), new Detection.Landmark(3, 4), new Detection.Landmark(5, 0));
        assertThat(List.of(found.x1(), found.y1(), found.x2(), found.y2())).containsExactly(1f, 0f, 5f, 4f);
    }

    private static LandmarkSpec mesh(OptionalInt presence) {
        return new LandmarkSpec("face mesh", 192, 192, 0, 3, 3, 1, 1, presence, FaceView.MESH);
    }

    @Test
    void javaAndCFindTheSame() throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        Random random = new Random(907);
        List<List<OutputTensor>> frames = new ArrayList<>();
        List<DecoderSpec> specs = new ArrayList<>();
        CDecoders host = new CDecoders();
        for (int i = 0; i < FRAMES; i++) {
            boolean pose = i % 3 == 0;
            DecoderSpec spec = pose
                    ? new PoseSpec(
                            "FSA-Net",
                            new PoseSpec.Angle(1, 0, 2, 1),
                            new PoseSpec.Angle(0, 8, 1, 0),
                            new PoseSpec.Angle(0, 2, 1, -5),
                            FaceView.BOX)
                    : mesh(i % 3 == 1 ? OptionalInt.of(1) : OptionalInt.empty());
            List<OutputTensor> outputs = List.of(tensor(random, 9), tensor(random, 1));
            frames.add(outputs);
            specs.add(spec);
            host.add(outputs, spec);
        }
        List<CDecoders.Answer> answers = host.run(CaseTarget.HOST, directory);
        int found = 0;
        for (int i = 0; i < FRAMES; i++) {
            Detections expected = Decoder.decode(frames.get(i), specs.get(i));
            assertThat(answers.get(i).status()).isEqualTo("ok");
            assertThat(answers.get(i).detections().items())
                    .as("frame " + i)
                    .usingRecursiveComparison()
                    .withComparatorForType((a, b) -> Math.abs(a - b) < 1e-6f ? 0 : 1, Float.class)
                    .isEqualTo(expected.items());
            found += expected.items().size();
        }
        assertThat(found).isBetween(FRAMES / 2, FRAMES - 1);
    }

    private static OutputTensor tensor(Random random, int count) {
        float[] values = new float[count];
        boolean integer = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            values[i] = integer ? random.nextInt(256) - 128 : random.nextFloat() * 300 - 100;
        }
        return integer
                ? new OutputTensor(GoldenCase.stored(ElementType.INT8, Shape.of(1, count), values), 0.75f, -89)
                : OutputTensor.ofFloats(Shape.of(1, count), values);
    }
}
