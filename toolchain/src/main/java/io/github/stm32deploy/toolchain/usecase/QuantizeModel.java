// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Turns a float model into an int8 QDQ graph and says what that cost. */
public final class QuantizeModel {
    private final Progress progress;

    public QuantizeModel(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param model model file or recipe
     * @param inputShapes sizes that the file leaves open, by input
     * @param output ONNX file to write
     */
    public record Request(Path model, Map<String, Shape> inputShapes, QuantizationChoice choice, Path output) {
        public Request {
            Objects.requireNonNull(model);
            inputShapes = Map.copyOf(inputShapes);
            Objects.requireNonNull(choice);
            Objects.requireNonNull(output);
        }
    }

    /**
     * @param quantization errors by layer and output; empty where the model was quantized already
     * @param repairs of the number format, which came first
     * @param json the quantization section as a file for machines
     */
    public record Result(
            Optional<Report.Quantization> quantization,
            List<Report.Repair> repairs,
            long bytesBefore,
            long bytesAfter,
            List<Diagnosis> diagnoses) {
        /** The same as JSON. */
        public byte[] json() {
            return JsonFiles.toBytes(new Json(quantization.orElse(null), repairs, ReportParts.findings(diagnoses)));
        }

        private record Json(
                Report.Quantization quantization, List<Report.Repair> repairs, List<Report.Finding> diagnoses) {}
    }

    public Result quantize(Request request) {
        progress.phase("reading " + request.model().getFileName());
        ModelSource source = ModelSource.open(request.model());
        Preparation.Prepared prepared = new Preparation(progress)
                .prepare(source, request.inputShapes(), request.choice(), DecoderChoice.recognised());
        AtomicLong written = new AtomicLong();
        WholeFile.write(
                request.output(),
                out -> written.set(OnnxWriter.writeTo(Provenance.stamped(prepared.graph(), source), out)));
        long before = source.model().file().toFile().length();
        return new Result(prepared.quantization(), prepared.repairs(), before, written.get(), prepared.diagnoses());
    }
}
