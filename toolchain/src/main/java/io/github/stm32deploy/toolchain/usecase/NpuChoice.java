// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.neuralart.VendorTool;

/**
 * How the user wants the NPU's compiler to be driven.
 *
 * @param tool which installation, with limits
 * @param externalRam true where activations may lie in external RAM
 * @param epochController true joins epochs into blobs: faster, without times of single epochs
 * @param autoRepair true applies the repair that answers a known failure, and tries once more
 */
public record NpuChoice(VendorTool tool, boolean externalRam, boolean epochController, boolean autoRepair) {}
