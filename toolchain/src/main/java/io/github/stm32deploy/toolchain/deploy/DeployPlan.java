// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.util.List;

/**
 * What is loaded where; written as {@code image/deploy-plan.json}.
 *
 * @param emulated true: the board is an emulator
 * @param program the file that is started (host board) or loaded (others)
 * @param loads in the order of addresses; empty for the host board, where the operating system decides
 * @param launch command line that starts the board, the program's name last; empty for hardware
 */
public record DeployPlan(
        String schema,
        String board,
        boolean emulated,
        String firmwareDigest,
        String modelDigest,
        String program,
        List<Load> loads,
        List<String> launch) {
    static final String SCHEMA = "stm32-deploy/deploy-plan/1";

    public DeployPlan {
        loads = List.copyOf(loads);
        launch = List.copyOf(launch);
    }

    /**
     * @param file in the same folder, the raw bytes
     * @param region memory region of the board
     * @param address hexadecimal, {@code 0x60000000}
     */
    public record Load(String file, String region, String address, long bytes, String sha256) {}
}
