// SPDX-License-Identifier: Apache-2.0
/** Two graphs of one network, run on the same inputs: which of their tensors belong together, and where their values part. */
package io.github.stm32deploy.toolchain.divergence;
