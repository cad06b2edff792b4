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
}
