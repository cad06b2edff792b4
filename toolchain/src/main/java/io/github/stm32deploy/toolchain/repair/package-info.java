// SPDX-License-Identifier: Apache-2.0
/**
 * Graph repairs: each with a precondition, an effect and a comparison that proves it. Knows nothing of files, commands or
 * quantization; {@code quantize} builds on it.
 */
package io.github.stm32deploy.toolchain.repair;
