// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The epochs made so far, and the tensors between them. */
final class EpochList {
    private final List<Epoch> epochs = new ArrayList<>();
    private final Map<String, NpuTensor> tensors = new LinkedHashMap<>();
    /** Tensors of the graph whose readers read a copy instead. */
    private final Map<String, String> copies = new HashMap<>();

    List<Epoch> epochs() {
        return epochs;
    }

    Map<String, NpuTensor> tensors() {
        return tensors;
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Name of the stored tensor under which its writer makes it. */
    String written(Operand operand) {
        tensors.computeIfAbsent(operand.stored(), name -> new NpuTensor(name, operand.element(), operand.shape()));
        return operand.stored();
    }

    /** Name of the tensor that readers of {@code operand} find it under. */
    String read(Operand operand) {
        String copy = copies.get(operand.stored());
        return copy == null ? written(operand) : copy;
    }

    /** A tensor that has no name in the graph. */
    String made(String name, ElementType element, Shape shape) {
        tensors.putIfAbsent(name, new NpuTensor(name, element, shape));
        return name;
    }

    void add(
            Epoch.Kind kind,
            EpochWork work,
            String operator,
            String label,
            List<Node> nodes,
            EpochGeometry geometry,
            Collection<String> reads,
            Collection<String> writes,
            Geometry.Weights weights,
            long scratchBytes,
            boolean floating) {
        epochs.add(new Epoch(
                epochs.size() + 1,
                kind,
                work,
                operator,
                label,
                nodes,
                geometry,
                List.copyOf(new LinkedHashSet<>(reads)),
                List.copyOf(new LinkedHashSet<>(writes)),
                weights.bytes(),
                weights.elements(),
                scratchBytes,
                floating));
    }

    /** A hardware epoch that writes a tensor once more in the order that its readers need; they read the copy from here on. */
    void copyForReaders(Operand operand, String suffix, String label, List<Node> nodes) {
        String from = read(operand);
        String to = made(operand.stored() + " (" + suffix + ")", operand.element(), operand.shape());
        add(
                Epoch.Kind.HARDWARE,
                EpochWork.COPY,
                "Identity",
                label,
                nodes,
                Geometry.elementwise(operand.shape()),
                List.of(from),
                List.of(to),
                Geometry.Weights.NONE,
                0,
                operand.element().isFloatingPoint());
        copies.put(operand.stored(), to);
    }
}
