// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/**
 * One pass of a decoder over stored scores: which output it compares, and the rule that a real value of it has to pass.
 *
 * @param output index in the network's outputs
 * @param difference the rule is for the difference of two logits, as in the softmax of two classes
 */
record ScoreRead(int output, ScoreRule rule, boolean difference) {
    ScoreRead(int output, ScoreRule rule) {
        this(output, rule, false);
    }
}
