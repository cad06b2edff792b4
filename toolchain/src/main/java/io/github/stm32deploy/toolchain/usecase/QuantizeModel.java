// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.reference.RuntimeLoading;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.QuantizationHtml;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.TaskPictures;
import java.nio.file.Path;
import java.util.ArrayList;
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
     * @param decoder what the user says of the outputs
     * @param task on which images float and int8 are compared by what they find
     * @param page the result is wanted as a page with pictures
     * @param output ONNX file to write
     */
    public record Request(
            Path model,
            Map<String, Shape> inputShapes,
            QuantizationChoice choice,
            DecoderChoice decoder,
            TaskChoice task,
            boolean page,
            Path output) {
        public Request {
            Objects.requireNonNull(model);
            inputShapes = Map.copyOf(inputShapes);
            Objects.requireNonNull(choice);
            Objects.requireNonNull(decoder);
            Objects.requireNonNull(task);
            Objects.requireNonNull(output);
        }

        /** The file alone: the decoder is recognised, and only tensors are compared. */
        public Request(Path model, Map<String, Shape> inputShapes, QuantizationChoice choice, Path output) {
            this(model, inputShapes, choice, DecoderChoice.recognised(), TaskChoice.NONE, false, output);
        }
    }

    /**
     * @param model file that was quantized
     * @param quantization errors by layer and output, and what float and int8 find; empty where the model was quantized already
     * @param repairs of the number format, which came first
     * @param withoutTask why it is not known what float and int8 find, as the end of a sentence; empty where it is, and where
     *     nobody asked
     * @param pictures of what both find, where a page is wanted
     */
    public record Result(
            Report.Model model,
            Optional<Report.Quantization> quantization,
            List<Report.Repair> repairs,
            long bytesBefore,
            long bytesAfter,
            String withoutTask,
            TaskPictures pictures,
            List<Diagnosis> diagnoses) {
        /** The quantization section as a file for machines. */
        public byte[] json() {
            return JsonFiles.toBytes(new Json(quantization.orElse(null), repairs, ReportParts.findings(diagnoses)));
        }

        /** The same as a page. */
        public byte[] html() {
            return QuantizationHtml.render(
                    model, quantization.orElse(null), ReportParts.findings(diagnoses), withoutTask, pictures);
        }

        private record Json(
                Report.Quantization quantization, List<Report.Repair> repairs, List<Report.Finding> diagnoses) {}
    }

    public Result quantize(Request request) {
        RuntimeLoading runtime = RuntimeLoading.begin();
        try {
            return result(request);
        } finally {
            runtime.close();
        }
    }

    private Result result(Request request) {
        progress.phase("reading " + request.model().getFileName());
        ModelSource source = ModelSource.open(request.model());
        Optional<TaskImages> images =
                TaskImages.of(request.task(), request.choice().calibration());
        Preparation.Prepared prepared = new Preparation(progress, true)
                .prepare(source, request.inputShapes(), request.choice(), request.decoder());
        AtomicLong written = new AtomicLong();
        WholeFile.write(
                request.output(),
                out -> written.set(OnnxWriter.writeTo(Provenance.stamped(prepared.graph(), source), out)));
        TaskMeasurement.Outcome task = task(request, prepared, images);
        List<Diagnosis> diagnoses = new ArrayList<>(prepared.diagnoses());
        diagnoses.addAll(task.diagnoses());
        return new Result(
                ReportParts.model(source, null),
                prepared.quantization()
                        .map(measured -> measured.withTask(task.view().orElse(null))),
                prepared.repairs(),
                source.model().file().toFile().length(),
                written.get(),
                task.reason(),
                task.pictures(),
                diagnoses);
    }

    private TaskMeasurement.Outcome task(Request request, Preparation.Prepared prepared, Optional<TaskImages> images) {
        if (prepared.reference().isEmpty() || request.task().images() == 0) {
            return TaskMeasurement.Outcome.without("");
        }
        ModelGraph reference = prepared.reference().get();
        Optional<InputContract> contract =
                prepared.contract().or(() -> AssumedContract.of(reference).map(AssumedContract::contract));
        TaskMeasurement.Side exact = new TaskMeasurement.Side("float", reference, prepared.outputs(), contract);
        TaskMeasurement.Side coded = new TaskMeasurement.Side("int8", prepared.graph(), prepared.outputs(), contract);
        return new TaskMeasurement(progress).compare(exact, coded, images, request.page());
    }
}
