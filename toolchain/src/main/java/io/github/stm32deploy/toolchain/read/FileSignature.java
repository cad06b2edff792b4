// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What the first bytes of a file say it is. */
enum FileSignature {
    TFLITE("a TensorFlow Lite model", ""),
    /** ONNX has no signature of its own: whatever is nothing else may be one. */
    ONNX("an ONNX model", ""),
    WEB_PAGE(
            "a web page (HTML)",
            "download the raw file: on GitHub use the \"Download raw file\" button, or put raw.githubusercontent.com/OWNER/"
                    + "REPOSITORY/BRANCH/PATH into curl -L -O; on Hugging Face use /resolve/ instead of /blob/"),
    LFS_POINTER(
            "a Git LFS pointer of a few lines of text",
            "get the file that it points to: git lfs pull in the clone, or the \"Download\" link of the web page"),
    ZIP(
            "a ZIP archive (a Keras, PyTorch or NumPy file, or an archive with a model inside)",
            "unpack it when the model is inside, or export it: torch.onnx.export for PyTorch, tf2onnx or "
                    + "tf.lite.TFLiteConverter for Keras"),
    HDF5("an HDF5 file (Keras .h5)", "export it with tf.lite.TFLiteConverter or tf2onnx"),
    PICKLE("a Python pickle (an old PyTorch file)", "export it with torch.onnx.export"),
    GZIP("a gzip archive", "unpack it and give the model inside"),
    ORT_FORMAT(
            "an ONNX Runtime .ort file",
            "give the .onnx file that it was made from; .ort files are tied to one runtime"),
    JSON_OR_TEXT("a text file", "give the .onnx or .tflite file; text formats (JSON, prototxt, XML) are not read");

    private static final int HEAD_BYTES = 1024;

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

    static FileSignature of(ByteBuffer file) {
        byte[] head = new byte[Math.min(HEAD_BYTES, file.remaining())];
        file.duplicate().get(head);
        String latin = new String(head, StandardCharsets.ISO_8859_1);
        if (latin.startsWith("TFL3", 4)) {
            return TFLITE;
        } else if (latin.startsWith("ORTM", 4)) {
            return ORT_FORMAT;
        } else if (latin.startsWith("PK\u0003\u0004")) {
            return ZIP;
        } else if (latin.startsWith("\u0089HDF\r\n")) {
            return HDF5;
        } else if (latin.startsWith("\u001f\u008b")) {
            return GZIP;
        } else if (latin.startsWith("\u0080\u0002") || latin.startsWith("\u0080\u0004")) {
            return PICKLE;
        } else if (latin.startsWith("version https://git-lfs")) {
            return LFS_POINTER;
        }
        String text = latin.replace("\u00ef\u00bb\u00bf", "").strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.contains("<head>")) {
            return WEB_PAGE;
        }
        return isText(head) ? JSON_OR_TEXT : ONNX;
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
