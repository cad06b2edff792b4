// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/**
 * One pass of a decoder over stored scores: which output it compares, and the rule that a real value of it has to pass.
 *
 * @param output index in the network's outputs
 */
record ScoreRead(int output, ScoreRule rule) {}
