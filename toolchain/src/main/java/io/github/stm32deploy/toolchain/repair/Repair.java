// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Optional;
import java.util.Set;

/**
 * One way to mend a graph so that the vendor's compiler takes it, or takes it onto the NPU, with the same results.
 *
 * <p>A repair only proposes; {@link GraphRepairs} runs the graph before and after on the same inputs and reverts what
 * changes the numbers beyond {@link Comparison#tolerance()}.
 */
public interface Repair {
    /** Name in commands and reports: {@code cut-detection-tail}. */
    String id();

    /** What it does to a graph, one sentence in the present tense. */
    String effect();

    /** Codes of the diagnoses that it answers. */
    Set<String> answers();

    /** True for a repair that only happens when it is asked for by name, because it changes results or interfaces. */
    default boolean onRequest() {
        return false;
    }

    /**
     * The precondition and the effect in one: a changed graph, or empty where there is nothing (more) to mend. All places of
     * the graph at once, or one by one: it is asked again until it has nothing to propose. The same graph gives the same
     * change.
     *
     * @param graph types inferred as far as they can be
     */
    Optional<Change> propose(ModelGraph graph, RepairTarget target);
}
