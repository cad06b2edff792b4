// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.nio.DoubleBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Double precision (binary64) becomes binary32 where every constant has a value there. */
final class NarrowDoubles implements Repair {
    private static final FloatTypes DOUBLES = new FloatTypes(Set.of(ElementType.FLOAT64));

    /** Rounding of binary32 in the nodes of a whole network that computed in 53 bits before. */
    private static final Tolerance SINGLE = new Tolerance(1e-4, 0);

    @Override
    public String id() {
        return "float64-to-float32";
    }

    @Override
    public String effect() {
        return "Double-precision tensors and casts become float32 where the constants fit.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<String> places = DOUBLES.places(graph);
        if (places.isEmpty() || !graph.constants().values().stream().allMatch(NarrowDoubles::fits)) {
            return Optional.empty();
        }
        Change change = new Change(
                DOUBLES.toBinary32(graph),
                List.copyOf(places),
                places.size() + (places.size() == 1 ? " tensor or cast is" : " tensors and casts are")
                        + " of double precision, for which there is no unit on the target",
                Comparison.ofOutputs(SINGLE).withInputs(DOUBLES::fed),
                List.of());
        return Optional.of(DOUBLES.withContract(change, graph));
    }

    /** True unless a finite value becomes infinite, or one that is not 0 becomes 0. */
    private static boolean fits(TensorData constant) {
        if (constant.element() != ElementType.FLOAT64) {
            return true;
        }
        DoubleBuffer values = constant.bytes().asDoubleBuffer();
        while (values.hasRemaining()) {
            double value = values.get();
            float narrow = (float) value;
            if (Double.isFinite(value) && (Float.isInfinite(narrow) || narrow == 0 && value != 0)) {
                return false;
            }
        }
        return true;
    }
}
