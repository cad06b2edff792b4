// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Boxes that the network decodes become raw numbers again, and the formula goes into a recipe: rows of boxes, or the last
 * convolutions of a detector on grids. On request: whoever reads the
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
            if (target.avoided().contains(output.name())) {
                continue;
            }
            Optional<Change> cut = BoxDecoding.of(graph, output.name(), target)
                    .map(decoding -> cut(graph, output.name(), decoding))
                    .or(() -> ofGrids(graph, output.name(), target));
            if (cut.isPresent()) {
                return cut;
            }
        }
        return Optional.empty();
    }

    private static Optional<Change> ofGrids(ModelGraph graph, String output, RepairTarget target) {
        return RawHeads.of(graph, output)
                .flatMap(raw -> GridDecoding.of(raw, target).map(coding -> cut(graph, raw, coding)));
    }

    private static Change cut(ModelGraph graph, RawHeads raw, GridCoding coding) {
        List<String> heads = coding.levels().stream()
                .flatMap(level -> level.outputs().stream())
                .toList();
        Set<String> outputs = new LinkedHashSet<>();
        graph.outputs().forEach(output -> {
            if (output.name().equals(raw.output())) {
                outputs.addAll(heads);
            } else {
                outputs.add(output.name());
            }
        });
        ModelGraph after = GraphPart.upTo(graph, outputs);
        List<String> contract = new ArrayList<>();
        contract.add(
                "output " + raw.output() + " is gone: an application makes it from the raw heads t: " + coding.words());
        for (GridCoding.Level level : coding.levels()) {
            contract.add("output " + String.join(", ", level.outputs()) + ": " + level.columns() + "x" + level.rows()
                    + " cells, step " + level.stepX()
                    + (level.stepY() == level.stepX() ? "" : " by " + level.stepY())
                    + (level.anchors().isEmpty()
                            ? ""
                            : ", anchors "
                                    + level.anchors().stream()
                                            .map(anchor -> anchor.width() + "x" + anchor.height())
                                            .collect(Collectors.joining(", "))));
        }
        return new Change(
                        after,
                        List.of(raw.output()),
                        raw.tail().size()
                                + " nodes of arithmetic on all anchors, which a decoder does for the few boxes that"
                                + " pass its threshold",
                        Comparison.ofOutputs(Tolerance.EXACT).withTensors(TailCut.unchanged(after)),
                        contract)
                .withRecovered(new RecoveredDecoder(
                        "box arithmetic", Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(coding)));
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
