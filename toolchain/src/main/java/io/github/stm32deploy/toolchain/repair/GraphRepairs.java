// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Applies repairs to a graph until none has anything more to propose. Each change is held against the graph before it and
 * reverted where the results move beyond its tolerance, at as few places as possible. Deterministic: the same graph and repairs, the same result.
 */
public final class GraphRepairs {
    /** Repairs that undo each other would go on for ever; no model needs a tenth of it. */
    private static final int MOST_CHANGES = 2_000;

    private final List<Repair> repairs;
    private final RepairTarget target;

    /**
     * @param repairs in the order in which they are tried
     */
    public GraphRepairs(List<Repair> repairs, RepairTarget target) {
        this.repairs = List.copyOf(repairs);
        this.target = Objects.requireNonNull(target);
    }

    /** Changes the graph and proves each change. */
    public RepairedGraph repair(ModelGraph graph) {
        return run(graph, true, false);
    }

    /**
     * As {@link #repair}, and measures what all changes together moved: two runs more. A change with which all together would
     * move a float output by more than {@link ParityTrail#BOUND} is reverted too.
     */
    public RepairedGraph repairAndSum(ModelGraph graph) {
        return run(graph, true, true);
    }

    /**
     * What {@link #repair} would try, without running a graph for comparison: nothing is proven, every change is assumed to
     * hold, and {@link AppliedRepair#kept()} is false for all.
     */
    public RepairedGraph list(ModelGraph graph) {
        return run(graph, false, false);
    }

    private RepairedGraph run(ModelGraph graph, boolean proven, boolean summed) {
        ParityGate gate = new ParityGate(target.executors());
        List<AppliedRepair> tried = new ArrayList<>();
        Set<AppliedRepair> unproven = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<String, Set<String>> reverted = new HashMap<>();
        Map<String, Set<String>> undecided = new HashMap<>();
        Map<String, Set<String>> postponed = new HashMap<>();
        ModelGraph current = ShapeInference.infer(graph);
        ParityTrail trail = new ParityTrail(current);
        boolean again = true;
        while (again) {
            again = false;
            for (Repair repair : repairs) {
                while (true) {
                    Set<String> avoided = new HashSet<>(reverted.getOrDefault(repair.id(), Set.of()));
                    avoided.addAll(undecided.getOrDefault(repair.id(), Set.of()));
                    avoided.addAll(postponed.getOrDefault(repair.id(), Set.of()));
                    Optional<Change> change = repair.propose(current, target.avoiding(avoided));
                    // One that does not look at what to avoid proposes the reverted change again.
                    if (change.isEmpty() || avoided.containsAll(change.get().nodes()) && !avoided.isEmpty()) {
                        if (postponed.remove(repair.id()) != null) {
                            continue;
                        }
                        break;
                    }
                    ModelGraph after =
                            ShapeInference.infer(GraphPart.live(change.get().graph()));
                    ParityGate.Judgement judgement = proven
                            ? gate.judge(current, after, change.get().comparison())
                            : ParityGate.Judgement.notComparable("listed, not compared");
                    List<String> places = change.get().nodes();
                    if (proven
                            && judgement.comparable()
                            && !judgement.kept()
                            && places.size() > 1
                            && Collections.disjoint(places, avoided)) {
                        // One place may be the reason: halves are tried by themselves, down to single places.
                        postponed
                                .computeIfAbsent(repair.id(), id -> new HashSet<>())
                                .addAll(places.subList(places.size() / 2, places.size()));
                        continue;
                    }
                    if (summed && judgement.kept()) {
                        trail.add(current, after, change.get().comparison(), judgement.parity());
                        Optional<String> beyond = trail.beyond(after, gate);
                        if (beyond.isPresent()) {
                            trail.takeBack();
                            judgement = judgement.revertedFor(beyond.get());
                        }
                    }
                    AppliedRepair outcome = applied(repair, change.get(), judgement);
                    tried.add(outcome);
                    if (!judgement.comparable()) {
                        unproven.add(outcome);
                    }
                    if (proven && !judgement.kept()) {
                        // What nothing executes may be gone after another change: then it is tried again.
                        (judgement.comparable() ? reverted : undecided)
                                .computeIfAbsent(repair.id(), id -> new HashSet<>())
                                .addAll(places);
                        continue;
                    }
                    current = after;
                    undecided.clear();
                    again = true;
                    if (tried.size() > MOST_CHANGES) {
                        throw new IllegalStateException("repairs find no end, the last one is " + repair.id());
                    }
                }
            }
        }
        return proven
                ? new RepairedGraph(current, settled(tried, unproven, current), trail.total(current, gate))
                : new RepairedGraph(current, tried, Optional.empty());
    }

    /**
     * Each place once: an attempt that could not be compared is left out where the same repair was decided on these places
     * later, or came to the same end again, or the places are gone.
     */
    private static List<AppliedRepair> settled(
            List<AppliedRepair> tried, Set<AppliedRepair> unproven, ModelGraph graph) {
        Set<String> left = new HashSet<>();
        graph.nodes().forEach(node -> left.add(node.name()));
        graph.inputs().forEach(input -> left.add(input.name()));
        graph.outputs().forEach(output -> left.add(output.name()));
        List<AppliedRepair> settled = new ArrayList<>();
        for (int index = 0; index < tried.size(); index++) {
            AppliedRepair one = tried.get(index);
            if (unproven.contains(one)) {
                Set<String> open = new HashSet<>(one.nodes());
                open.retainAll(left);
                tried.subList(index + 1, tried.size()).stream()
                        .filter(later -> later.id().equals(one.id()))
                        .forEach(later -> later.nodes().forEach(open::remove));
                if (open.isEmpty()) {
                    continue;
                }
            }
            settled.add(one);
        }
        return settled;
    }

    private static AppliedRepair applied(Repair repair, Change change, ParityGate.Judgement judgement) {
        return new AppliedRepair(
                repair.id(),
                change.nodes(),
                change.reason(),
                change.contract(),
                judgement.parity(),
                judgement.kept(),
                judgement.outcome(),
                change.recovered());
    }
}
