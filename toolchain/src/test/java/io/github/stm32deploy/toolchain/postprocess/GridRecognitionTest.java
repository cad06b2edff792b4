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
}
