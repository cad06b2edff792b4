// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import io.github.stm32deploy.boards.Board;
import java.nio.file.Path;

/**
 * A firmware tree on disk.
 *
 * @param folder holds {@code firmware/} and {@code network/}
 * @param digest hexadecimal SHA-256 over the tree; the device says it in its hello
 */
public record WrittenFirmware(Path folder, Board board, String digest, FirmwareNetwork network) {}
