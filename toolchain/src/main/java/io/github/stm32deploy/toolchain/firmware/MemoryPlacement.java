// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.MemoryRegion;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Region of each part of a firmware on a board with memory of its own.
 *
 * @param code region of the vectors and of code
 * @param tables region of the tables that were generated for the network and its decoder
 */
public record MemoryPlacement(
        MemoryRegion code, MemoryRegion tables, MemoryRegion variables, MemoryRegion arena, MemoryRegion weights) {

    /** Room kept for the hand-written code in the code region: all kernels, decoders and drivers are about half of it. */
    private static final long CODE_BYTES = 192 << 10;

    /**
     * Takes for each part the first region of the board's list that has room. Tables go to the last code region where
     * they might not fit beside the code.
     *
     * @param tableBytes an upper bound: the size of their C text
     * @throws DiagnosedException with {@code BUILD-ARENA-TOO-LARGE} or {@code BUILD-WEIGHTS-TOO-LARGE}
     */
    public static MemoryPlacement of(Board board, long tableBytes, long arenaBytes, long weightsBytes) {
        List<Diagnosis> problems = new ArrayList<>();
        List<MemoryRegion> code = regions(board, board.placement().code());
        MemoryRegion arena =
                withRoom(board, "arena", "activations", board.placement().arena(), arenaBytes, problems);
        MemoryRegion weights =
                withRoom(board, "weights", "weights", board.placement().weights(), weightsBytes, problems);
        if (!problems.isEmpty()) {
            throw new DiagnosedException(DiagnosedException.Kind.FINDING, problems);
        }
        return new MemoryPlacement(
                code.get(0),
                CODE_BYTES + tableBytes <= code.get(0).bytes() ? code.get(0) : code.get(code.size() - 1),
                board.region(board.placement().variables().get(0)),
                arena,
                weights);
    }

    private static List<MemoryRegion> regions(Board board, List<String> names) {
        return names.stream().map(board::region).toList();
    }

    private static MemoryRegion withRoom(
            Board board, String part, String what, List<String> names, long bytes, List<Diagnosis> problems) {
        List<MemoryRegion> candidates = regions(board, names);
        for (MemoryRegion region : candidates) {
            if (bytes <= region.bytes()) {
                return region;
            }
        }
        MemoryRegion last = candidates.get(candidates.size() - 1);
        problems.add(Diagnosis.error(
                        "BUILD-" + part.toUpperCase(Locale.ROOT) + "-TOO-LARGE",
                        Stage.BUILD,
                        "the " + what + " do not fit on the board")
                .where(board.id() + ", " + String.join(", ", names))
                .observed(bytes + " bytes")
                .rule(last.name() + " has " + last.bytes() + " bytes")
                .effect("no firmware is built")
                .fix("use a smaller input size or a smaller model")
                .source("board description " + board.id())
                .build());
        return last;
    }
}
