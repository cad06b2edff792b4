// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a file is. The first bytes decide; its name is asked only for formats without a signature, and only where the bytes
 * are those of no model: it never turns a model into something else.
 */
enum FileSignature {
    TFLITE("a TensorFlow Lite model", ""),
    /** ONNX has no signature of its own: whatever begins like its message and is nothing else may be one. */
    ONNX("an ONNX model", ""),
    WEB_PAGE(
            "a web page (HTML)",
            "download the raw file: on GitHub use the \"Download raw file\" button, or put raw.githubusercontent.com/OWNER/"
                    + "REPOSITORY/BRANCH/PATH into curl -L -O; on Hugging Face use /resolve/ instead of /blob/"),
    LFS_POINTER(
            "a Git LFS pointer of a few lines of text",
            "get the file that it points to: git lfs pull in the clone, or the \"Download\" link of the web page"),
    MEDIAPIPE_BUNDLE(
            "a MediaPipe task bundle: a ZIP archive with .tflite files inside",
            "unpack it (unzip FILE.task) and give one of the .tflite files inside; a face landmarker bundle holds a detector, "
                    + "a mesh and a blendshape model"),
    PYTORCH_ZIP(
            "a PyTorch file (.pt, .pth): weights, and code that only Python can run",
            "export it where the network is defined: torch.onnx.export(model.eval(), example, \"model.onnx\")"),
    KERAS_ZIP(
            "a Keras 3 file (.keras)",
            "export it: model.export(\"folder\"), then tf.lite.TFLiteConverter.from_saved_model(\"folder\"), or tf2onnx"),
    NUMPY(
            "NumPy arrays, not a network",
            "give the .onnx or .tflite file; arrays are read as calibration data: quantize --calibration"),
    ZIP("a ZIP archive", "unpack it and give the model inside"),
    HDF5(
            "an HDF5 file (Keras .h5)",
            "export it: tf.lite.TFLiteConverter.from_keras_model(keras.models.load_model(FILE)), or tf2onnx"),
    PICKLE(
            "a Python pickle (an old PyTorch file, .pt, .pth)",
            "export it where the network is defined: torch.onnx.export(model.eval(), example, \"model.onnx\")"),
    GZIP("a gzip archive", "unpack it and give the model inside"),
    TAR("a tar archive", "unpack it and give the model inside"),
    ORT_FORMAT(
            "an ONNX Runtime .ort file",
            "give the .onnx file that it was made from; .ort files are tied to one runtime"),
    OPENVINO_IR(
            "the graph of an OpenVINO IR model (.xml; its weights are in a .bin)",
            "bring the ONNX, TFLite or framework file that OpenVINO converted it from; Intel's zoo names it in model.yml of the "
                    + "model, and the PINTO model zoo has ONNX and TFLite conversions of most face models"),
    CAFFE_TEXT(
            "a Caffe network description (.prototxt)",
            "convert it with its .caffemodel to ONNX (caffe2onnx, MMdnn), or bring an ONNX release of the same network"),
    CAFFE_WEIGHTS(
            "Caffe weights (.caffemodel)",
            "convert it with its .prototxt to ONNX (caffe2onnx, MMdnn), or bring an ONNX release of the same network"),
    MXNET_GRAPH(
            "an MXNet graph (-symbol.json)",
            "export it with its .params to ONNX: mxnet.onnx.export_model, or bring an ONNX release of the same network"),
    MXNET_WEIGHTS(
            "MXNet weights (.params)",
            "export it with its -symbol.json to ONNX: mxnet.onnx.export_model, or bring an ONNX release of the same network"),
    NCNN_GRAPH(
            "an ncnn network description (.param)", "bring the ONNX file that it was made from; ncnn has no way back"),
    TF_SAVED_MODEL(
            "a TensorFlow SavedModel (saved_model.pb)",
            "convert its folder: tf.lite.TFLiteConverter.from_saved_model(FOLDER), or python -m tf2onnx.convert --saved-model FOLDER"),
    TF_GRAPH(
            "a frozen TensorFlow graph (.pb)",
            "convert it: python -m tf2onnx.convert --graphdef FILE --inputs NAME:0 --outputs NAME:0 --output model.onnx"),
    CORE_ML(
            "a Core ML model",
            "bring the framework file that it was made from, as ONNX or TFLite; Core ML has no way back"),
    TENSORRT("a TensorRT engine: machine code for one NVIDIA GPU", "bring the ONNX file that it was built from"),
    SAFETENSORS("weights without a network (safetensors)", "export the network that they belong to: torch.onnx.export"),
    DLIB_SHAPE_PREDICTOR(
            "a dlib shape predictor: regression trees for landmarks, not a neural network",
            "bring a landmark network instead, such as PIPNet or PFLD with the same 68 points: stm32-deploy models list --task "
                    + "face-landmark"),
    DLIB_NETWORK(
            "a dlib network in dlib's own format",
            "bring a face detector as ONNX or TFLite instead: stm32-deploy models list --task face-detection"),
    DLIB("a file of the dlib library", "bring a network as ONNX or TFLite: stm32-deploy models list"),
    MNN(
            "an MNN model",
            "bring the ONNX file of the same network; for Ultra-Light it lies in models/onnx of the repository: stm32-deploy "
                    + "models show version-rfb-320-simplified"),
    DARKNET(
            "Darknet weights (.weights)",
            "convert them with their .cfg to ONNX, or bring an ONNX release of the same network"),
    COMPILED("a network compiled for another accelerator", "bring the ONNX or TFLite file that it was compiled from"),
    RAW_WEIGHTS(
            "raw weights (.bin) of a model whose graph is in another file",
            "bring the whole model as ONNX or TFLite; OpenVINO keeps the graph in .xml, ncnn in .param"),
    JSON_OR_TEXT("a text file", "give the .onnx or .tflite file; text formats (JSON, prototxt, XML) are not read"),
    UNKNOWN("of no kind that is known here", "give the .onnx or .tflite file, or export the network to one of them");

