// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What the user says of the firmware around the network.
 *
 * @param cube folder of the chip vendor's drivers; empty: looked for where the board needs them
 * @param npuRuntime folder of ST Edge AI Core or of its NPU runtime; empty: looked for where the network needs it
 * @param clocks name of a clock profile of the board; empty: its first
 */
public record FirmwareChoice(Optional<Path> cube, Optional<Path> npuRuntime, Optional<String> clocks) {
    public FirmwareChoice {
        Objects.requireNonNull(cube);
        Objects.requireNonNull(npuRuntime);
        Objects.requireNonNull(clocks);
    }

    /**
     * The board as this firmware runs it: the chosen clock profile is its first.
     *
     * @throws DiagnosedException of kind USAGE where the board has no such profile
     */
    Board applied(Board board) {
        if (clocks.isEmpty()) {
            return board;
        }
        List<Npu.Clocks> profiles = board.npu().map(Npu::clocks).orElse(List.of());
        Npu.Clocks chosen = profiles.stream()
                .filter(profile -> profile.name().equals(clocks.get()))
                .findFirst()
                .orElseThrow(() -> new DiagnosedException(
                        DiagnosedException.Kind.USAGE,
                        Diagnosis.error("USAGE-CLOCKS-UNKNOWN", Stage.BUILD, "the board has no such clock profile")
                                .where("--clocks " + clocks.get())
                                .rule(
                                        profiles.isEmpty()
                                                ? board.id() + " has one clock"
                                                : board.id() + " has "
                                                        + String.join(
                                                                ", ",
                                                                profiles.stream()
                                                                        .map(Npu.Clocks::name)
                                                                        .toList()))
                                .effect("nothing was built")
                                .build()));
        List<Npu.Clocks> ordered = new ArrayList<>(profiles);
        ordered.remove(chosen);
        ordered.add(0, chosen);
        Npu npu = board.npu().orElseThrow();
        return board.with(
                new Board.Processor(
                        board.processor().core(), board.processor().vectorExtension(), Optional.of(chosen.cpuHertz())),
                new Npu(npu.name(), npu.pools(), ordered));
    }

    /** Nothing said. */
    public static FirmwareChoice usual() {
        return new FirmwareChoice(Optional.empty(), Optional.empty(), Optional.empty());
    }
}
