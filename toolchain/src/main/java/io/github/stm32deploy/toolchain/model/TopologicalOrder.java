// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/** Orders nodes so that each comes after the nodes it reads from; ties keep the order of the file. */
final class TopologicalOrder {
    private TopologicalOrder() {}

    static List<Node> sort(List<Node> nodes) {
        Map<String, Integer> writer = new HashMap<>();
        for (int index = 0; index < nodes.size(); index++) {
            for (String output : nodes.get(index).outputs()) {
                if (!output.isEmpty()) {
                    writer.put(output, index);
                }
            }
        }
        int[] waitingFor = new int[nodes.size()];
        List<List<Integer>> readers = new ArrayList<>();
        for (int index = 0; index < nodes.size(); index++) {
            readers.add(new ArrayList<>());
        }
        for (int index = 0; index < nodes.size(); index++) {
            for (String input : nodes.get(index).inputs()) {
                Integer source = writer.get(input);
                if (source != null) {
                    waitingFor[index]++;
                    readers.get(source).add(index);
                }
            }
        }
        PriorityQueue<Integer> ready = new PriorityQueue<>(Comparator.naturalOrder());
        for (int index = 0; index < waitingFor.length; index++) {
            if (waitingFor[index] == 0) {
                ready.add(index);
            }
        }
        List<Node> sorted = new ArrayList<>(nodes.size());
        while (!ready.isEmpty()) {
            int index = ready.remove();
            sorted.add(nodes.get(index));
            for (int reader : readers.get(index)) {
                if (--waitingFor[reader] == 0) {
                    ready.add(reader);
                }
            }
        }
        if (sorted.size() != nodes.size()) {
            for (int index = 0; index < waitingFor.length; index++) {
                if (waitingFor[index] > 0) {
                    throw new IllegalArgumentException(
                            "node " + nodes.get(index).name() + " is part of a cycle");
                }
            }
        }
        return sorted;
    }
}
