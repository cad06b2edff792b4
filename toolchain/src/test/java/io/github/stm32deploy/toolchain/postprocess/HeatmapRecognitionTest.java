// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Shapes and names are those of published files. */
class HeatmapRecognitionTest {
    private static ModelOutput real(String name, long... shape) {
        return ModelOutput.ofFloat(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
    }

    private static Optional<Recognised> recognise(List<ModelOutput> outputs, long... input) {
        return DecoderRecognition.recognise(
                outputs, ImageInput.of(new TensorType(ElementType.FLOAT32, Shape.of(input)), Optional.empty()));
    }

    @Test
    void dbFaceIsToldByItsChannelsAndNeverByOrder() {
        Recognised recognised = recognise(
                        List.of(
                                real("Identity", 1, 64, 64, 10),
                                real("Identity_1", 1, 64, 64, 4),
                                real("Identity_2", 1, 64, 64, 1)),
                        1,
                        256,
                        256,
                        3)
                .orElseThrow();

        DbFaceSpec spec = (DbFaceSpec) recognised.spec();
        assertThat(spec.channelsLast()).isTrue();
        assertThat(List.of(spec.landmarkOutput(), spec.boxOutput(), spec.heatmapOutput()))
                .containsExactly(0, 1, 2);
        assertThat(recognised.evidence()).contains("Identity_2").contains("taken as probabilities");
        InputContract contract = recognised.contract().orElseThrow();
        assertThat(contract.colour()).isEqualTo(InputContract.Colour.BGR);
        assertThat(contract.resize()).isEqualTo(InputContract.ResizeMode.LETTERBOX_TOP_LEFT);
        assertThat(contract.mean().get(0)).isEqualTo(0.408f * 255);
    }

    @Test
    void thePooledHeatMapOfATrainingExportIsNotTheHeatMap() {
        List<ModelOutput> outputs = List.of(
                real("pool_hm", 1, 1, 8, 8),
                real("hm", 1, 1, 8, 8),
                real("tlrb", 1, 4, 8, 8),
                real("landmark", 1, 10, 8, 8));

        DbFaceSpec spec =
                (DbFaceSpec) recognise(outputs, 1, 3, 32, 32).orElseThrow().spec();

        assertThat(spec.heatmapOutput()).isEqualTo(1);
        assertThat(spec.channelsLast()).isFalse();
    }

    @Test
    void gridsOfAnotherStrideAreNotThoseOfDbFace() {
        List<ModelOutput> outputs = List.of(real("a", 1, 32, 32, 10), real("b", 1, 32, 32, 4), real("c", 1, 32, 32, 1));

        assertThat(recognise(outputs, 1, 256, 256, 3)).isEmpty();
    }

    @Test
    void centerNetNeedsNamesBecauseSizesAndOffsetsLookAlike() {
        List<ModelOutput> named =
                List.of(real("hm", 1, 80, 128, 128), real("reg", 1, 2, 128, 128), real("wh", 1, 2, 128, 128));
        List<ModelOutput> nameless =
                List.of(real("508", 1, 80, 128, 128), real("511", 1, 2, 128, 128), real("514", 1, 2, 128, 128));

        Recognised recognised = recognise(named, 1, 3, 512, 512).orElseThrow();

        CenterNetSpec spec = (CenterNetSpec) recognised.spec();
        assertThat(spec.heatmap()).isEqualTo(new CenterNetSpec.Channels(0, 0, 80));
        assertThat(spec.offset().output()).isEqualTo(1);
        assertThat(spec.size().output()).isEqualTo(2);
        assertThat(spec.score().activation()).isEqualTo(ScoreRule.Activation.SIGMOID);
        assertThat(recognised.evidence()).contains("logits, as upstream exports them");
        assertThat(recognise(nameless, 1, 3, 512, 512)).isEmpty();
    }

    @Test
    void heatMapsWithoutNegativeCodesAreProbabilities() {
        ModelOutput heatmap = new ModelOutput(
                "hm",
                new TensorType(ElementType.INT8, Shape.of(1, 80, 128, 128)),
                Optional.of(new Quantization(1 / 256f, -128)));
        List<ModelOutput> outputs = List.of(heatmap, real("reg", 1, 2, 128, 128), real("wh", 1, 2, 128, 128));

        CenterNetSpec spec =
                (CenterNetSpec) recognise(outputs, 1, 3, 512, 512).orElseThrow().spec();

        assertThat(spec.score().activation()).isEqualTo(ScoreRule.Activation.NONE);
    }

    @Test
    void oneTensorIsCenterNetOnlyWhereItsNameSaysSo() {
        assertThat(recognise(List.of(real("output", 1, 48, 48, 8)), 1, 192, 192, 3))
                .isEmpty();

        CenterNetSpec spec = (CenterNetSpec) recognise(List.of(real("centernet_head", 1, 48, 48, 8)), 1, 192, 192, 3)
                .orElseThrow()
                .spec();

        assertThat(spec.classes()).isEqualTo(new CenterNetSpec.Channels(0, 5, 2));
        assertThat(spec.border()).isFalse();
    }
}
