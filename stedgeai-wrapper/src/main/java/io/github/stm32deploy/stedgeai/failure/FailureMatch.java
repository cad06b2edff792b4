// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.failure;

import io.github.stm32deploy.stedgeai.report.Place;

/**
 * A known message that stands in an output.
 *
 * @param quoted the first line that has it, verbatim
 * @param place of that line
 * @param count lines that have it
 */
public record FailureMatch(FailureSignature signature, String quoted, Place place, int count) {}
