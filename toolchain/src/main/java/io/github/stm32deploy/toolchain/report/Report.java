// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;

/**
 * The content of report.json (schema {@code docs/reference/report.schema.json}). A section that did not happen is null
 * here and absent in the file. Text and HTML are views of this record.
 *
 * <p>Units are in the names. {@code unit} is {@code instructions} where the board is emulated and counts guest
 * instructions, {@code microseconds} where a clock was read; transfer and end-to-end times are host time everywhere.
 *
 * @param answer the verdict as a sentence, for a reader who reads nothing else
 * @param repairs changes of the graph that came before quantization, kept or not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Report(
        String schema,
        Tool tool,
        Model model,
        Board board,
        String verdict,
        String answer,
        List<Finding> diagnoses,
        Known known,
        Prediction prediction,
        List<Layer> layers,
        ActivationPlan activationPlan,
        List<Repair> repairs,
        Quantization quantization,
        Obtained obtained,
        Build build,
        Measurement measurement,
        List<ImageDetections> detections) {

    /** Name and version of the schema that {@link #schema()} states. */
    public static final String SCHEMA = "stm32-deploy/report/1";

    public record Tool(String name, String version) {}

    public record Value(
            String name,
            String type,
            List<Long> shape,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String layout) {
        public Value {
            layout = layout == null ? "" : layout;
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Model(
            String name,
            String file,
            String format,
            String sha256,
            List<Value> inputs,
            List<Value> outputs,
            Long macc,
            Long parameters,
            String knows) {}

    /**
     * What a recipe that ships with the program knows of the file.
     *
     * @param match what file and recipe have in common
     * @param user what was written down of the network elsewhere; absent where nothing was
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Known(String recipe, String title, String match, String licence, Table.Theirs user) {}

    public record Board(String id, String backend) {}

    public record Fix(String command, boolean automatic, String text) {}

    public record Finding(
            String code,
            String severity,
            String stage,
            String where,
            String happened,
            String observed,
            String rule,
            String effect,
            Fix fix,
            String source) {}

    /**
     * @param placement {@code npu}, {@code hybrid}, {@code cpu}, {@code none} (no step of its own), {@code option},
     *     {@code refused} or {@code illegal}
     * @param epochs numbers of the predicted epochs that it is part of
     * @param predictedMicros time of the epochs that it leads; absent where another layer of its chain does
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Layer(
            String name,
            String operator,
            String origin,
            String placement,
            String reason,
            long macc,
            long parameters,
            long outputBytes,
            List<Integer> epochs,
            Double predictedMicros) {}

    /** Where each activation lies in the arena and from which layer to which it is needed. */
    public record ActivationPlan(
            long peakBytes, long lowerBoundBytes, long scratchBytes, List<Buffer> buffers, List<Long> liveBytes) {}

    public record Buffer(String name, long offset, long bytes, int firstLayer, int lastLayer) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Quantization(
            String scheme,
            String method,
            int samples,
            boolean synthetic,
            List<OutputError> outputs,
            List<LayerError> layers,
            List<String> skippedSamples,
            List<QuantizationStep> steps,
            List<LayerSensitivity> sensitivity,
            TaskView task) {
        /** With what float and int8 find in the same images. */
        public Quantization withTask(TaskView found) {
            return new Quantization(
                    scheme, method, samples, synthetic, outputs, layers, skippedSamples, steps, sensitivity, found);
        }
    }

    /**
     * A change that was tried to recover accuracy.
     *
     * @param gainDb mean over the outputs, measured on calibration samples
     */
    public record QuantizationStep(String name, String what, List<String> nodes, double gainDb, boolean kept) {}

    /**
     * What one layer's codes do to the outputs, measured on calibration samples.
     *
     * @param exclude what {@code --exclude} has to name to keep the layer float
     * @param aloneDb mean ratio of the outputs where only this layer has codes
     * @param gainDb what the outputs gain where only this layer is float
     * @param costMillis predicted time that it takes longer then; absent where it was not predicted
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record LayerSensitivity(
            String name, String operator, List<String> exclude, double aloneDb, double gainDb, Double costMillis) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record OutputError(String name, Double cosine, Double sqnrDb, Double mae) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record LayerError(String name, String operator, Double cosine, Double sqnrDb, Double mae) {}

    /**
     * One change of the graph that was tried.
     *
     * @param nodes the places, as the user's file names them
     * @param contract what is another one for whoever feeds the graph or reads it
     * @param recovered what a decoder has to know of a part that was removed, as the recipe's {@code decoder} has it
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Repair(
            String id,
            List<String> nodes,
            String reason,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> contract,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Object> recovered,
            Parity parity) {
        public Repair {
            contract = contract == null ? List.of() : contract;
            recovered = recovered == null ? Map.of() : recovered;
        }
    }

    /**
     * The graph before and after on the same seeded inputs.
     *
     * @param maxAbsError absent, as all figures, where no comparison took place
     * @param kept false where the change was reverted, or only listed
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Parity(
            Double maxAbsError,
            Double maxRelativeError,
            Double maxQuanta,
            Long elements,
            Long differing,
            boolean kept,
            String outcome) {}

    /** The first graph against the last on the same seeded inputs, all changes together. */
    public record Total(double maxAbsError, double maxRelativeError, double maxQuanta, long elements, long differing) {}

    /**
     * What {@code repair --json} writes.
     *
     * @param total all changes together; absent where fewer than two were kept, or nothing was run
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Repaired(List<Repair> repairs, Total total, List<Finding> diagnoses) {}

    /**
     * What the vendor's compiler made of the graph, as its own files say it; neither predicted nor measured.
     *
     * @param tool release of ST Edge AI Core
     * @param compiler release of the NPU compiler behind it
     * @param api which functions of the runtime the application calls: {@code ll_aton} or {@code stai}
     * @param cpuOperators operators in epochs that the CPU takes part in, with their number
     * @param placement our prediction of the epochs that need the CPU, matched one by one; absent where none was made
     * @param weightsBytes in the NPU's format
     * @param activationsBytes inputs and outputs among them from 2.1 on
     * @param pools memory that the compiler was given
     * @param images files that must lie in memory before the network runs
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Obtained(
            String tool,
            String compiler,
            String api,
            ObtainedEpochs epochs,
            Map<String, Long> cpuOperators,
            StReport.Placement placement,
            long weightsBytes,
            long activationsBytes,
            List<ObtainedPool> pools,
            List<WeightFile> images) {}

    /** Epochs by who runs them; those of the controller are the NPU's as well. */
    public record ObtainedEpochs(long total, long hardware, long controller, long hybrid, long software) {}

    public record ObtainedPool(String name, long sizeBytes, long usedBytes) {}

    /** @param file name in the folder {@code network} */
    public record WeightFile(String file, String pool, long address, long bytes) {}

    public record Build(
            String elf,
            long textBytes,
            long rodataBytes,
            long dataBytes,
            long bssBytes,
            long weightsBytes,
            Map<String, String> toolVersions) {}

    /**
     * @param memory absent where another firmware than ours ran
     */
    public record Measurement(
            Device device,
            Method method,
            Spread inference,
            @JsonInclude(JsonInclude.Include.NON_NULL) Spread postprocessing,
            Spread transfer,
            Spread endToEnd,
            List<LayerTime> layers,
            @JsonInclude(JsonInclude.Include.NON_NULL) Memory memory,
            long macc,
            String verdict,
            String verdictReason) {}

    /**
     * @param clocks hertz by name, as the device's registers say them; null where no clock means anything
     * @param firmwareDigest absent where another firmware than ours ran
     */
    public record Device(
            String board,
            boolean emulated,
            long clockHertz,
            @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, Long> clocks,
            @JsonInclude(JsonInclude.Include.NON_NULL) String firmwareDigest) {}

    public record Method(int reloads, int runs, int warmup, String timeBase) {}

    public record Spread(String unit, double min, double median, double p95, double max) {}

    public record LayerTime(String name, String unit, double median) {}

    public record Memory(
            long ramBytes, long stackPeakBytes, long flashBytes, long activationsBytes, long weightsBytes) {}

    /**
     * @param classes labels of a classifier, best first; absent for detectors
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ImageDetections(String image, List<Box> boxes, List<Label> classes) {}

    /** A label of a classifier with the network's own value for it. */
    public record Label(long index, double score) {}

    /** A box in pixels of the image as it is shown; landmarks in the order of the decoder's family. */
    @JsonPropertyOrder({"x", "y", "width", "height", "score", "landmarks", "pose"})
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Box(
            double x, double y, double width, double height, double score, List<List<Double>> landmarks, Pose pose) {
        /** A box without a head pose. */
        public Box(double x, double y, double width, double height, double score, List<List<Double>> landmarks) {
            this(x, y, width, height, score, landmarks, null);
        }
    }

    /** A head pose in degrees, signs as the network's authors define them. */
    public record Pose(double yaw, double pitch, double roll) {}

    /** A report of what was judged, nothing built or measured yet. */
    public static Report judged(Model model, Board board, String verdict, List<Finding> diagnoses) {
        return new Report(
                SCHEMA,
                thisTool(),
                model,
                board,
                verdict,
                null,
                diagnoses,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    public Report withAnswer(String sentence) {
        return with(
                sentence,
                known,
                prediction,
                layers,
                activationPlan,
                repairs,
                quantization,
                obtained,
                build,
                measurement,
                detections);
    }

    public Report withKnown(Known recognised) {
        return with(
                answer,
                recognised,
                prediction,
                layers,
                activationPlan,
                repairs,
                quantization,
                obtained,
                build,
                measurement,
                detections);
    }

    public Report withPrediction(Prediction predicted, List<Layer> judged) {
        return with(
                answer,
                known,
                predicted,
                judged,
                activationPlan,
                repairs,
                quantization,
                obtained,
                build,
                measurement,
                detections);
    }

    /** With what the cpu backend generated. */
    public Report withNetwork(List<Layer> generated, ActivationPlan plan, Quantization error) {
        return with(
                answer, known, prediction, generated, plan, repairs, error, obtained, build, measurement, detections);
    }

    /** With what was changed before; none is no section. */
    public Report withRepairs(List<Repair> changes) {
        return with(
                answer,
                known,
                prediction,
                layers,
                activationPlan,
                changes.isEmpty() ? null : changes,
                quantization,
                obtained,
                build,
                measurement,
                detections);
    }

    public Report withQuantization(Quantization error) {
        return with(
                answer,
                known,
                prediction,
                layers,
                activationPlan,
                repairs,
                error,
                obtained,
                build,
                measurement,
                detections);
    }

    /** With what the vendor's compiler made. */
    public Report withObtained(Obtained made) {
        return with(
                answer,
                known,
                prediction,
                layers,
                activationPlan,
                repairs,
                quantization,
                made,
                build,
                measurement,
                detections);
    }

    public Report withBuild(Build built) {
        return with(
                answer,
                known,
                prediction,
                layers,
                activationPlan,
                repairs,
                quantization,
                obtained,
                built,
                measurement,
                detections);
    }

    public Report withMeasurement(Measurement measured) {
        return with(
                answer,
                known,
                prediction,
                layers,
                activationPlan,
                repairs,
                quantization,
                obtained,
                build,
                measured,
                detections);
    }

    public Report withDetections(List<ImageDetections> found) {
        return with(
                answer,
                known,
                prediction,
                layers,
                activationPlan,
                repairs,
                quantization,
                obtained,
                build,
                measurement,
                found);
    }

    private Report with(
            String sentence,
            Known recognised,
            Prediction predicted,
            List<Layer> layersNow,
            ActivationPlan plan,
            List<Repair> changes,
            Quantization error,
            Obtained made,
            Build built,
            Measurement measured,
            List<ImageDetections> found) {
        return new Report(
                schema,
                tool,
                model,
                board,
                verdict,
                sentence,
                diagnoses,
                recognised,
                predicted,
                layersNow,
                plan,
                changes,
                error,
                made,
                built,
                measured,
                found);
    }

    public static Tool thisTool() {
        String version = Report.class.getPackage().getImplementationVersion();
        return new Tool("stm32-deploy", version == null ? "development" : version);
    }
}
