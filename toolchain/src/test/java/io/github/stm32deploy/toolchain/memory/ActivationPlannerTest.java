// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ActivationPlannerTest {
    private final ActivationPlanner planner = new ActivationPlanner(16);

    @Test
    void aChainNeedsItsTwoLargestNeighbours() {
        ActivationPlan plan = planner.plan(List.of(
                new ActivationBuffer("a", 100, 0, 1),
                new ActivationBuffer("b", 200, 1, 2),
                new ActivationBuffer("c", 300, 2, 3),
                new ActivationBuffer("d", 50, 3, 3)));

        assertThat(plan.lowerBoundBytes()).isEqualTo(208 + 304);
        assertThat(plan.peakBytes()).isEqualTo(512);
        assertThat(plan.liveBytesPerStep()).containsExactly(112L, 320L, 512L, 368L);
    }

    @Test
    void workInPlaceTakesNoSecondBuffer() {
        ActivationPlan plan = planner.plan(List.of(
                new ActivationBuffer("a", 100, 0, 1),
                new ActivationBuffer("relu", 100, 1, 2, OptionalInt.of(0)),
                new ActivationBuffer("sigmoid", 100, 2, 2, OptionalInt.of(1))));

        assertThat(plan.peakBytes()).isEqualTo(112);
        assertThat(plan.placements())
                .extracting(ActivationPlan.Placement::offset)
                .containsOnly(0L);
    }

    @Test
    void refusesInPlaceOnABufferThatIsStillNeeded() {
        assertThatThrownBy(() -> planner.plan(List.of(
                        new ActivationBuffer("a", 100, 0, 5), new ActivationBuffer("b", 100, 1, 2, OptionalInt.of(0)))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void noTwoLiveBuffersOverlapAndThePeakIsHonest(@ForAll("requests") List<ActivationBuffer> buffers) {
        ActivationPlan plan = planner.plan(buffers);

        long end = 0;
        for (int first = 0; first < buffers.size(); first++) {
            ActivationPlan.Placement a = plan.placements().get(first);
            assertThat(a.offset() % 16).isZero();
            end = Math.max(end, a.offset() + a.bytes());
            for (int second = first + 1; second < buffers.size(); second++) {
                ActivationPlan.Placement b = plan.placements().get(second);
                boolean together = a.firstStep() <= b.lastStep() && b.firstStep() <= a.lastStep();
                boolean apart = a.offset() + a.bytes() <= b.offset() || b.offset() + b.bytes() <= a.offset();
                assertThat(!together || apart).as("%s and %s", a, b).isTrue();
            }
        }
        assertThat(plan.peakBytes()).isGreaterThanOrEqualTo(end).isLessThan(end + 16);
        assertThat(plan.peakBytes()).isGreaterThanOrEqualTo(plan.lowerBoundBytes());
        assertThat(planner.plan(buffers)).isEqualTo(plan);
    }

    @Provide
    Arbitrary<List<ActivationBuffer>> requests() {
        Arbitrary<ActivationBuffer> one = Combinators.combine(
                        Arbitraries.longs().between(1, 5000),
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.integers().between(0, 8))
                .as((bytes, first, length) -> new ActivationBuffer("b", bytes, first, first + length));
        return one.list().ofMinSize(1).ofMaxSize(40).map(ArrayList::new);
    }
}
