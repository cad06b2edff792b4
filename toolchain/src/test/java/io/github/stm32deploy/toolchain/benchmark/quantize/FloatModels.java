// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.InputContract.Colour;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.repair.OpsetUpgrade;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The float models that both quantizers get, and how a photograph becomes their input. */
final class FloatModels {
    private static final List<Float> CAFFE_MEAN = List.of(104f, 117f, 123f);

    private FloatModels() {}

    /**
     * @param id name of files and rows
     * @param file below {@code models/}
     * @param contract as the model's recipe gives it; open sizes are chosen here
     */
    record Case(String id, String title, String file, InputContract contract) {
        /** Open sizes bound, operator set 13 or newer, types of all tensors. */
        ModelGraph graph(Path shared) {
            ModelGraph graph =
                    ModelFile.open(shared.resolve("models").resolve(file)).graph();
            boolean first = contract.layout() == Layout.NCHW;
            Shape shape = first
                    ? Shape.of(1, 3, contract.height(), contract.width())
                    : Shape.of(1, contract.height(), contract.width(), 3);
            ModelGraph bound =
                    ShapeInference.infer(graph, Map.of(graph.inputs().get(0).name(), shape));
            return ShapeInference.infer(OpsetUpgrade.to13(ShapeInference.withBatchOfOne(bound)));
        }
    }

    static List<Case> all() {
        return List.of(
                new Case(
                        "blazeface",
                        "BlazeFace short range 128x128",
                        "blazeface/face_detection_short_range.onnx",
                        contract(Layout.NHWC, Colour.RGB, 128, 128, 127.5f, 127.5f)),
                new Case(
                        "yunet-n",
                        "YuNet n 320x320",
                        "yunet/yunet_n_320_320.onnx",
                        contract(Layout.NCHW, Colour.BGR, 320, 320, 0, 1)),
                new Case(
                        "yunet-120x160",
                        "YuNet 120x160",
                        "yunet/face_detection_yunet_120x160.onnx",
                        contract(Layout.NCHW, Colour.BGR, 160, 120, 0, 1)),
                new Case(
                        "retinaface",
                        "RetinaFace MobileNet 0.25 320x320",
                        "retinaface/retinaface_mbnet0.25.onnx",
                        contract(320, 320, CAFFE_MEAN)),
                new Case(
                        "scrfd",
                        "SCRFD 500M with points 320x320",
                        "scrfd/scrfd_500m_bnkps.onnx",
                        contract(Layout.NCHW, Colour.RGB, 320, 320, 127.5f, 128)),
                new Case(
                        "ultraface",
                        "UltraFace RFB 320x240",
                        "ultraface/version-RFB-320_without_postprocessing.onnx",
                        contract(Layout.NCHW, Colour.RGB, 320, 240, 127, 128)),
                new Case(
                        "pfld",
                        "PFLD 112x112",
                        "landmark/pfld.onnx",
                        contract(Layout.NCHW, Colour.BGR, 112, 112, 0, 255)),
                new Case("faceboxes", "FaceBoxes 750x450", "faceboxes/FaceBoxes.onnx", contract(750, 450, CAFFE_MEAN)),
                new Case(
                        "facemesh",
                        "Face mesh 192x192",
                        "facemesh/face_landmark.onnx",
                        contract(Layout.NHWC, Colour.RGB, 192, 192, 0, 255)),
                new Case(
                        "mobilefacenet",
                        "MobileFaceNet 112x112",
                        "mobilefacenet/mobilefacenet_fp32.onnx",
                        contract(Layout.NCHW, Colour.RGB, 112, 112, 127.5f, 128)),
                new Case(
                        "mobilenetv2",
                        "MobileNetV2 0.5 128x128",
                        "generic/mobilenet_v2_128_0.5.onnx",
                        contract(Layout.NCHW, Colour.RGB, 128, 128, 127.5f, 127.5f)));
    }

    private static InputContract contract(
            Layout layout, Colour colour, int width, int height, float mean, float divisor) {
        return new InputContract(
                layout,
                colour,
                width,
                height,
                List.of(mean, mean, mean),
                List.of(divisor, divisor, divisor),
                InputContract.ResizeMode.STRETCH,
                0);
    }

    private static InputContract contract(int width, int height, List<Float> mean) {
        return new InputContract(
                Layout.NCHW, Colour.BGR, width, height, mean, List.of(1f, 1f, 1f), InputContract.ResizeMode.STRETCH, 0);
    }
}
