// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Heads on grids; shapes and names are those of published files. */
class GridRecognitionTest {
    private static ModelOutput real(String name, long... shape) {
        return ModelOutput.ofFloat(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
    }

    private static Optional<Recognised> recognise(List<ModelOutput> outputs, long... input) {
        return DecoderRecognition.recognise(
                outputs, ImageInput.of(new TensorType(ElementType.FLOAT32, Shape.of(input)), Optional.empty()));
    }

    /** Outputs named by numbers, scores of all strides first, as the authors export. */
    private static List<ModelOutput> scrfd(boolean landmarks) {
        List<ModelOutput> outputs = new ArrayList<>();
        for (int channels : landmarks ? new int[] {1, 4, 10} : new int[] {1, 4}) {
            for (int rows : new int[] {12800, 3200, 800}) {
                outputs.add(real(String.valueOf(446 + outputs.size()), rows, channels));
            }
        }
        return outputs;
    }

    @Test
    void scrfdIsPairedByRowsWhateverItsOutputsAreCalled() {
        Recognised recognised = recognise(scrfd(true), 1, 3, 640, 640).orElseThrow();

        ScrfdSpec spec = (ScrfdSpec) recognised.spec();
        assertThat(spec.landmarkCount()).isEqualTo(5);
        ScrfdSpec.Level coarse = spec.levels().get(2);
        assertThat(List.of(coarse.gridWidth(), coarse.stride())).containsExactly(20, 32);
        assertThat(coarse.scores()).isEqualTo(HeadPart.of(2, HeadPart.Layout.ROWS, 1));
        assertThat(coarse.boxes().output()).isEqualTo(5);
        assertThat(coarse.landmarks().output()).isEqualTo(8);
        assertThat(recognised.evidence()).contains("446").contains("2 anchors").contains("taken as probabilities");
        InputContract contract = recognised.contract().orElseThrow();
        assertThat(contract.divisor()).containsOnly(128f);
        assertThat(contract.resize()).isEqualTo(InputContract.ResizeMode.LETTERBOX_TOP_LEFT);
    }

    @Test
    void scrfdWithoutPointsHasNone() {
        assertThat(recognise(scrfd(false), 1, 3, 640, 640).orElseThrow().spec().landmarkCount())
                .isZero();
    }

    @Test
    void scrfdAsGridsOfChannelsIsRecognisedToo() {
        List<ModelOutput> outputs = new ArrayList<>();
        for (int side : new int[] {40, 20, 10}) {
            outputs.add(real("bbox_" + side, 1, 8, side, side));
            outputs.add(real("score_" + side, 1, 2, side, side));
            outputs.add(real("kps_" + side, 1, 20, side, side));
        }

        ScrfdSpec spec =
                (ScrfdSpec) recognise(outputs, 1, 3, 320, 320).orElseThrow().spec();

        assertThat(spec.levels().get(1).scores()).isEqualTo(HeadPart.of(4, HeadPart.Layout.CHANNELS_FIRST, 1));
    }

    @Test
    void scrfdOfAnotherInputSizeIsNotGuessed() {
        assertThat(recognise(scrfd(true), 1, 3, 320, 320)).isEmpty();
    }

    @Test
    void yoloV8InOnePieceIsToldByItsCells() {
        Recognised recognised = recognise(List.of(real("PartitionedCall:0", 1, 5, 1344)), 1, 256, 256, 3)
                .orElseThrow();

        YoloV8Spec spec = (YoloV8Spec) recognised.spec();
        assertThat(List.of(spec.classes(), spec.bins(), spec.landmarks())).containsExactly(1, 0, 0);
        assertThat(spec.levels().get(0).strideX()).isEqualTo(256);
        assertThat(recognised.evidence()).contains("1344 cells").contains("shares of the input");
    }

    /** Some exporters divide the boxes by the size of the input before they quantize them. */
    @Test
    void codesOfDecodedBoxesTellSharesFromPixels() {
        for (float reach : new float[] {0.99f, 256}) {
            ModelOutput plain = real("output0", 1, 5, 1344);
            ModelOutput coded = new ModelOutput(
                    plain.name(),
                    plain.type(),
                    plain.quantization(),
                    ModelOutput.Ending.CALCULATED,
                    Optional.of(reach));
            YoloV8Spec spec = (YoloV8Spec)
                    recognise(List.of(coded), 1, 3, 256, 256).orElseThrow().spec();

            assertThat(spec.levels().get(0).strideX()).isEqualTo(reach < 4 ? 256 : 1);
        }
    }

    @Test
    void yoloV8OfAnOnnxFileGivesPixelsAndItsClassesKeepApart() {
        YoloV8Spec spec = (YoloV8Spec) recognise(List.of(real("output0", 1, 84, 8400)), 1, 3, 640, 640)
                .orElseThrow()
                .spec();

        assertThat(spec.classes()).isEqualTo(80);
        assertThat(spec.levels().get(0).strideX()).isEqualTo(1);
        assertThat(spec.nms().perClass()).isTrue();
    }

    @Test
    void twentyNumbersAreAFaceWithPointsAndTheOtherReadingIsNamed() {
        Recognised recognised =
                recognise(List.of(real("output0", 1, 20, 8400)), 1, 3, 640, 640).orElseThrow();

        assertThat(recognised.spec().landmarkCount()).isEqualTo(5);
        assertThat(recognised.evidence()).contains("sixteen classes would have as many");
    }

    @Test
    void rawHeadsOfYoloV8AreReadJoinedAndSplit() {
        YoloV8Spec face = (YoloV8Spec) recognise(
                        List.of(real("output0", 1, 80, 80, 80), real("884", 1, 80, 40, 40), real("892", 1, 80, 20, 20)),
                        1,
                        3,
                        640,
                        640)
                .orElseThrow()
                .spec();
        YoloV8Spec split = (YoloV8Spec) recognise(
                        List.of(
                                real("a", 1, 64, 32, 32),
                                real("b", 1, 2, 32, 32),
                                real("c", 1, 64, 16, 16),
                                real("d", 1, 2, 16, 16),
                                real("e", 1, 64, 8, 8),
                                real("f", 1, 2, 8, 8)),
                        1,
                        256,
                        256,
                        3)
                .orElseThrow()
                .spec();

        assertThat(face.landmarks()).isEqualTo(5);
        assertThat(face.levels().get(1).scores()).isEqualTo(new HeadPart(1, HeadPart.Layout.CHANNELS_FIRST, 80, 64, 0));
        assertThat(split.classes()).isEqualTo(2);
        assertThat(split.levels().get(2).scores().output()).isEqualTo(5);
        assertThat(split.score().activation()).isEqualTo(ScoreRule.Activation.SIGMOID);
    }

    @Test
    void tensorsOfOtherLengthsAreNoYoloV8() {
        assertThat(recognise(List.of(real("output0", 1, 5, 1343)), 1, 256, 256, 3))
                .isEmpty();
        assertThat(recognise(List.of(real("output0", 1, 8400, 84)), 1, 3, 640, 640)
                        .filter(found -> found.spec() instanceof YoloV8Spec))
                .isEmpty();
    }

    @Test
    void yolov5FaceIsReadRawAndDecoded() {
        YoloSpec raw = (YoloSpec) recognise(
                        List.of(
                                real("stride_8", 1, 3, 80, 80, 16),
                                real("stride_16", 1, 3, 40, 40, 16),
                                real("stride_32", 1, 3, 20, 20, 16)),
                        1,
                        3,
                        640,
                        640)
                .orElseThrow()
                .spec();
        Recognised decoded =
                recognise(List.of(real("output", 1, 6300, 16)), 1, 3, 320, 320).orElseThrow();

        assertThat(raw.family()).isEqualTo("YOLOv5-face");
        assertThat(raw.levels().get(0).boxes().layout()).isEqualTo(HeadPart.Layout.ANCHOR_ROWS);
        assertThat(raw.levels().get(2).anchors()).contains(new YoloSpec.Anchor(335, 433));
        assertThat(raw.landmarkCount()).isEqualTo(5);
        assertThat(((YoloSpec) decoded.spec()).form()).isEqualTo(YoloSpec.BoxForm.DECODED);
        assertThat(decoded.evidence())
                .contains("eleven classes would have as many")
                .contains("pixels");
        assertThat(decoded.contract().orElseThrow().resize()).isEqualTo(InputContract.ResizeMode.LETTERBOX_CENTRE);
    }

    @Test
    void oneClassOfYolov7IsNotMultiplied() {
        Recognised recognised = recognise(
                        List.of(real("p5", 1, 18, 15, 20), real("p3", 1, 18, 60, 80), real("p4", 1, 18, 30, 40)),
                        1,
                        3,
                        480,
                        640)
                .orElseThrow();

        YoloSpec spec = (YoloSpec) recognised.spec();
        assertThat(spec.family()).isEqualTo("YOLOv7");
        assertThat(spec.scoreForm()).isEqualTo(YoloSpec.ScoreForm.OBJECTNESS);
        assertThat(spec.levels().get(0).boxes().output()).isEqualTo(1);
        assertThat(recognised.evidence()).contains("trained with others needs a recipe");
    }

    @Test
    void channelsLastWithThreeAnchorsAreThoseOfTheModelZooOfSt() {
        YoloSpec spec = (YoloSpec) recognise(
                        List.of(real("a", 1, 60, 60, 21), real("b", 1, 30, 30, 21), real("c", 1, 15, 15, 21)),
                        1,
                        480,
                        480,
                        3)
                .orElseThrow()
                .spec();

        assertThat(spec.family()).isEqualTo("st_yolo_x");
        assertThat(spec.classes()).isEqualTo(2);
        assertThat(spec.scoreForm()).isEqualTo(YoloSpec.ScoreForm.TIMES_SOFTMAX);
        assertThat(spec.levels().get(1).anchors().get(0)).isEqualTo(new YoloSpec.Anchor(240, 240));
    }

    @Test
    void aRowForEachCellWithAnObjectnessIsYoloX() {
        Recognised recognised =
                recognise(List.of(real("output", 1, 3549, 85)), 1, 3, 416, 416).orElseThrow();

        YoloSpec spec = (YoloSpec) recognised.spec();
        assertThat(spec.family()).isEqualTo("YOLOX");
        assertThat(spec.classes()).isEqualTo(80);
        assertThat(spec.levels().get(2).boxes().firstRow()).isEqualTo(52 * 52 + 26 * 26);
        assertThat(recognised.evidence()).contains("taken as raw");
        assertThat(recognised.contract().orElseThrow().colour()).isEqualTo(InputContract.Colour.BGR);
    }
}
