// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file that a shipped recipe names by its digest is fed as its authors say, whatever the file is called. */
class KnownContractTest {
    @TempDir
    Path folder;

    private ModelSource source;

    @BeforeEach
    void the_demo_model_under_another_name() throws Exception {
        Recipes.extractDemo(folder);
        Path renamed = Files.move(folder.resolve("drawn-faces.onnx"), folder.resolve("of unknown origin.onnx"));
        source = ModelSource.open(renamed);
    }

    @Test
    void the_digest_leads_to_the_contract() {
        KnownContract known = KnownContract.of(source, source.model().graph()).orElseThrow();
        assertThat(known.recipe()).isEqualTo("drawn-faces");
        assertThat(known.contract())
                .isEqualTo(new InputContract(
                        InputContract.Layout.NCHW,
                        InputContract.Colour.RGB,
                        128,
                        128,
                        List.of(127.5f, 127.5f, 127.5f),
                        List.of(127.5f, 127.5f, 127.5f),
                        InputContract.ResizeMode.LETTERBOX_CENTRE,
                        0));
        assertThat(known.finding("a.onnx").observed()).contains("contract from recipe drawn-faces, found by digest");
    }

    @Test
    void a_changed_file_is_another_one() throws Exception {
        Path changed = folder.resolve("drawn-faces.onnx");
        byte[] bytes = Files.readAllBytes(folder.resolve("of unknown origin.onnx"));
        // A field that no reader of ONNX knows: the same network with another digest.
        byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 3);
        longer[bytes.length] = (byte) 0xf8;
        longer[bytes.length + 1] = 0x07;
        ModelSource other = ModelSource.open(Files.write(changed, longer));
        assertThat(other.known()).isEmpty();
        assertThat(KnownContract.of(other, other.model().graph())).isEmpty();
    }

    /** Pixels from -1 to 1: codes from -1 to 0.99 hold them but for a rounding, codes from 0 to 1 lose the dark half. */
    @ParameterizedTest
    @CsvSource({"0.0078, 0, true", "0.0039, -128, false", "0.0039, 0, false"})
    void codes_that_cannot_hold_the_pixels_are_not_fed_with_them(float scale, byte zeroPoint, boolean used) {
        assertThat(KnownContract.of(source, quantizing(scale, zeroPoint, 128)).isPresent())
                .isEqualTo(used);
    }

    @Test
    void an_input_of_another_size_is_not_that_of_the_recipe() {
        assertThat(KnownContract.of(source, quantizing(0.0078f, (byte) 0, 96))).isEmpty();
    }

    @Test
    void sizes_that_a_recipe_leaves_open_are_those_of_the_input() {
        InputContract contract = shipped("scrfd-500m-bnkps", 320, 256);

        assertThat(contract.width()).isEqualTo(320);
        assertThat(contract.height()).isEqualTo(256);
        assertThat(contract.divisor()).containsOnly(128f);
    }

    @Test
    void a_picture_is_the_region_that_another_model_would_cut_out() {
        assertThat(shipped("pfld-68", 112, 112).resize()).isEqualTo(InputContract.ResizeMode.CENTRE_CROP);
    }

    private InputContract shipped(String recipe, int width, int height) {
        ImageInput image = ImageInput.of(
                        new TensorType(ElementType.FLOAT32, Shape.of(1, 3, height, width)), Optional.empty())
                .orElseThrow();
        return source.contractOf(Recipes.byId(recipe).orElseThrow(), image).orElseThrow();
    }

    private static ModelGraph quantizing(float scale, byte zeroPoint, int side) {
        return ModelGraph.builder("quantizing")
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, side, side)))
                .constant("scale", TensorData.ofFloats(Shape.scalar(), new float[] {scale}))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), new byte[] {zeroPoint}))
                .node(new Node(
                        "quantize",
                        "QuantizeLinear",
                        "",
                        List.of("image", "scale", "zero"),
                        List.of("codes"),
                        Map.of(),
                        new Origin("QuantizeLinear", "quantize", 0)))
                .output("codes", new TensorType(ElementType.INT8, Shape.of(1, 3, side, side)))
                .build();
    }
}
