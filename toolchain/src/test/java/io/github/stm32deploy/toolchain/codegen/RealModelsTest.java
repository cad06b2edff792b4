// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models, kernel by kernel and as a whole, against ONNX Runtime without optimisation. */
class RealModelsTest {
    @TempDir
    Path folder;

    private static Path shared() {
        String stated = System.getenv("STM32_DEPLOY_SHARED");
        return stated != null ? Path.of(stated) : Path.of(System.getProperty("user.dir"), "../../shared");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yunet/yunetn_320_qdq_int8.onnx",
                "/tmp/codegen/short_range_qdq.onnx",
                "/tmp/codegen/yunet_n_qdq.onnx",
                "blazeface/face_detection_front_128_integer_quant_OE_3_2_0.onnx",
                "generic/mobilenet_v2_224_int8.onnx",
            })
    void everyKernelIsWithinOneQuantum(String file) throws IOException {
        CompiledNetwork.assumeCompiler();
        Path path = file.startsWith("/")
                ? Path.of(file)
                : shared().resolve("models").resolve(file);
        Assumptions.assumeTrue(Files.exists(path), "../shared/models is absent");
        ModelGraph graph = ShapeInference.infer(ModelFile.open(path).graph());
        CpuNetwork network = new CpuBackend().generate(graph, new GenerateOptions(file, "0".repeat(64), "test"));
        List<byte[]> inputs = new ArrayList<>();
        network.inputs().forEach(input -> inputs.add(stimulus(input)));

        KernelComparison.Figures figures = KernelComparison.compare(graph, file, inputs, folder);

        System.out.println(figures.table());
        assertThat(figures.layers())
                .allSatisfy(layer ->
                        assertThat(layer.worstQuanta()).as(layer.toString()).isLessThanOrEqualTo(1));
        assertThat(figures.byKernel().values())
                .allSatisfy(kernel ->
                        assertThat(kernel.exactShare()).as(kernel.toString()).isGreaterThanOrEqualTo(0.999));
        assertThat(figures.whole().worstQuanta()).isLessThanOrEqualTo(2);
        assertThat(figures.whole().exactShare()).isGreaterThanOrEqualTo(0.99);
    }

    /** A photograph where the input is an image, else seeded noise. */
    private static byte[] stimulus(CpuNetwork.Edge input) {
        long[] shape = input.shape().toArray();
        byte[] bytes = new byte[(int) input.bytes()];
        boolean first = shape.length == 4 && (shape[1] == 3 || shape[1] == 1);
        boolean last = shape.length == 4 && (shape[3] == 3 || shape[3] == 1);
        Path image = shared().resolve("images/obama.jpg");
        if (!(first || last) || !Files.exists(image)) {
            new Random(7).nextBytes(bytes);
            return bytes;
        }
        int height = (int) (last ? shape[1] : shape[2]);
        int width = (int) (last ? shape[2] : shape[3]);
        int channels = (int) (last ? shape[3] : shape[1]);
        BufferedImage picture = scaled(image, width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < channels; channel++) {
                    int value = (picture.getRGB(x, y) >> (16 - 8 * channel)) & 0xFF;
                    int index = last ? (y * width + x) * channels + channel : (channel * height + y) * width + x;
                    boolean unsigned = input.element() == io.github.stm32deploy.toolchain.model.ElementType.UINT8;
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
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}
