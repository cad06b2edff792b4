// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

import java.nio.file.Path;

/** The findings that every reader of a model file shares. The path is shown as the user typed it. */
public final class ModelFileFindings {
    private ModelFileFindings() {}

    /** The file ends before the data that it announces. */
    public static DiagnosedException truncated(Path file, String observed) {
        return finding(Diagnosis.error("READ-MODEL-TRUNCATED", Stage.READ, "the model file is cut short")
                .where(file.toString())
                .observed(observed)
                .rule("every part that a model file announces lies inside the file")
                .effect("the model cannot be read")
                .fix("download or export the file again and compare its size or checksum with the source")
                .build());
    }

    /** The file contradicts its own format. */
    public static DiagnosedException damaged(Path file, String observed) {
        return damaged(file.toString(), observed);
    }

    /** As {@link #damaged(Path, String)}, with the place inside the file in {@code where}. */
    public static DiagnosedException damaged(String where, String observed) {
        return finding(Diagnosis.error("READ-MODEL-DAMAGED", Stage.READ, "the model file contradicts itself")
                .where(where)
                .observed(observed)
                .rule("a model file follows its format (ONNX: onnx.proto; TFLite: schema.fbs)")
                .effect("the model cannot be read")
                .fix("download or export the file again and compare its size or checksum with the source")
                .build());
    }

    /** The file is something else than a model; {@code what} says what it is, {@code fix} how to get the model. */
    public static DiagnosedException notAModel(Path file, String what, String fix) {
        return finding(
                Diagnosis.error("READ-NOT-A-MODEL", Stage.READ, "the file is " + what + ", not ONNX or TensorFlow Lite")
                        .where(file.toString())
                        .observed(what)
                        .rule("a model is an ONNX or a TensorFlow Lite file; the content counts, not the file name")
                        .effect("nothing can be checked or built")
                        .fix(fix)
                        .build());
    }

    public static DiagnosedException finding(Diagnosis diagnosis) {
        return new DiagnosedException(DiagnosedException.Kind.FINDING, diagnosis);
    }
}
