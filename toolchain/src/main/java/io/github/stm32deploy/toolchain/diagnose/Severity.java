// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.diagnose;

/** What a finding means for the user, mildest first. */
public enum Severity {
    /** Good to know. */
    NOTE,
    /** Works, but slower or larger than it could be. */
    SLOW,
    /** Would silently give wrong results. */
    WRONG,
    /** Cannot continue. */
    ERROR
}
