// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Boxes that the network decodes become raw numbers again, and the formula goes into a recipe. On request: whoever reads the
 * boxes has to decode them.
 */
final class CutBoxDecoding implements Repair {
    @Override
    public String id() {
        return "cut-box-decoding";
    }

    @Override
    public String effect() {
        return "Boxes that are decoded at the end become raw numbers, and anchors and factors go into a recipe.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("HEAD-BOX-DECODING");
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        for (GraphValue output : graph.outputs()) {
            Optional<BoxDecoding> found = target.avoided().contains(output.name())
                    ? Optional.empty()
                    : BoxDecoding.of(graph, output.name(), target);
            if (found.isPresent()) {
                return found.map(decoding -> cut(graph, output.name(), decoding));
            }
        }
        return Optional.empty();
    }

    private static Change cut(ModelGraph graph, String boxes, BoxDecoding decoding) {
        Set<String> outputs = new LinkedHashSet<>();
        graph.outputs().forEach(output -> outputs.add(output.name().equals(boxes) ? decoding.start() : output.name()));
        ModelGraph after = GraphPart.upTo(graph, outputs);
        RecoveredDecoder decoder = new RecoveredDecoder(
                "box arithmetic",
                Optional.of(new RecoveredDecoder.Boxes(decoding.start(), decoding.coding())),
                Optional.empty(),
                Optional.empty());
        return new Change(
                        after,
                        List.of(boxes),
                        "arithmetic on all anchors, which a decoder does for the few boxes that pass its threshold",
                        Comparison.ofOutputs(Tolerance.EXACT).withTensors(TailCut.unchanged(after)),
                        List.of("output " + boxes + " is now " + decoding.start() + " ["
                                + graph.type(decoding.start()).orElseThrow().shape() + "]: "
                                + decoding.coding().words()))
                .withRecovered(decoder);
    }
}
