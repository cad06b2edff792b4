// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a graph is mended for.
 *
 * @param sdk version of the vendor's compiler
 * @param inputShapes shapes that the user states for inputs, by name
 * @param shapesFrom who states them, as the end of a sentence: {@code from --input}
 * @param executors runs graphs, to compute constants ahead of time and to compare
 * @param avoided places (names as in {@link Change#nodes()}) where a change by the repair that is asked was reverted before;
 *     a repair that works place by place leaves them out, so that one of them does not stop the others
 */
public record RepairTarget(
        SdkVersion sdk,
        Map<String, Shape> inputShapes,
        String shapesFrom,
        GraphExecutorFactory executors,
        Set<String> avoided) {
    private static final String STATED = "from --input";

    /** For a list that must not take the time of running a graph: what only a run can tell stays as it is. */
    private static final GraphExecutorFactory NONE = (graph, extraOutputs) -> {
        throw new IllegalStateException("nothing is run for this target");
    };

    public RepairTarget {
        Objects.requireNonNull(sdk);
        Objects.requireNonNull(shapesFrom);
        Objects.requireNonNull(executors);
        inputShapes = Map.copyOf(inputShapes);
        avoided = Set.copyOf(avoided);
    }

    public static RepairTarget of(SdkVersion sdk, GraphExecutorFactory executors) {
        return new RepairTarget(sdk, Map.of(), STATED, executors, Set.of());
    }

    /** A target for which nothing is run: {@link #executes()} is false. */
    public static RepairTarget predicting(SdkVersion sdk) {
        return new RepairTarget(sdk, Map.of(), STATED, NONE, Set.of());
    }

    /** Whether a repair may run a graph to compute something ahead of time. */
    public boolean executes() {
        return executors != NONE;
    }

    public RepairTarget withInputShapes(Map<String, Shape> shapes) {
        return withInputShapes(shapes, STATED);
    }

    /**
     * @param from who states them: {@code as the recipe "scrfd-500m" has it}
     */
    public RepairTarget withInputShapes(Map<String, Shape> shapes, String from) {
        return new RepairTarget(sdk, shapes, from, executors, avoided);
    }

    RepairTarget avoiding(Set<String> places) {
        return new RepairTarget(sdk, inputShapes, shapesFrom, executors, places);
    }
}
