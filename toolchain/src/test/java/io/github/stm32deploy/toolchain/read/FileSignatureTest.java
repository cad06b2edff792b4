// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What people bring that is no ONNX or TFLite file is called by its name, with what to bring instead. */
class FileSignatureTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "model.xml                | OPENVINO_IR  | <?xml version=\"1.0\"?><net name=\"face\" version=\"11\"><layers><layer id=\"0\"/></layers></net>",
                "deploy.prototxt          | CAFFE_TEXT   | name: \"res10\" input: \"data\" layer { name: \"conv\" type: \"Convolution\" }",
                "mnet-symbol.json         | MXNET_GRAPH  | {\"nodes\": [{\"op\": \"null\", \"name\": \"data\"}], \"arg_nodes\": [0]}",
                "slim.param               | NCNN_GRAPH   | 7767517 3 3 Input data 0 1 data",
                "notes.txt                | JSON_OR_TEXT | the model is on the other disk",
            })
    void texts(String name, FileSignature expected, String text) {
        assertThat(FileSignature.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), name))
                .isEqualTo(expected);
    }

    /** Heads as the formats' own writers make them; what follows does not matter. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Net of MNN: a flatbuffer without an identifier. Only the name tells.
                "slim-320-quant-ADMM-50.mnn              | MNN                  | 180000001400180014001000",
                "shape_predictor_68_face_landmarks.dat   | DLIB_SHAPE_PREDICTOR | 01018188810101c0",
                "mmod_human_face_detector.dat            | DLIB_NETWORK         | 0101010a6c6f73735f6d6d6f645f",
                "face.svm                                | DLIB                 | 0102010a",
                "res10_300x300_ssd.caffemodel            | CAFFE_WEIGHTS        | 0a0c53534420466163652044a206500a",
                "weights.caffemodel                      | CAFFE_WEIGHTS        | ff00",
                "frozen.pb                               | TF_GRAPH             | 0a260a05696e707574120b506c616365686f6c646572",
                "saved_model.pb                          | TF_SAVED_MODEL       | 080112800a0a900912ff080a",
                "face.mlmodel                            | CORE_ML              | 080412c0010a1e0a05696d616765",
                "mnet.params                             | MXNET_WEIGHTS        | 12010000000000000000000000000000",
                "face.engine                             | TENSORRT             | 707472740000",
                "face.safetensors                        | SAFETENSORS          | 40000000000000007b22636f6e7631",
                "face.h5                                 | HDF5                 | 894844460d0a1a0a",
                "face.pth                                | PICKLE               | 80028a0a6cfc9c46f920",
                "face.tar.gz                             | GZIP                 | 1f8b0800",
                "face.rknn                               | COMPILED             | 524b4e4e0000",
                "head-pose-estimation-adas-0001.bin      | RAW_WEIGHTS          | 3f8ccccd00",
                "yolov4.weights                          | DARKNET              | 0000000002000000",
                "something                               | UNKNOWN              | ffff00ff",
                // An ONNX file is one whatever it is called.
                "renamed.mnn                             | ONNX                 | 080812077079746f726368",
                "no-producer.pb                          | ONNX                 | 08071200",
                "graph-first.onnx                        | ONNX                 | 3a05",
                "renamed.dat                             | TFLITE               | 1c00000054464c33",
            })
    void heads(String name, FileSignature expected, String hexadecimal) {
        assertThat(FileSignature.of(ByteBuffer.wrap(HexFormat.of().parseHex(hexadecimal)), name))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "face_landmarker.task, face_detector.tflite, MEDIAPIPE_BUNDLE",
        "model.pt, archive/data.pkl, PYTORCH_ZIP",
        "model.keras, metadata.json, KERAS_ZIP",
        "data.npz, images.npy, NUMPY",
        "resources.zip, saved/readme, ZIP",
    })
    void archives_are_called_by_what_is_in_them(String name, String entry, FileSignature expected) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(1);
        }
        assertThat(FileSignature.of(ByteBuffer.wrap(bytes.toByteArray()), name)).isEqualTo(expected);
    }

    @Test
    void the_diagnosis_says_what_it_is_and_what_to_bring() throws IOException {
        Path file = folder.resolve("slim-320-quant-ADMM-50.mnn");
        Files.write(file, HexFormat.of().parseHex("1800000014001800140010000c00"));

        DiagnosedException refused = catchThrowableOfType(DiagnosedException.class, () -> ModelFile.open(file));

        Diagnosis diagnosis = refused.diagnoses().get(0);
        assertThat(diagnosis.code()).isEqualTo("READ-NOT-A-MODEL");
        assertThat(diagnosis.happened()).contains("MNN");
        assertThat(diagnosis.fix()).contains("ONNX", "models show version-rfb-320-simplified");
    }

    @ParameterizedTest
    @EnumSource(FileSignature.class)
    void everything_that_is_no_model_has_a_remedy(FileSignature signature) {
        assertThat(signature.description()).isNotBlank();
        assertThat(signature.remedy().isBlank()).isEqualTo(signature.isModel());
    }

    @Test
    void every_real_model_is_one_whatever_it_is_called() throws IOException {
        assumeTrue(Files.isDirectory(SharedModels.folder()), "../shared/models is not on this machine");
        for (Path file : SharedModels.all(".onnx", ".tflite")) {
            boolean model = !file.toString().contains("notmodel");
            assertThat(FileSignature.of(ByteBuffer.wrap(Files.readAllBytes(file)), "renamed.mnn")
                            .isModel())
                    .as(file.toString())
                    .isEqualTo(model);
        }
    }
}
