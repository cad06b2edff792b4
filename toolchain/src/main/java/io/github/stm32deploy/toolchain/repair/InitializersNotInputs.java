// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Weights that an old exporter lists among the inputs are constants and nothing else (ONNX IR specification, version 4). */
final class InitializersNotInputs implements Repair {
    @Override
    public String id() {
        return "initializers-not-inputs";
    }

    @Override
    public String effect() {
        return "Weights that are listed among the inputs of the file become constants only.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("ONNX-WEIGHTS-AS-INPUTS");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        List<String> listed = List.copyOf(graph.overridable());
        return listed.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        graph.toBuilder().clearOverridable().build(),
                        listed,
                        listed.size() + (listed.size() == 1 ? " weight is" : " weights are")
                                + " listed among the inputs",
                        Tolerance.EXACT));
    }
}
