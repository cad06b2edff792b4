// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

/** Who runs an epoch, as reports and c_info files say it. */
public enum EpochKind {
    /** NPU, started by the CPU ({@code HW}, {@code NODE_HW}). */
    HARDWARE,
    /** NPU, started by the epoch controller ({@code EC}, {@code NODE_EC}). */
    CONTROLLER,
    /** CPU and NPU together ({@code Hybrid}, {@code ??} up to 2.2, {@code NODE_SW_HW}). */
    HYBRID,
    /** CPU ({@code SW}, {@code NODE_SW}). */
    SOFTWARE,
    /** Nobody: begin and end of the network ({@code NODE_NO_X}). */
    NONE
}
