// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

/** A float tensor of the graph that equals, exactly, the dequantized content of a stored one. */
record Real(StoredTensor tensor, Quantization quantization) {}
