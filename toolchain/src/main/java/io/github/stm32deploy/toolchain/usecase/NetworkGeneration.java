// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.codegen.CpuBackend;
import io.github.stm32deploy.toolchain.codegen.CpuNetwork;
import io.github.stm32deploy.toolchain.codegen.GenerateOptions;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.firmware.FirmwareFile;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.LayerTable;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.postprocess.Quantization;
import io.github.stm32deploy.toolchain.postprocess.ScoreCodes;
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The part that {@code generate} and {@code build} share: from the user's model to C for the cpu backend. */
final class NetworkGeneration {
    private final Progress progress;

    NetworkGeneration(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param modelBytes the deployed graph as an ONNX file
     * @param modelDigest SHA-256 of these bytes, hexadecimal
     * @param repairs what was changed before quantization
     */
    record Generated(
            ModelSource source,
            byte[] modelBytes,
            String modelDigest,
            CpuNetwork network,
            Optional<InputContract> contract,
            Optional<OutputReading> outputs,
            Optional<Report.Quantization> quantization,
            List<Report.Repair> repairs,
            List<Diagnosis> diagnoses) {

        FirmwareRequest firmware(Board board) {
            String version = Report.thisTool().version();
            LayerTable layers = new LayerTable(
                    "network.h",
                    "n6_network_" + network.identifier(),
                    network.files().entrySet().stream()
                            .map(file -> new FirmwareFile(file.getKey(), file.getValue()))
                            .toList(),
                    Math.max(1, network.plan().peakBytes()),
                    network.layers().size(),
                    network.inputs().size(),
                    network.outputs().size(),
                    modelDigest);
            return new FirmwareRequest(
                    board,
                    layers,
                    outputs.map(reading -> DeployedParts.decoder(reading, edges(network), modelDigest)),
                    version);
        }

        Application application(Board board, String elf, String firmwareDigest) {
            return DeployedParts.application(
                    board,
                    elf,
                    modelDigest,
                    firmwareDigest,
                    contract,
                    outputs,
                    network.layers().stream().map(CpuNetwork.Layer::name).toList());
        }
    }

    Generated generate(Path model, QuantizationChoice choice, DecoderChoice decoder) {
        progress.phase("reading " + model.getFileName());
        return generate(ModelSource.open(model), choice, decoder);
    }

    Generated generate(ModelSource source, QuantizationChoice choice, DecoderChoice decoder) {
        Preparation.Prepared prepared = new Preparation(progress).prepare(source, choice, decoder);
        progress.phase("generating C");
        byte[] bytes = OnnxWriter.toBytes(prepared.graph());
        String digest = sha256(bytes);
        CpuNetwork network = new CpuBackend()
                .generate(
                        prepared.graph(),
                        new GenerateOptions(
                                name(source), digest, Report.thisTool().version()));
        List<Diagnosis> diagnoses = new ArrayList<>(prepared.diagnoses());
        prepared.outputs()
                .ifPresentOrElse(
                        reading -> {
                            diagnoses.add(recognised(source, reading));
                            diagnoses.addAll(ScoreCodes.diagnose(reading.decoder(), edges(network)));
                        },
                        () -> {
                            if (!decoder.isNone(source)) {
                                diagnoses.add(unknown(source, prepared.graph()));
                            }
                        });
        return new Generated(
                source,
                bytes,
                digest,
                network,
                prepared.contract(),
                prepared.outputs(),
                prepared.quantization(),
                prepared.repairs(),
                diagnoses);
    }

    private static List<ModelOutput> edges(CpuNetwork network) {
        return network.outputs().stream()
                .map(edge -> new ModelOutput(
                        edge.name(),
                        new TensorType(edge.element(), edge.shape()),
                        Optional.of(new Quantization(edge.scale(), edge.zeroPoint()))))
                .toList();
    }

    private static Diagnosis recognised(ModelSource source, OutputReading reading) {
        return Diagnosis.of(
                        Severity.NOTE,
                        "OUT-DECODER-RECOGNISED",
                        Stage.GENERATE,
                        "the outputs are decoded as " + reading.decoder().family())
                .where(source.model().file().getFileName().toString())
                .observed(reading.evidence())
                .effect("the firmware answers with results instead of tensors")
                .fix("--decoder none leaves the tensors alone")
                .build();
    }

    private static Diagnosis unknown(ModelSource source, ModelGraph graph) {
        boolean row = DecoderRecognition.classifier(graph, "").isPresent();
        return Diagnosis.of(
                        Severity.NOTE, "OUT-DECODER-UNKNOWN", Stage.GENERATE, "no decoder is known for these outputs")
                .where(source.model().file().getFileName().toString())
                .observed(DecoderRecognition.outputs(graph).stream()
                        .map(ModelOutput::toString)
                        .collect(Collectors.joining(", ")))
                .rule(
                        "a row of values is that of a classifier where a Softmax, the name of the output, 1000 labels of a colour"
                                + " picture, or a recipe says so; detectors are known by the shapes of their outputs")
                .effect("the firmware answers with tensors; the application reads them")
                .fix(
                        row
                                ? "--decoder classifier, where these are the values of labels"
                                : "none, where the application reads the tensors; --decoder none leaves this note out")
                .build();
    }

    static String name(ModelSource source) {
        String file = source.model().file().getFileName().toString();
        int dot = file.lastIndexOf('.');
        return source.recipe()
                .map(recipe -> recipe.id())
                .orElse(dot > 0 ? file.substring(0, dot) : file)
                .toLowerCase(Locale.ROOT);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
