// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.stedgeai.profile.CompilerProfile;
import io.github.stm32deploy.stedgeai.profile.MemoryPool;
import java.nio.file.Path;
import java.util.List;

/**
 * A graph for the NPU compiler.
 *
 * @param name of the model as the user knows it, for messages
 * @param modelBytes int8 graph, as an ONNX file or as the user's own TFLite file
 * @param extension of such a file, {@code .onnx}
 * @param board with an NPU
 * @param externalRam true where the compiler may put activations into external RAM
 * @param epochController true joins epochs into blobs
 * @param tool which installation, with limits
 * @param log file beside the output that everything printed goes to
 */
public record NpuRequest(
        String name,
        byte[] modelBytes,
        String extension,
        Board board,
        boolean externalRam,
        boolean epochController,
        VendorTool tool,
        Path log) {

    /** The same with external RAM. */
    public NpuRequest withExternalRam() {
        return new NpuRequest(name, modelBytes, extension, board, true, epochController, tool, log);
    }

    /** The same compiled from another graph, an ONNX file. */
    public NpuRequest withModel(byte[] changed) {
        return new NpuRequest(name, changed, ".onnx", board, externalRam, epochController, tool, log);
    }

    /** True where the board has external RAM that the compiler was not given. */
    public boolean withholdsRam() {
        return !externalRam
                && npu().pools().stream()
                        .anyMatch(pool -> pool.kind() == Npu.PoolKind.EXTERNAL_RAM && pool.sizeBytes() > 0);
    }

    /** Pools of the board as the compiler is told them. */
    List<MemoryPool> pools() {
        return npu().pools().stream()
                .map(pool -> {
                    MemoryPool given = new MemoryPool(
                            MemoryPool.Kind.named(pool.name())
                                    .orElseThrow(() -> new IllegalStateException(
                                            board.id() + " has a pool that ST's files do not name: " + pool.name())),
                            pool.start(),
                            pool.sizeBytes());
                    return pool.kind() == Npu.PoolKind.EXTERNAL_RAM && !externalRam ? given.withheld() : given;
                })
                .toList();
    }

    CompilerProfile profile() {
        return new CompilerProfile(pools(), epochController);
    }

    private Npu npu() {
        return board.npu().orElseThrow(() -> new IllegalStateException(board.id() + " has no NPU"));
    }
}
