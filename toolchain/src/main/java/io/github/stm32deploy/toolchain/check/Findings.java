// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects diagnoses of one model; {@link #sorted()} has the gravest first. */
final class Findings {
    private static final int NAMED = 3;
    private static final int LONGEST_NAME = 48;

    private final Evidence evidence;
    private final List<Diagnosis> diagnoses = new ArrayList<>();

    Findings(Evidence evidence) {
        this.evidence = evidence;
    }

    /** Starts a diagnosis about the whole file. */
    Diagnosis.Builder start(Severity severity, String code, String happened) {
        return Diagnosis.of(severity, code, Stage.CHECK, happened).where(evidence.fileName());
    }

    /** Starts a diagnosis about nodes of the file, which are named as the user's file names them. */
    Diagnosis.Builder start(Severity severity, String code, String happened, Collection<Node> nodes) {
        return start(severity, code, happened).where(evidence.fileName() + ", " + names(nodes));
    }

    void add(Diagnosis.Builder diagnosis) {
        diagnoses.add(diagnosis.build());
    }

    boolean has(String code) {
        return diagnoses.stream().anyMatch(diagnosis -> diagnosis.code().equals(code));
    }

    /** Gravest first; equal ones in the order in which they were found. */
    List<Diagnosis> sorted() {
        return diagnoses.stream()
                .sorted(Comparator.comparing(Diagnosis::severity).reversed())
                .toList();
    }

    /** {@code node "a" (Conv)}, or {@code 12 nodes: "a" (Conv), "b" (Conv), "c" (Add), ...}. */
    static String names(Collection<Node> nodes) {
        Set<String> distinct = new LinkedHashSet<>();
        for (Node node : nodes) {
            String name =
                    node.origin().name().isEmpty() ? node.name() : node.origin().name();
            distinct.add('"' + (nodes.size() == 1 ? name : shortened(name)) + "\" ("
                    + node.origin().operator() + ")");
        }
        return list("node", distinct);
    }

    /** Converters join the names of everything they have fused; the start tells one from another. */
    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "...";
    }

    /** {@code tensor "a"}, or {@code 12 tensors: "a", "b", "c", ...}. */
    static String list(String noun, Collection<String> names) {
        if (names.size() == 1) {
            return noun + " " + names.iterator().next();
        }
        String shown = String.join(", ", names.stream().limit(NAMED).toList());
        return names.size() + " " + noun + "s: " + shown + (names.size() > NAMED ? ", ..." : "");
    }
}
