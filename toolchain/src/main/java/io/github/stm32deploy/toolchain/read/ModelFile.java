// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.ModelFileFindings;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.Signature;
import io.github.stm32deploy.toolchain.onnx.OnnxReader;
import io.github.stm32deploy.toolchain.tflite.TfliteReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A model file and the graph in it. The format is found by content, never by the file's name.
 *
 * @param file as the user typed it
 * @param format {@code onnx} or {@code tflite}
 * @param signatures names that the author gave to inputs and outputs; only TFLite files have them
 */
public record ModelFile(Path file, String format, ModelGraph graph, List<Signature> signatures) {
    public ModelFile {
        signatures = List.copyOf(signatures);
    }

    /**
     * Opens and reads a model. The file is mapped, not copied; it must not change while the graph is in use.
     *
     * @throws DiagnosedException of kind USAGE where there is no such file, FINDING where it is no readable model
     */
    public static ModelFile open(Path file) {
        ByteBuffer bytes = map(file);
        FileSignature signature = FileSignature.of(bytes, String.valueOf(file.getFileName()));
        if (!signature.isModel()) {
            throw ModelFileFindings.notAModel(file, signature.description(), signature.remedy());
        }
        try {
            return read(file, bytes, signature);
        } catch (OutOfMemoryError full) {
            // Weights stay in the file, so only a file that unfolds far beyond its size comes here.
            throw ModelFileFindings.finding(Diagnosis.error(
                            "READ-OUT-OF-MEMORY", Stage.READ, "the model does not fit into the memory of this program")
                    .where(file.toString())
                    .observed(bytes.remaining() + " bytes of file, "
                            + Runtime.getRuntime().maxMemory() + " bytes of heap")
                    .rule("what a model holds beside its weights fits into the heap")
                    .effect("the model cannot be read")
                    .fix("give the program more memory with JAVA_TOOL_OPTIONS=-Xmx4g, or export the model again")
                    .build());
        }
    }

    private static ModelFile read(Path file, ByteBuffer bytes, FileSignature signature) {
        if (signature == FileSignature.TFLITE) {
            TfliteReader.Content content = TfliteReader.readAll(bytes, file);
            return new ModelFile(file, "tflite", content.graph(), content.signatures());
        }
        return new ModelFile(file, "onnx", ShapeInference.infer(OnnxReader.read(bytes, file)), List.of());
    }

    private static ByteBuffer map(Path file) {
        if (Files.isDirectory(file)) {
            throw usage(
                    "READ-IS-DIRECTORY",
                    "a folder was given where a model file is expected",
                    file,
                    "name the model file inside it");
        }
        if (!Files.exists(file)) {
            throw usage(
                    "READ-FILE-MISSING",
                    "there is no such file",
                    file,
                    "check the path; a relative path starts at the folder in which the command runs");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() == 0 && channel.read(ByteBuffer.allocate(1)) > 0) {
                throw usage(
                        "READ-FILE-UNREADABLE",
                        "the file has no length",
                        file,
                        "give a copy of the model in an ordinary folder");
            }
            if (channel.size() == 0) {
                throw ModelFileFindings.finding(Diagnosis.error("READ-FILE-EMPTY", Stage.READ, "the file is empty")
                        .where(file.toString())
                        .observed("0 bytes")
                        .effect("there is nothing to read")
                        .fix("download or export the model again")
                        .build());
            }
            if (channel.size() > Integer.MAX_VALUE) {
                throw ModelFileFindings.damaged(
                        file, "the file has " + channel.size() + " bytes; ONNX and TFLite files end at 2 GiB");
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        } catch (IOException unreadable) {
            throw usage(
                    "READ-FILE-UNREADABLE",
                    "the file cannot be opened",
                    file,
                    "check its permissions and that it is an ordinary file ("
                            + unreadable.getClass().getSimpleName() + ")");
        }
    }

    private static DiagnosedException usage(String code, String happened, Path file, String fix) {
        return new DiagnosedException(
                DiagnosedException.Kind.USAGE,
                Diagnosis.error(code, Stage.READ, happened)
                        .where(file.toString())
                        .effect("there is no model to read")
                        .fix(fix)
                        .build());
    }
}
