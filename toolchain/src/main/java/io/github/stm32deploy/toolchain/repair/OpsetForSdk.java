// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Versions of the file that the vendor's front end reads: IR version 9 for ST Edge AI Core 2.x, an operator set in which
 * arguments are tensors, none that is newer than any seen to work, no operator sets that nothing uses.
 */
final class OpsetForSdk implements Repair {
    /** ST Edge AI Core 2.2.0-20266: "Your model ir_version 10 is higher than the checker's (9)". */
    private static final int NEWEST_IR_OF_2 = 9;

    /** First set in which bounds of Slice, pads of Pad, limits of Clip and sizes of Resize are all tensors. */
    private static final int TENSOR_ARGUMENTS = 11;

    @Override
    public String id() {
        return "opset-for-sdk";
    }

    @Override
    public String effect() {
        return "IR version and operator set become ones that the vendor's front end reads; unused operator sets go.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("ONNX-IR-TOO-NEW", "ONNX-OPSET-TOO-NEW", "ONNX-SLICE-ATTRIBUTES");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        List<String> places = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        ModelGraph changed = graph;
        if (graph.opset() < TENSOR_ARGUMENTS && OpsetUpgrade.reaches(graph)) {
            changed = OpsetUpgrade.to13(changed);
            places.add("operator set " + graph.opset());
            reasons.add("arguments are attributes in operator set " + graph.opset() + ", tensors in 13");
        }
        Optional<ModelGraph> lowered = OpsetDowngrade.of(changed);
        if (lowered.isPresent()) {
            places.add("operator set " + graph.opset());
            reasons.add("operator set " + graph.opset()
                    + " is newer than any seen to work; nothing in the graph needs more than " + OpsetDowngrade.NEWEST);
            changed = lowered.get();
        }
        if (changed.irVersion() > NEWEST_IR_OF_2 && !target.sdk().atLeast(SdkVersion.V3_0) && !hasFourBits(graph)) {
            places.add("IR version " + graph.irVersion());
            reasons.add("ST Edge AI Core 2.x reads IR version " + NEWEST_IR_OF_2 + " at most");
            changed = changed.toBuilder().irVersion(NEWEST_IR_OF_2).build();
        }
        List<String> unused = unused(changed);
        if (!unused.isEmpty()) {
            unused.forEach(domain -> places.add("operator set of " + domain));
            reasons.add("no node uses " + String.join(", ", unused));
            ModelGraph.Builder builder = changed.toBuilder();
            unused.forEach(builder::removeOpset);
            changed = builder.build();
        }
        return places.isEmpty() || target.avoided().containsAll(places)
                ? Optional.empty()
                : Optional.of(Change.of(changed, places, String.join("; ", reasons), Tolerance.ROUNDING));
    }

    /** 4-bit tensors came with IR version 10. */
    private static boolean hasFourBits(ModelGraph graph) {
        return graph.constants().values().stream()
                .anyMatch(
                        constant -> constant.element() == ElementType.INT4 || constant.element() == ElementType.UINT4);
    }

    private static List<String> unused(ModelGraph graph) {
        Set<String> used = OpsetDowngrade.domains(graph);
        return graph.opsets().keySet().stream()
                .filter(domain -> !domain.isEmpty() && !used.contains(domain))
                .toList();
    }
}
