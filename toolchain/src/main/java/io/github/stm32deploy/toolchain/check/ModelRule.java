// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

/** A rule, or a few that share what they look at. It reports what it finds and stays silent on everything else. */
interface ModelRule {
    void judge(Evidence evidence, Findings findings);
}
