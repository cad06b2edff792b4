// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GraphRepairsTest {
    /** Turns every LeakyRelu into a Relu, one at a time: right where the slope is 0, wrong elsewhere. */
    private static final Repair HASTY = new Repair() {
        @Override
        public String id() {
            return "hasty";
        }

        @Override
        public String effect() {
            return "LeakyRelu becomes Relu.";
        }

        @Override
        public Set<String> answers() {
            return Set.of();
        }

        @Override
        public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
            for (Node node : graph.nodes()) {
                if (node.is("LeakyRelu") && !target.avoided().contains(node.name())) {
                    Node relu =
                            new Node(node.name(), "Relu", "", node.inputs(), node.outputs(), Map.of(), node.origin());
                    List<Node> nodes = graph.nodes().stream()
                            .map(other -> other == node ? relu : other)
                            .toList();
                    return Optional.of(Change.of(
                            graph.toBuilder().replaceNodes(nodes).build(),
                            List.of(node.name()),
                            "it looks alike",
                            Tolerance.EXACT));
                }
            }
            return Optional.empty();
        }
    };

    private static ModelGraph twoSlopes() {
        return new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("LeakyRelu", List.of("x"), "y", Map.of("alpha", Attribute.of(0.5f)))
                .node("Neg", List.of("y"), "n")
                .node("LeakyRelu", List.of("n"), "z", Map.of("alpha", Attribute.of(0f)))
                .build();
    }

    @Test
    void a_change_that_moves_results_is_reverted_and_said_so() {
        RepairedGraph repaired = RepairBench.repair(twoSlopes(), HASTY);

        AppliedRepair wrong = repaired.repairs().get(0);
        assertThat(wrong.nodes()).containsExactly("LeakyRelu_y");
        assertThat(wrong.kept()).isFalse();
        assertThat(wrong.outcome()).contains("the bound is");
        assertThat(wrong.parity())
                .hasValueSatisfying(parity -> assertThat(parity.differing()).isPositive());
    }

    @Test
    void a_reverted_place_does_not_stop_the_others() {
        RepairedGraph repaired = RepairBench.repair(twoSlopes(), HASTY);

        assertThat(RepairBench.operators(repaired.graph())).containsExactly("LeakyRelu", "Neg", "Relu");
        assertThat(repaired.repairs()).extracting(AppliedRepair::kept).containsExactly(false, true);
    }

    @Test
    void a_graph_is_run_once_and_not_again_as_the_reference_of_the_next_change() {
        AtomicInteger opened = new AtomicInteger();
        RepairTarget counted = RepairTarget.of(RepairBench.TARGET.sdk(), (graph, extra) -> {
            opened.incrementAndGet();
            return RepairBench.EXECUTORS.open(graph, extra);
        });
        ModelGraph three = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("LeakyRelu", List.of("x"), "a", Map.of("alpha", Attribute.of(0f)))
                .node("LeakyRelu", List.of("a"), "b", Map.of("alpha", Attribute.of(0f)))
                .node("LeakyRelu", List.of("b"), "z", Map.of("alpha", Attribute.of(0f)))
                .build();

        RepairedGraph repaired = new GraphRepairs(List.of(HASTY), counted).repair(three);

        assertThat(repaired.repairs()).hasSize(3).allMatch(AppliedRepair::kept);
        assertThat(opened).hasValue(4);
    }

    @Test
    void listing_runs_nothing_and_proves_nothing() {
        RepairTarget withoutRuntime = RepairTarget.of(RepairBench.TARGET.sdk(), (graph, extra) -> {
            throw new AssertionError("the graph was run");
        });

        RepairedGraph listed = new GraphRepairs(List.of(HASTY), withoutRuntime).list(twoSlopes());

        assertThat(listed.repairs()).hasSize(2).allMatch(repair -> !repair.kept());
        assertThat(listed.changed()).isFalse();
    }

    @Test
    void repairs_reach_a_fixed_point_and_the_same_bytes() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("Identity", List.of("x"), "a")
                .node("Dropout", List.of("a"), "b")
                .node("LeakyRelu", List.of("b"), "c", Map.of("alpha", Attribute.of(0f)))
                .node("Identity", List.of("c"), "d")
                .node("Sigmoid", List.of("d"), "z")
                .build();

        ModelGraph once = RepairBench.repair(graph, HASTY, new DropIdentities()).graph();
        ModelGraph twice =
                RepairBench.repair(graph, HASTY, new DropIdentities()).graph();

        assertThat(RepairBench.operators(once)).containsExactly("Relu", "Sigmoid");
        assertThat(RepairBench.repair(once, HASTY, new DropIdentities()).repairs())
                .isEmpty();
        assertThat(OnnxWriter.toBytes(once)).isEqualTo(OnnxWriter.toBytes(twice));
    }

    private static RepairBench withAcme() {
        return new RepairBench(13).opset("acme", 1).input("x", 1, 4).output("z", 1, 4);
    }

    @Test
    void beside_an_operator_that_nothing_here_has_changes_are_proven_with_noise_in_its_place() {
        ModelGraph foreign = withAcme()
                .node("Identity", List.of("x"), "a")
                .node("Acme", "acme", List.of("a"), List.of("b"), Map.of())
                .node("LeakyRelu", List.of("b"), "c", Map.of("alpha", Attribute.of(0.5f)))
                .node("Identity", List.of("c"), "d")
                .node("Sigmoid", List.of("d"), "z")
                .build();

        RepairedGraph repaired = RepairBench.repair(foreign, HASTY, new DropIdentities());

        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Acme", "LeakyRelu", "Sigmoid");
        assertThat(repaired.repairs())
                .extracting(one -> one.id() + " " + one.kept())
                .containsExactly("hasty false", "drop-identities true");
        assertThat(repaired.repairs())
                .allSatisfy(one -> assertThat(one.outcome()).contains("what Acme gives is noise on both sides"));
    }

    @Test
    void what_such_an_operator_reads_is_compared_too() {
        ModelGraph foreign = withAcme()
                .node("LeakyRelu", List.of("x"), "a", Map.of("alpha", Attribute.of(0.5f)))
                .node("Acme", "acme", List.of("a"), List.of("z"), Map.of())
                .build();

        RepairedGraph repaired = RepairBench.repair(foreign, HASTY);

        assertThat(repaired.changed()).isFalse();
        assertThat(repaired.repairs().get(0).outcome()).contains("the bound is");
    }

    @Test
    void a_change_of_such_an_operator_itself_is_not_called_equal() {
        ModelGraph foreign = withAcme()
                .node("Acme", "acme", List.of("x"), List.of("z"), Map.of("alpha", Attribute.of(0f)))
                .build();
        Repair other = new Repair() {
            @Override
            public String id() {
                return "other-acme";
            }

            @Override
            public String effect() {
                return "Acme gets another factor.";
            }

            @Override
            public Set<String> answers() {
                return Set.of();
            }

            @Override
            public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
                Node acme = graph.nodes().get(0);
                return target.avoided().contains(acme.name())
                        ? Optional.empty()
                        : Optional.of(Change.of(
                                graph.toBuilder()
                                        .replaceNodes(List.of(acme.withAttribute("alpha", Attribute.of(1f))))
                                        .build(),
                                List.of(acme.name()),
                                "it looks alike",
                                Tolerance.EXACT));
            }
        };

        RepairedGraph repaired = RepairBench.repair(foreign, other);

        assertThat(repaired.changed()).isFalse();
        assertThat(repaired.repairs().get(0).outcome()).startsWith("not comparable");
    }

    @Test
    void a_size_that_no_type_states_is_that_which_the_sum_behind_it_wants() {
        ModelGraph enlarged = new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .input("wide", 1, 3, 8, 8)
                .output("z", 1, 3, 8, 8)
                .noise("w", 3, 2, 3, 3)
                .node("Plugin", List.of("x"), "large")
                .node("Conv", List.of("large", "w"), "more", Map.of("pads", Attribute.ofInts(1, 1, 1, 1)))
                .node("LeakyRelu", List.of("more"), "bent", Map.of("alpha", Attribute.of(0f)))
                .node("Add", List.of("bent", "wide"), "z")
                .build();

        assertThat(WantedType.of(enlarged, "large"))
                .hasValueSatisfying(type -> assertThat(type.shape().toArray()).containsExactly(1, 2, 8, 8));
        assertThat(RepairBench.operators(RepairBench.kept(enlarged, HASTY)))
                .containsExactly("Plugin", "Conv", "Relu", "Add");
    }

    @Test
    void what_could_not_be_compared_is_tried_again_when_the_graph_runs_and_listed_once() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .output("t", 1, 4)
                .node("LeakyRelu", List.of("x"), "z", Map.of("alpha", Attribute.of(0f)))
                .node("Neg", List.of("z"), "t")
                .build();
        RepairTarget oneOutput = RepairTarget.of(RepairBench.TARGET.sdk(), (part, extra) -> {
            if (part.outputs().size() > 1) {
                throw new DiagnosedException(
                        DiagnosedException.Kind.FINDING,
                        Diagnosis.error("REFERENCE-GRAPH-REFUSED", Stage.CHECK, "two outputs at once")
                                .where("z, t")
                                .observed("2 outputs")
                                .effect("nothing is run")
                                .build());
            }
            return RepairBench.EXECUTORS.open(part, extra);
        });
        Repair cut = new Repair() {
            @Override
            public String id() {
                return "cut";
            }

            @Override
            public String effect() {
                return "The second output goes.";
            }

            @Override
            public Set<String> answers() {
                return Set.of();
            }

            @Override
            public Optional<Change> propose(ModelGraph whole, RepairTarget target) {
                ModelGraph.Builder rest = whole.toBuilder().clearOutputs();
                rest.output("z", whole.type("z").orElseThrow());
                return whole.outputs().size() == 1
                        ? Optional.empty()
                        : Optional.of(Change.of(rest.build(), List.of("t"), "nobody runs it", Tolerance.EXACT)
                                .withComparison(Comparison.ofOutputs(Tolerance.EXACT)
                                        .withTensors(List.of(Comparison.Pair.of("z", "z")))));
            }
        };

        RepairedGraph repaired = new GraphRepairs(List.of(HASTY, cut), oneOutput).repair(graph);

        assertThat(repaired.repairs())
                .extracting(one -> one.id() + " " + one.kept())
                .containsExactly("cut true", "hasty true");
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Relu");
    }

    @Test
    void every_repair_has_a_name_of_its_own_and_says_what_it_does() {
        assertThat(Repairs.all())
                .extracting(Repair::id)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.matches("[a-z0-9-]+"));
        assertThat(Repairs.all()).allMatch(repair -> repair.effect().endsWith("."));
    }

    /** Drops every Relu, also where something is negative before it. */
    private static final class DropAllRelus implements Repair {
        @Override
        public String id() {
            return "drop-relus";
        }

        @Override
        public String effect() {
            return "Relu is removed.";
        }

        @Override
        public Set<String> answers() {
            return Set.of();
        }

        @Override
        public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
            GraphRewrite rewrite = new GraphRewrite(graph);
            List<String> places = new ArrayList<>();
            for (Node node : graph.nodes()) {
                if (node.is("Relu") && !target.avoided().contains(node.name())) {
                    rewrite.replace(node, List.of(GraphRewrite.turned(node, "Identity", node.inputs(), Map.of())));
                    places.add(node.name());
                }
            }
            return places.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Change.of(rewrite.build(), places, "nothing is negative", Tolerance.EXACT));
        }
    }

    @Test
    void one_wrong_place_does_not_revert_the_others() {
        RepairBench bench = new RepairBench(13).input("x", 1, 8).output("y", 1, 40);
        for (String name : List.of("a", "b", "c", "d", "e")) {
            // Of these five only c can be negative.
            bench.node(name.equals("c") ? "Tanh" : "Sigmoid", List.of("x"), name + "0")
                    .node("Relu", List.of(name + "0"), name);
        }
        ModelGraph graph = bench.node("Concat", List.of("a", "b", "c", "d", "e"), "y", Map.of("axis", Attribute.of(1)))
                .build();

        RepairedGraph repaired = RepairBench.repair(graph, new DropAllRelus());

        assertThat(repaired.graph().nodes())
                .filteredOn(node -> node.is("Relu"))
                .extracting(Node::name)
                .containsExactly("Relu_c");
        assertThat(repaired.repairs())
                .filteredOn(one -> !one.kept())
                .singleElement()
                .satisfies(one -> assertThat(one.nodes()).containsExactly("Relu_c"));
    }

    /** Multiplies by a little more than 1, once for each Relu: each change is within its bound. */
    private static final class SlightlyWrong implements Repair {
        private final float excess;
        private final Tolerance tolerance;

        SlightlyWrong(float excess, Tolerance tolerance) {
            this.excess = excess;
            this.tolerance = tolerance;
        }

        @Override
        public String id() {
            return "slightly-wrong";
        }

        @Override
        public String effect() {
            return "Relu becomes a product.";
        }

        @Override
        public Set<String> answers() {
            return Set.of();
        }

        @Override
        public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
            for (Node node : graph.nodes()) {
                if (node.is("Relu") && !target.avoided().contains(node.name())) {
                    GraphRewrite rewrite = new GraphRewrite(graph);
                    String factor = rewrite.constant("factor", TensorData.ofFloats(Shape.scalar(), 1 + excess));
                    rewrite.replace(
                            node, List.of(GraphRewrite.turned(node, "Mul", List.of(node.input(0), factor), Map.of())));
                    return Optional.of(Change.of(rewrite.build(), List.of(node.name()), "nearly the same", tolerance));
                }
            }
            return Optional.empty();
        }
    }

    private static ModelGraph threeRelus() {
        return new RepairBench(13)
                .input("x", 1, 8)
                .output("y", 1, 8)
                .node("Sigmoid", List.of("x"), "a")
                .node("Relu", List.of("a"), "b")
                .node("Relu", List.of("b"), "c")
                .node("Relu", List.of("c"), "d")
                .node("Identity", List.of("d"), "e")
                .node("Neg", List.of("e"), "y")
                .build();
    }

    private static RepairedGraph repairedAndSummed(ModelGraph graph, Repair... repairs) {
        return new GraphRepairs(List.of(repairs), RepairBench.TARGET).repairAndSum(graph);
    }

    @Test
    void a_change_that_is_one_too_many_for_the_bound_of_all_together_is_reverted_and_the_rest_kept() {
        RepairedGraph repaired =
                repairedAndSummed(threeRelus(), new SlightlyWrong(4e-6f, Tolerance.ROUNDING), new DropIdentities());

        assertThat(repaired.repairs())
                .allSatisfy(one -> assertThat(one.parity().orElseThrow().maxRelativeError())
                        .isLessThan(1e-5));
        assertThat(repaired.repairs())
                .filteredOn(one -> !one.kept())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.nodes()).containsExactly("Relu_d");
                    assertThat(one.outcome())
                            .contains("with the changes before it 1.2e-05")
                            .contains("1e-05");
                });
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Sigmoid", "Mul", "Mul", "Relu", "Neg");
        assertThat(repaired.total().orElseThrow().maxRelativeError()).isBetween(7e-6, 9e-6);
    }

    @Test
    void what_number_formats_move_is_not_held_against_the_other_changes() {
        Repair formats = new SlightlyWrong(3e-3f, new Tolerance(0.02, 0));

        RepairedGraph repaired = repairedAndSummed(threeRelus(), formats, new DropIdentities());

        assertThat(repaired.repairs()).allMatch(AppliedRepair::kept);
        assertThat(repaired.total().orElseThrow().maxRelativeError()).isBetween(8e-3, 1e-2);
    }

    /** The bound of a quantized output is that of each change, in quanta. */
    @Test
    void quanta_of_several_changes_may_add_up() {
        ModelGraph graph = RepairBench.quantized(threeRelus());
        Repair coarse = new SlightlyWrong(4e-3f, Tolerance.quanta(1));

        RepairedGraph repaired = repairedAndSummed(graph, coarse);

        assertThat(repaired.repairs()).hasSizeGreaterThan(1).allMatch(AppliedRepair::kept);
        assertThat(repaired.total().orElseThrow().maxQuanta()).isGreaterThan(0);
    }

    @Test
    void the_sum_follows_outputs_through_another_layout_of_the_input_and_a_tail_that_is_cut() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4, 6, 3)
                .noise("w", 4, 3, 1, 1)
                .noise("v", 1, 3, 1, 1)
                .longs("rows", 1, 24, 4)
                .longs("row", 1, 1, 24)
                .longs("most", 5)
                .node("Transpose", List.of("x"), "first", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("Sigmoid", List.of("first"), "positive")
                .node("Relu", List.of("positive"), "r")
                .node("Conv", List.of("r", "w"), "map")
                .node("Conv", List.of("r", "v"), "score_map")
                .node("Reshape", List.of("map", "rows"), "boxes")
                .node("Reshape", List.of("score_map", "row"), "scores")
                .node("NonMaxSuppression", List.of("boxes", "scores", "most"), "chosen")
                .node("Sigmoid", List.of("map"), "other")
                .output("other", 1, 4, 4, 6)
                .output("chosen", ElementType.INT64, -1, 3)
                .build();

        RepairedGraph repaired = new GraphRepairs(
                        List.of(
                                new CutDetectionTail(),
                                AbsorbTransposes.ofInputs(),
                                new SlightlyWrong(8e-6f, Tolerance.ROUNDING)),
                        RepairBench.TARGET)
                .repairAndSum(graph);

        assertThat(repaired.repairs())
                .extracting(AppliedRepair::id)
                .contains("cut-detection-tail", "absorb-input-transpose", "slightly-wrong");
        assertThat(repaired.repairs()).allMatch(AppliedRepair::kept);
        AppliedRepair.Parity total = repaired.total().orElseThrow();
        // "other" from the first graph on, boxes and scores from where the end was cut off, on two sets of inputs.
        assertThat(total.elements()).isEqualTo(2 * (96 + 96 + 24));
        assertThat(total.maxRelativeError()).isBetween(7e-6, 9e-6);
    }
}
