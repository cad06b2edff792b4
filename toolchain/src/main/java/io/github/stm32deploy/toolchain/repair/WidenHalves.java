// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Half precision (binary16 and bfloat16) becomes binary32. Every half is a binary32 number, so constants keep their values;
 * what changes is that results between the nodes are no longer rounded to 11 or 8 bits.
 */
public final class WidenHalves implements Repair {
    private static final FloatTypes HALVES = new FloatTypes(Set.of(ElementType.FLOAT16, ElementType.BFLOAT16));

    /**
     * Share of the largest value by which the rounding of the removed halves may have moved a result: 2^-9 or 2^-6 for one
     * tensor, and a network has many of them.
     */
    private static final double ROUNDED_HALVES = 0.02;

    @Override
    public String id() {
        return "float16-to-float32";
    }

    @Override
    public String effect() {
        return "Half-precision weights, inputs, outputs and casts become float32; the values of weights stay.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("QUANT-FLOAT16");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<String> computed = HALVES.places(graph);
        Set<String> places = new LinkedHashSet<>(graph.widened());
        places.addAll(computed);
        if (places.isEmpty()) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>(places);
        // What the reader of the file has widened is only forgotten.
        Tolerance tolerance = computed.isEmpty() ? Tolerance.EXACT : new Tolerance(ROUNDED_HALVES, 0);
        String reason = places.size()
                + (places.size() == 1 ? " tensor or cast is" : " tensors and casts are")
                + " of half precision, which the front end does not know";
        Change change = new Change(
                toBinary32(graph),
                names,
                reason,
                Comparison.ofOutputs(tolerance).withInputs(HALVES::fed),
                List.of());
        return Optional.of(HALVES.withContract(change, graph));
    }

    /** The graph in binary32; the same graph where it holds no halves. */
    public static ModelGraph toBinary32(ModelGraph graph) {
        return graph.widened().isEmpty() && HALVES.places(graph).isEmpty() ? graph : HALVES.toBinary32(graph);
    }
}
