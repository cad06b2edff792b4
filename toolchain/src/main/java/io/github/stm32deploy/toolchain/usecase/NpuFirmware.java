// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.NpuNetwork;
import io.github.stm32deploy.toolchain.firmware.NpuNetworkFolder;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.macc.MaccCounter;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.report.Application;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The firmware around a network for the NPU.
 *
 * @param modelName as the device tells it
 * @param modelDigest SHA-256 of the deployed graph, hexadecimal
 * @param graph the graph that was compiled
 * @param contract how an image becomes its input
 * @param outputs what its outputs mean; empty where the tensors are the result
 * @param network what the compiler made of it
 */
record NpuFirmware(
        String modelName,
        String modelDigest,
        ModelGraph graph,
        Optional<InputContract> contract,
        Optional<OutputReading> outputs,
        NpuNetworkFolder network) {

    /** @throws DiagnosedException of kind USAGE for a board without NPU */
    static void requireNpu(Board board) {
        if (board.npu().isEmpty()) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("NPU-BOARD", Stage.BUILD, "this board has no NPU")
                            .where("--board " + board.id())
                            .observed("--backend npu")
                            .rule("networks for the NPU run on boards that have one")
                            .effect("nothing was built")
                            .fix("--board stm32n6570-dk, or --backend cpu")
                            .build());
        }
    }

    static long macc(ModelGraph graph) {
        return MaccCounter.count(graph, SdkVersion.newest()).total();
    }

    FirmwareRequest request(Board board) {
        List<ModelOutput> edges = DecoderRecognition.outputs(graph);
        NpuNetwork compiled = new NpuNetwork(
                modelName,
                modelDigest,
                network.name(),
                network.api(),
                network.files(),
                network.images(),
                network.pools(),
                outputs.isPresent() ? edges.stream().map(NpuFirmware::output).toList() : List.of(),
                network.activationBytes());
        return new FirmwareRequest(
                board,
                compiled,
                outputs.map(reading -> DeployedParts.decoder(reading, edges, modelDigest)),
                Report.thisTool().version());
    }

    Application application(Board board, String elf, String firmwareDigest) {
        List<String> blocks = new ArrayList<>();
        for (int i = 0; i < network.blocks().size(); i++) {
            blocks.add(network.blocks().get(i).label(i));
        }
        return DeployedParts.application(board, elf, modelDigest, firmwareDigest, contract, outputs, blocks);
    }

    private static NpuNetwork.Output output(ModelOutput output) {
        Shape shape = output.type().shape();
        List<Integer> axes = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            axes.add(Math.toIntExact(shape.size(axis)));
        }
        return new NpuNetwork.Output(
                axes,
                output.quantization().map(scale -> scale.scale()).orElse(0f),
                output.quantization().map(scale -> scale.zeroPoint()).orElse(0));
    }
}
