// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.nio.file.Path;

/**
 * What an emulated board needs to start.
 *
 * @param executable {@code qemu-system-arm}, or a path to it
 * @param machine QEMU's name of the machine, e.g. {@code mps3-an547}
 * @param icountShift one guest instruction takes 2^shift nanoseconds of the guest's time
 * @param elf the firmware
 */
public record EmulatorLaunch(String executable, String machine, int icountShift, Path elf) {}
