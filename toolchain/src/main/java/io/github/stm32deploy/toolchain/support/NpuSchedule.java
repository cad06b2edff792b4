// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the vendor's compiler is predicted to make of a graph: a placement for every node, the epochs in order, and the
 * tensors that stand in memory between them.
 *
 * @param graph the graph that was judged, shapes inferred
 * @param placements one for each node, in graph order
 * @param epochs in order of execution; empty where a node is refused or the shapes are not known
 * @param tensors by name: every tensor that an epoch reads or writes, network inputs and outputs included
 * @param inputs names of the tensors that the caller fills
 * @param outputs names of the tensors that the caller reads
 */
public record NpuSchedule(
        ModelGraph graph,
        SdkVersion sdk,
        List<NodePlacement> placements,
        List<Epoch> epochs,
        Map<String, NpuTensor> tensors,
        List<String> inputs,
        List<String> outputs) {

    public NpuSchedule {
        placements = List.copyOf(placements);
        epochs = List.copyOf(epochs);
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** The tensor that an epoch names. */
    public NpuTensor tensor(String name) {
        NpuTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no epoch reads or writes " + name);
        }
        return tensor;
    }

    public long count(Epoch.Kind kind) {
        return epochs.stream().filter(epoch -> epoch.kind() == kind).count();
    }

    /** True where nothing can be generated: a node is refused or illegal. */
    public boolean refused() {
        return placements.stream()
                .anyMatch(node -> node.placement() == Placement.REFUSED || node.placement() == Placement.ILLEGAL);
    }
}
