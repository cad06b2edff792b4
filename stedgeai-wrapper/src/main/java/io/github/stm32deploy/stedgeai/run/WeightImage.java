// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import java.nio.file.Path;

/**
 * Constants of a network that must lie in memory before it runs: a {@code *_atonbuf.POOL.raw} file.
 *
 * @param file name inside the folder of the network
 * @param pool name of the memory pool in reports, {@code octoFlash}
 * @param address of its first byte on the chip
 * @param bytes size of the file
 */
public record WeightImage(Path file, String pool, long address, long bytes) {}