    private static final int HEAD_BYTES = 4096;

    private final String description;
    private final String remedy;

    FileSignature(String description, String remedy) {
        this.description = description;
        this.remedy = remedy;
    }

    boolean isModel() {
        return this == TFLITE || this == ONNX;
    }

    String description() {
        return description;
    }

    String remedy() {
        return remedy;
    }

    /**
     * @param file the whole file
     * @param name its name, for formats without a signature
     */
    static FileSignature of(ByteBuffer file, String name) {
        byte[] head = new byte[Math.min(HEAD_BYTES, file.remaining())];
        file.duplicate().get(head);
        String latin = new String(head, StandardCharsets.ISO_8859_1);
        FileSignature found = BinarySignatures.of(latin);
        if (found == null) {
            found = isText(head) ? text(latin) : null;
        }
        if (found == null) {
            found = ProtobufSignatures.of(latin);
        }
        return found == null ? byName(name.toLowerCase(Locale.ROOT)) : found;
    }

    private static FileSignature text(String head) {
        String text = head.replace("\u00ef\u00bb\u00bf", "").strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.contains("<head>")) {
            return WEB_PAGE;
        } else if (text.startsWith("version https://git-lfs")) {
            return LFS_POINTER;
        } else if (text.startsWith("7767517")) {
            return NCNN_GRAPH;
        } else if (text.contains("<net ") && text.contains("<layer")) {
            return OPENVINO_IR;
        } else if (text.contains("\"arg_nodes\"") || text.startsWith("{") && text.contains("\"op\": \"null\"")) {
            return MXNET_GRAPH;
        } else if (text.contains("layer {") || text.contains("layers {") || text.contains("input_dim:")) {
            return CAFFE_TEXT;
        }
        return JSON_OR_TEXT;
    }

    private static FileSignature byName(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return switch (ending) {
            case "mnn" -> MNN;
            case "caffemodel" -> CAFFE_WEIGHTS;
            case "params" -> MXNET_WEIGHTS;
            case "engine", "trt", "plan" -> TENSORRT;
            case "mlmodel" -> CORE_ML;
            case "dat", "svm" -> DLIB;
            case "weights" -> DARKNET;
            case "bin" -> RAW_WEIGHTS;
            case "pt", "pth" -> PICKLE;
            case "pb" -> TF_GRAPH;
            case "rknn", "hef", "dlc", "kmodel", "nb", "tmfile", "blob", "cvimodel", "bmodel", "axmodel" -> COMPILED;
            default -> UNKNOWN;
        };
    }

    /** Protobuf keys and lengths are control characters, so a head of printable ones is no ONNX file. */
    private static boolean isText(byte[] head) {
        for (byte value : head) {
            boolean space = value == '\n' || value == '\r' || value == '\t';
            if (!space && value >= 0 && value < ' ' || value == 127) {
                return false;
            }
        }
        return true;
    }
}
