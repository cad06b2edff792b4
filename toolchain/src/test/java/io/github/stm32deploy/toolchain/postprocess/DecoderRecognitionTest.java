// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Names, types, shapes and quantizations are those of published files. */
class DecoderRecognitionTest {
    private static ModelOutput real(String name, long... shape) {
        return ModelOutput.ofFloat(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
    }

    private static ModelOutput quantized(ElementType element, float scale, int zeroPoint, String name, long... shape) {
        return new ModelOutput(
                name, new TensorType(element, Shape.of(shape)), Optional.of(new Quantization(scale, zeroPoint)));
    }

    private static Optional<ImageInput> input(long... shape) {
        return ImageInput.of(new TensorType(ElementType.FLOAT32, Shape.of(shape)), Optional.empty());
    }

    private static Optional<ImageInput> input(ElementType element, float scale, int zeroPoint, long... shape) {
        return ImageInput.of(new TensorType(element, Shape.of(shape)), Optional.of(new Quantization(scale, zeroPoint)));
    }

    private static final List<ModelOutput> CENTERFACE_INT8 = List.of(
            quantized(ElementType.INT8, 0.015516452f, -128, "PartitionedCall:1", 1, 32, 32, 2),
            quantized(ElementType.INT8, 0.004103632f, -120, "PartitionedCall:3", 1, 32, 32, 10),
            quantized(ElementType.INT8, 0.00390625f, -128, "PartitionedCall:0", 1, 32, 32, 1),
            quantized(ElementType.INT8, 0.002470934f, -1, "PartitionedCall:2", 1, 32, 32, 2));

    private static final List<ModelOutput> SPLIT_UINT8 = List.of(
            quantized(ElementType.UINT8, 0.4606967f, 92, "StatefulPartitionedCall:2", 1, 512, 16),
            quantized(ElementType.UINT8, 0.064973913f, 193, "StatefulPartitionedCall:0", 1, 512, 1),
            quantized(ElementType.UINT8, 3.7721398f, 254, "StatefulPartitionedCall:1", 1, 384, 1),
            quantized(ElementType.UINT8, 2.2299156f, 78, "StatefulPartitionedCall:3", 1, 384, 16));

    @Test
    void blazeFaceIsJoinedByRowsWhicheverOutputComesFirst() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(real("classificators", 1, 896, 1), real("regressors", 1, 896, 16)),
                        input(1, 128, 128, 3))
                .orElseThrow();

