// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.quantize.ImageFolderCalibration;
import io.github.stm32deploy.toolchain.quantize.QuantizeRequest;
import io.github.stm32deploy.toolchain.quantize.Quantizer;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models on a photograph, kernel by kernel and as a whole, against ONNX Runtime without optimisation. */
class RealModelsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "blazeface/face_detection_front_128_integer_quant.tflite",
                "blazeface/blaze_face_front.tflite",
                "yunet/model_integer_quant.tflite",
                "centerface/centerface_1x3x128x128_full_integer_quant.tflite",
                "generic/person_detect.tflite",
                "generic/mobilenet_v1_0.25_96_tfs_int8.tflite",
                "generic/kws_ref_model.tflite",
                "yunet/yunetn_320_qdq_int8.onnx",
                // Channels that do nothing, with biases of 2^30 and more steps.
                "generic/vww_96_int8.tflite",
                "fomo/fomo_face_detection.tflite",
                "generic/mobilenet_v2_0.35_128_int8.tflite",
            })
    void everyKernelOfAQuantizedFileIsWithinOneQuantum(String file) throws IOException {
        CompiledNetwork.assumeCompiler();
        check(ModelFile.open(SharedModels.file(file)).graph(), file);
    }

    @Test
    void everyKernelOfBlazeFaceQuantizedByUsIsWithinOneQuantum() throws IOException {
        CompiledNetwork.assumeCompiler();
        InputContract contract = contract(InputContract.Layout.NHWC, 128, 127.5f, 127.5f);
        check(quantized("blazeface/face_detection_short_range.onnx", contract), "face_detection_short_range.onnx");
    }

    @Test
    void everyKernelOfYuNetQuantizedByUsIsWithinOneQuantum() throws IOException {
        CompiledNetwork.assumeCompiler();
        InputContract contract = contract(InputContract.Layout.NCHW, 320, 0, 1);
        check(quantized("yunet/yunet_n_320_320.onnx", contract), "yunet_n_320_320.onnx");
    }

    private static InputContract contract(InputContract.Layout layout, int size, float mean, float divisor) {
        return new InputContract(
                layout,
                InputContract.Colour.RGB,
                size,
                size,
                List.of(mean, mean, mean),
                List.of(divisor, divisor, divisor),
                InputContract.ResizeMode.STRETCH,
                0);
    }

    private static ModelGraph quantized(String file, InputContract contract) {
        ModelGraph graph =
                ShapeInference.infer(ModelFile.open(SharedModels.file(file)).graph());
        Path images = SharedModels.folder().resolveSibling("images");
        QuantizeRequest request = QuantizeRequest.of(
                graph, new ImageFolderCalibration(images, graph.inputs().get(0), contract));
        Quantizer quantizer = new Quantizer((model, extra) -> OnnxRuntimeExecutor.open(
                model, OnnxRuntimeExecutor.Options.reference().withExtraOutputs(extra)));
        return quantizer.quantize(request).graph();
    }

    private void check(ModelGraph untyped, String name) throws IOException {
        ModelGraph graph = ShapeInference.infer(untyped);
        CpuNetwork network = new CpuBackend().generate(graph, new GenerateOptions(name, "0".repeat(64), "test"));
        List<byte[]> inputs = new ArrayList<>();
        network.inputs().forEach(input -> inputs.add(stimulus(input)));

        KernelComparison.Figures figures = KernelComparison.compare(graph, name, inputs, folder);

        // The figures are what a reader of the build log wants to see.
        System.out.println(figures.table());
        assertThat(figures.layers())
                .allSatisfy(layer ->
                        assertThat(layer.worstQuanta()).as(layer.toString()).isLessThanOrEqualTo(1));
        assertThat(figures.byKernel().values())
                .allSatisfy(kernel ->
                        assertThat(kernel.exactShare()).as(kernel.toString()).isGreaterThanOrEqualTo(0.999));
        // One quantum in an early layer can change a third of the outputs of a residual network, so this holds only
        // where
        // (almost) no kernel differs at all.
        assertThat(figures.whole().exactShare()).as(figures.table()).isGreaterThanOrEqualTo(0.99);
        assertThat(figures.whole().worstQuanta()).as(figures.table()).isLessThanOrEqualTo(2);
    }

    /** A photograph where the input is an image, else seeded noise. */
    private static byte[] stimulus(CpuNetwork.Edge input) {
        long[] shape = input.shape().toArray();
        byte[] bytes = new byte[(int) input.bytes()];
        boolean first = shape.length == 4 && (shape[1] == 3 || shape[1] == 1);
        boolean last = shape.length == 4 && (shape[3] == 3 || shape[3] == 1);
        Path image = SharedModels.folder().resolveSibling("images").resolve("obama.jpg");
        if (!(first || last) || !Files.exists(image)) {
            new Random(7).nextBytes(bytes);
            return bytes;
        }
        int height = (int) (last ? shape[1] : shape[2]);
        int width = (int) (last ? shape[2] : shape[3]);
        int channels = (int) (last ? shape[3] : shape[1]);
        boolean unsigned = input.element() == ElementType.UINT8;
        BufferedImage picture = scaled(image, width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < channels; channel++) {
                    int value = (picture.getRGB(x, y) >> (16 - 8 * channel)) & 0xFF;
                    int index = last ? (y * width + x) * channels + channel : (channel * height + y) * width + x;
                    bytes[index] = (byte) (unsigned ? value : value - 128);
                }
            }
        }
        return bytes;
    }

    private static BufferedImage scaled(Path image, int width, int height) {
        try {
            BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = picture.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(ImageIO.read(image.toFile()), 0, 0, width, height, null);
            graphics.dispose();
            return picture;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
