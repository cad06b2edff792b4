// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

/** Step of the way from a model file to a measured application in which a finding was made. */
public enum Stage {
    READ,
    CHECK,
    REPAIR,
    QUANTIZE,
    GENERATE,
    BUILD,
    FLASH,
    MEASURE,
    RUN,
    REPORT,
    SETUP
}
