// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

/**
 * The call of the NPU compiler ({@code atonn}) behind a run.
 *
 * @param version {@code 1.1.3-275}; 2.0 prints {@code 0.0.0-0000}, its c_info file has the true one
 * @param arguments as printed; "" where the text ends before them
 */
public record CompilerCall(String version, String arguments, Place place) {}
