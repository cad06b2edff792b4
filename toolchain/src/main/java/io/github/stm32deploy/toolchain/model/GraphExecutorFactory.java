// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.List;

/** Opens graphs for execution on the host; passed to whoever needs values, so that only one package knows the runtime. */
@FunctionalInterface
public interface GraphExecutorFactory {
    /**
     * @param extraOutputs tensors of the graph to return beside its outputs
     */
    GraphExecutor open(ModelGraph graph, List<String> extraOutputs);

    /**
     * As {@link #open}, for many runs where the last bits of a value do not matter: operators may be fused and rearranged.
     * Quantized graphs give other codes then.
     */
    default GraphExecutor openFast(ModelGraph graph, List<String> extraOutputs) {
        return open(graph, extraOutputs);
    }
}
