// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput.Ending;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Detectors with priors: recognised from their outputs, and published files that find the faces of photographs. */
class PriorDetectorsTest {
    private static ModelOutput output(String name, Ending ending, long... shape) {
        return new ModelOutput(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)), Optional.empty(), ending);
    }

    private static Optional<ImageInput> input(long... shape) {
        return ImageInput.of(new TensorType(ElementType.FLOAT32, Shape.of(shape)), Optional.empty());
    }

    private static SsdSpec recognised(List<ModelOutput> outputs, long... input) {
        return (SsdSpec) DecoderRecognition.recognise(outputs, input(input))
                .orElseThrow()
                .spec();
    }

    @ParameterizedTest
    @CsvSource({
        "ultraface/version-RFB-320.onnx, UltraFace, obama.jpg",
        "ultraface/version-RFB-320.onnx, UltraFace, two_people.jpg",
        "ultraface/version-RFB-320_simplified.onnx, UltraFace, two_people.jpg",
        "ultraface/version-RFB-320_without_postprocessing.onnx, UltraFace, astronaut.png",
        "ultraface/version-RFB-320_without_postprocessing.tflite, UltraFace, obama.jpg",
        "ultraface/version-slim-320_simplified.onnx, UltraFace, two_people.jpg",
        "retinaface/retinaface_mbnet0.25.onnx, RetinaFace, obama.jpg",
        "retinaface/retinaface_mbnet0.25.onnx, RetinaFace, two_people.jpg",
        "retinaface/retinaface_mbnet0.25.onnx, RetinaFace, astronaut.png",
        "retinaface/retinaface.tflite, RetinaFace, obama.jpg",
        "retinaface/retinaface.tflite, RetinaFace, two_people.jpg",
        "ultraface/version-RFB-320_128.onnx, UltraFace, obama.jpg",
        "faceboxes/FaceBoxes.onnx, FaceBoxes, obama.jpg",
        "faceboxes/FaceBoxes.onnx, FaceBoxes, two_people.jpg",
        "faceboxes/FaceBoxes.onnx, FaceBoxes, astronaut.png",
    })
    void everyFaceHasOneBox(String model, String family, String image) {
        new GridDetectorsTest().everyFaceHasOneBox(model, family, 320, image);
    }

    @Test
    void ultraFaceWithRawBoxesHasPriorsAndWithCalculatedOnesNone() {
        SsdSpec raw = recognised(
                List.of(output("scores", Ending.SOFTMAX, 1, 4420, 2), output("boxes", Ending.LINEAR, 1, 4420, 4)),
                1,
                3,
                240,
                320);
        SsdSpec decoded = recognised(
                List.of(output("boxes", Ending.CALCULATED, 1, 4420, 4), output("scores", Ending.SOFTMAX, 1, 4420, 2)),
                1,
                3,
                240,
                320);

        assertThat(raw.family()).isEqualTo("UltraFace");
        assertThat(raw.boxes().coding()).isEqualTo(BoxNumbers.Coding.CENTRE_DELTAS);
        assertThat(raw.priors().count()).isEqualTo(4420);
        assertThat(decoded.boxes().coding()).isEqualTo(BoxNumbers.Coding.CORNERS);
        assertThat(decoded.boxes().factors()).containsExactly(320f, 240f, 320f, 240f);
        assertThat(decoded.heads().get(0).boxOutput()).isZero();
    }

    @Test
    void ultraFaceWhoseBoxesMayBeEitherIsNotGuessed() {
        assertThat(DecoderRecognition.recognise(
                        List.of(
                                output("scores", Ending.UNKNOWN, 1, 4420, 2),
                                output("boxes", Ending.UNKNOWN, 1, 4420, 4)),
                        input(1, 3, 240, 320)))
                .isEmpty();
    }

    @Test
    void scoresThatAConvolutionGivesAreLogits() {
        List<ModelOutput> outputs = List.of(
                output("loc", Ending.LINEAR, 1, 2688, 4),
                output("conf", Ending.LINEAR, 1, 2688, 2),
                output("landms", Ending.LINEAR, 1, 2688, 10));

        Recognised found =
                DecoderRecognition.recognise(outputs, input(1, 3, 256, 256)).orElseThrow();

        SsdSpec spec = (SsdSpec) found.spec();
        assertThat(spec.family()).isEqualTo("RetinaFace");
        assertThat(spec.scores().softmax()).isTrue();
        assertThat(found.evidence()).contains("logits");
        assertThat(found.contract().orElseThrow().mean()).containsExactly(104f, 117f, 123f);
        assertThat(found.contract().orElseThrow().colour()).isEqualTo(InputContract.Colour.BGR);
        // 0.6 = sigmoid(0.405), and 0.405 / 0.05 lies between 8 and 9.
        assertThat(ScoreCodes.of(spec, List.of(outputs.get(0), int8(outputs.get(1)), outputs.get(2)))
                        .get(0)
                        .threshold()
                        .code())
                .isEqualTo(9);
    }

    private static ModelOutput int8(ModelOutput output) {
        return new ModelOutput(
                output.name(),
                new TensorType(ElementType.INT8, output.type().shape()),
                Optional.of(new Quantization(0.05f, 3)));
    }

    @Test
    void headsOfEachGridAreFoundInEitherLayout() {
        List<ModelOutput> outputs = new ArrayList<>();
        for (int[] grid : new int[][] {{30, 40}, {15, 20}, {8, 10}}) {
            outputs.add(output("b" + grid[0], Ending.LINEAR, 1, grid[0], grid[1], 2 * 4));
            outputs.add(output("s" + grid[0], Ending.LINEAR, 1, grid[0], grid[1], 2 * 2));
            outputs.add(output("k" + grid[0], Ending.LINEAR, 1, grid[0], grid[1], 2 * 10));
        }
        SsdSpec last = recognised(outputs, 1, 240, 320, 3);

        assertThat(last.family()).isEqualTo("RetinaFace");
        assertThat(last.heads())
                .containsExactly(
                        new SsdSpec.Head(SsdSpec.Layout.CHANNELS_LAST, 0, 1, 2, 2400),
                        new SsdSpec.Head(SsdSpec.Layout.CHANNELS_LAST, 3, 4, 5, 600),
                        new SsdSpec.Head(SsdSpec.Layout.CHANNELS_LAST, 6, 7, 8, 160));
    }

    @Test
    void dsfdIsFoundByItsAnchors() {
        SsdSpec spec = recognised(
                List.of(output("reg", Ending.LINEAR, 1, 5460, 4), output("cls", Ending.LINEAR, 1, 5460, 2)),
                1,
                256,
                256,
                3);

        assertThat(spec.family()).isEqualTo("DSFD lightnet");
        assertThat(spec.boxes().coding()).isEqualTo(BoxNumbers.Coding.CORNER_DELTAS);
        assertThat(spec.scores().softmax()).isTrue();
    }

    @Test
    void ssdWithPublishedBoxesHasItsClasses() {
        SsdSpec spec = recognised(
                List.of(output("scores", Ending.LINEAR, 1, 8732, 21), output("locations", Ending.LINEAR, 1, 8732, 4)),
                1,
                3,
                300,
                300);

        assertThat(spec.family()).isEqualTo("SSD");
        assertThat(spec.scores().columns()).isEqualTo(21);
        assertThat(spec.scores().softmax()).isTrue();
    }

    @Test
    void sevenColumnsAreThoseOfDetectionOutput() {
        Recognised found = DecoderRecognition.recognise(
                        List.of(output("detection_out", Ending.UNKNOWN, 1, 1, 200, 7)), input(1, 3, 384, 672))
                .orElseThrow();

        assertThat(found.spec().family()).isEqualTo("detection output");
        assertThat(found.spec().inputWidth()).isEqualTo(672);
        assertThat(found.contract().orElseThrow().colour()).isEqualTo(InputContract.Colour.BGR);
    }

    @Test
    void anotherNumberOfRowsIsNotGuessed() {
        assertThat(DecoderRecognition.recognise(
                        List.of(output("loc", Ending.LINEAR, 1, 7000, 4), output("conf", Ending.SOFTMAX, 1, 7000, 2)),
                        input(1, 3, 450, 750)))
                .isEmpty();
    }
}
