// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.util.List;

/**
 * What is to be said about a model before it is given to the vendor's compiler: everything that stops it, makes it silently
 * wrong, or slow. Repeats are grouped into one diagnosis that counts and names them.
 */
public final class ModelFindings {
    private static final List<ModelRule> RULES = List.of(
            new FileRules(),
            new DynamicShapeRules(),
            new ShapeLimitRules(),
            new LayoutRules(),
            new NumberFormatRules(),
            new ScaleRules(),
            new NodeFormRules(),
            new HeadRules(),
            new EngineRules(),
            new PlacementRules(),
            new MemoryRules());

    private ModelFindings() {}

    /** All findings, gravest first. */
    public static List<Diagnosis> of(Evidence evidence) {
        Findings findings = new Findings(evidence);
        for (ModelRule rule : RULES) {
            rule.judge(evidence, findings);
        }
        return findings.sorted();
    }
}