        BlazeFaceSpec spec = (BlazeFaceSpec) recognised.spec();
        assertThat(spec.levels())
                .containsExactly(
                        new BlazeFaceSpec.Level(16, 16, 2, 1, 0, 0), new BlazeFaceSpec.Level(8, 8, 6, 1, 0, 512));
        assertThat(recognised.evidence()).contains("16x16x2 + 8x8x6").contains("128x128");
        InputContract contract = recognised.contract().orElseThrow();
        assertThat(contract.layout()).isEqualTo(InputContract.Layout.NHWC);
        assertThat(contract.colour()).isEqualTo(InputContract.Colour.RGB);
        assertThat(contract.mean()).containsOnly(127.5f);
        assertThat(contract.divisor()).containsOnly(127.5f);
        assertThat(contract.resize()).isEqualTo(InputContract.ResizeMode.LETTERBOX_CENTRE);
    }

    @Test
    void blazeFaceInFourTensorsIsPairedByRows() {
        Recognised recognised =
                DecoderRecognition.recognise(SPLIT_UINT8, input(1, 128, 128, 3)).orElseThrow();

        assertThat(((BlazeFaceSpec) recognised.spec()).levels())
                .containsExactly(
                        new BlazeFaceSpec.Level(16, 16, 2, 0, 1, 0), new BlazeFaceSpec.Level(8, 8, 6, 3, 2, 0));
    }

    @Test
    void fullRangeBlazeFaceHasOneGrid() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(
                                real("reshaped_regressor_face_4", 1, 2304, 16),
                                real("reshaped_classifier_face_4", 1, 2304, 1)),
                        input(1, 192, 192, 3))
                .orElseThrow();

        assertThat(((BlazeFaceSpec) recognised.spec()).levels())
                .containsExactly(new BlazeFaceSpec.Level(48, 48, 1, 0, 1, 0));
        assertThat(recognised.spec().scoreThreshold()).isEqualTo(0.6f);
    }

    @Test
    void blazeFaceThatSeesAnotherSizeHasOtherAnchorsAndIsNotGuessed() {
        assertThat(DecoderRecognition.recognise(
                        List.of(real("a", 1, 900, 16), real("b", 1, 900, 1)), input(1, 128, 128, 3)))
                .isEmpty();
    }

    @Test
    void aCoarselyQuantizedScoreOutputIsReported() {
        Recognised recognised =
                DecoderRecognition.recognise(SPLIT_UINT8, input(1, 128, 128, 3)).orElseThrow();

        List<Diagnosis> findings = ScoreCodes.diagnose(recognised.spec(), SPLIT_UINT8);

        assertThat(findings).extracting(Diagnosis::code).containsExactly("GENERATE-SCORE-COARSE");
        assertThat(findings.get(0).where()).contains("StatefulPartitionedCall:1");
        assertThat(findings.get(0).observed()).contains("2 of 256 codes");
    }

    @Test
    void aThresholdOutsideTheScoresRangeIsReported() {
        Recognised recognised = DecoderRecognition.recognise(CENTERFACE_INT8, input(1, 3, 128, 128))
                .orElseThrow();

        assertThat(ScoreCodes.diagnose(recognised.spec(), CENTERFACE_INT8)).isEmpty();
        assertThat(ScoreCodes.diagnose(recognised.spec().withScoreThreshold(0.999f), CENTERFACE_INT8))
                .extracting(Diagnosis::code)
                .containsExactly("GENERATE-SCORE-UNREACHABLE");
        assertThat(ScoreCodes.diagnose(recognised.spec().withScoreThreshold(-1), CENTERFACE_INT8))
                .extracting(Diagnosis::code)
                .containsExactly("GENERATE-SCORE-ALWAYS");
    }

    @Test
    void centerFaceTellsItsPairApartByZeroPoint() {
        Recognised recognised = DecoderRecognition.recognise(
                        CENTERFACE_INT8, input(ElementType.INT8, 0.03870891f, -1, 1, 3, 128, 128))
                .orElseThrow();

        CenterFaceSpec spec = (CenterFaceSpec) recognised.spec();
        assertThat(spec.channelsLast()).isTrue();
        assertThat(List.of(spec.heatmapOutput(), spec.scaleOutput(), spec.offsetOutput(), spec.landmarkOutput()))
                .containsExactly(2, 0, 3, 1);
        assertThat(recognised.evidence()).contains("zero point").contains("expect low scores");
        assertThat(recognised.contract().orElseThrow().layout()).isEqualTo(InputContract.Layout.NCHW);
    }

    @Test
    void centerFaceTellsItsPairApartByUpstreamsNumbers() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(
                                real("PartitionedCall:2", 1, 2, 32, 32),
                                real("PartitionedCall:3", 1, 10, 32, 32),
                                real("PartitionedCall:0", 1, 1, 32, 32),
                                real("PartitionedCall:1", 1, 2, 32, 32)),
                        input(1, 3, 128, 128))
                .orElseThrow();

        CenterFaceSpec spec = (CenterFaceSpec) recognised.spec();
        assertThat(spec.channelsLast()).isFalse();
        assertThat(spec.scaleOutput()).isEqualTo(3);
        assertThat(spec.offsetOutput()).isZero();
        InputContract contract = recognised.contract().orElseThrow();
        assertThat(contract.mean()).containsOnly(0f);
        assertThat(contract.divisor()).containsOnly(1f);
        assertThat(contract.resize()).isEqualTo(InputContract.ResizeMode.STRETCH);
    }

    @Test
    void centerFaceTellsItsPairApartByName() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(
                                real("heatmap", 1, 1, 32, 32),
                                real("offset", 1, 2, 32, 32),
                                real("scale", 1, 2, 32, 32),
                                real("landmarks", 1, 10, 32, 32)),
                        input(1, 3, 128, 128))
                .orElseThrow();

        assertThat(((CenterFaceSpec) recognised.spec()).scaleOutput()).isEqualTo(2);
        assertThat(((CenterFaceSpec) recognised.spec()).offsetOutput()).isEqualTo(1);
    }

    @Test
    void yuNetV1IsFoundByItsPriors() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(
                                real("StatefulPartitionedCall:0", 1076, 2),
                                real("StatefulPartitionedCall:2", 1076, 14),
                                real("StatefulPartitionedCall:1", 1076, 1)),
                        input(1, 120, 160, 3))
                .orElseThrow();

        YuNetV1Spec spec = (YuNetV1Spec) recognised.spec();
        assertThat(List.of(spec.locOutput(), spec.confOutput(), spec.iouOutput()))
                .containsExactly(1, 0, 2);
        assertThat(recognised.contract().orElseThrow().colour()).isEqualTo(InputContract.Colour.BGR);
    }

    @Test
    void yuNetV1WithDynamicRowsIsFoundToo() {
        assertThat(DecoderRecognition.recognise(
                        List.of(real("loc", -1, 14), real("conf", -1, 2), real("iou", -1, 1)), input(1, 3, 120, 160)))
                .hasValueSatisfying(recognised -> assertThat(recognised.spec()).isInstanceOf(YuNetV1Spec.class));
    }

    @Test
    void yuNetV2IsFoundByItsCells() {
        List<ModelOutput> outputs = List.of(
                real("obj_8", 1, 1600, 1),
                real("cls_16", 1, 400, 1),
                real("cls_32", 1, 100, 1),
                real("cls_8", 1, 1600, 1),
                real("obj_16", 1, 400, 1),
                real("obj_32", 1, 100, 1),
                real("bbox_8", 1, 1600, 4),
                real("bbox_16", 1, 400, 4),
                real("bbox_32", 1, 100, 4),
                real("kps_8", 1, 1600, 10),
                real("kps_16", 1, 400, 10),
                real("kps_32", 1, 100, 10));

        Recognised recognised =
                DecoderRecognition.recognise(outputs, input(1, 3, 320, 320)).orElseThrow();

        YuNetV2Spec spec = (YuNetV2Spec) recognised.spec();
        assertThat(spec.levels().get(0)).isEqualTo(new YuNetV2Spec.Level(40, 40, 8, 3, 0, 6, 9));
        assertThat(spec.levels().get(2)).isEqualTo(new YuNetV2Spec.Level(10, 10, 32, 2, 5, 8, 11));
        assertThat(recognised.evidence()).contains("0.36");
        InputContract contract = recognised.contract().orElseThrow();
        assertThat(contract.colour()).isEqualTo(InputContract.Colour.BGR);
        assertThat(contract.layout()).isEqualTo(InputContract.Layout.NCHW);
    }

    @Test
    void oneRowOfValuesIsAClassifierAndItsInputFollowsItsQuantization() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(quantized(ElementType.INT8, 0.00390625f, -128, "softmax", 1, 2)),
                        input(ElementType.INT8, 0.003921569f, -128, 1, 96, 96, 1))
                .orElseThrow();

        assertThat(recognised.spec()).isEqualTo(new ClassifierSpec(0, new Capacity(2, 2)));
        InputContract contract = recognised.contract().orElseThrow();
        assertThat(contract.colour()).isEqualTo(InputContract.Colour.GRAY);
        assertThat(contract.divisor()).containsExactly(255f);
    }

    @Test
    void aClassifierOfSoundHasNoImageContract() {
        Recognised recognised = DecoderRecognition.recognise(
                        List.of(real("labels_softmax", 1, 12)), input(1, 490, 1, 7))
                .orElseThrow();

        assertThat(recognised.spec()).isInstanceOf(ClassifierSpec.class);
        assertThat(recognised.contract()).isEmpty();
    }

    @Test
    void aThousandValuesOfAColourPictureAreLabels() {
        Recognised recognised = DecoderRecognition.recognise(List.of(real("output", 1, 1000)), input(1, 3, 224, 224))
                .orElseThrow();

        assertThat(recognised.spec()).isInstanceOf(ClassifierSpec.class);
        assertThat(recognised.evidence()).contains("ImageNet");
    }

    @Test
    void aRowOfLandmarksOrAnEmbeddingIsNoClassifier() {
        for (long values : new long[] {3, 10, 128, 136, 196, 212, 512, 1024}) {
            assertThat(DecoderRecognition.recognise(List.of(real("output", 1, values)), input(1, 3, 112, 112))
                            .map(Recognised::spec)
                            .filter(ClassifierSpec.class::isInstance))
                    .as(values + " values")
                    .isEmpty();
        }
        assertThat(DecoderRecognition.recognise(List.of(real("output", 1, 1000)), input(1, 1, 224, 224)))
                .as("a thousand values of a grey picture")
                .isEmpty();
    }

    @Test
    void aSegmentationMapIsNothingKnown() {
        assertThat(DecoderRecognition.recognise(List.of(real("mask", 1, 512, 512, 1)), input(1, 512, 512, 3)))
                .isEmpty();
    }
}
