// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds what a hardware epoch absorbs. Seen in reports: convolution + activation (+ 2x2 MaxPool) in TinyYOLOv2, 1x1
 * convolution + residual Add in MobileNetV2 and MobileFaceNet, convolution + Sigmoid with both results kept in YOLOv8.
 */
final class Chains {
    private final LoweredGraph graph;
    private final Function<Operation, Placement> placement;
    private final Geometry geometry;
    private final Set<Operation> done;
    private final CompilerHabits habits;
    private final Map<Operation, Operation> pads = new HashMap<>();

    Chains(
            LoweredGraph graph,
            Function<Operation, Placement> placement,
            Geometry geometry,
            Set<Operation> done,
            CompilerHabits habits) {
        this.habits = habits;
        this.graph = graph;
        this.placement = placement;
        this.geometry = geometry;
        this.done = done;
    }

    /** True for a Pad that the convolution or pool behind it takes over. */
    boolean waitsForReader(Operation operation) {
        if (!operation.operator().equals("Pad") || operation.form() != Operation.Form.INTEGER) {
            return false;
        }
        Operation reader = soleReader(operation.results().get(0));
        boolean window = reader != null
                && switch (reader.operator()) {
                    case "Conv" -> true;
                    case "MaxPool", "AveragePool" -> geometry.of(reader).kernelHeight() <= 3;
                    default -> false;
                };
        if (!window || placement.apply(reader) != Placement.NPU || done.contains(reader)) {
            return false;
        }
        pads.put(reader, operation);
        done.add(operation);
        return true;
    }

    /** What the chain of {@code lead} streams in first, an absorbed Pad looked through; null where it reads no activation. */
    Operand input(Operation lead) {
        Operation first = pads.getOrDefault(lead, lead);
        return first.operands().isEmpty() ? null : first.operands().get(0);
    }

    Chain from(Operation lead) {
        List<Operation> members = new ArrayList<>();
        if (pads.containsKey(lead)) {
            members.add(pads.get(lead));
        }
        members.add(lead);
        List<Operand> written = new ArrayList<>();
        Operation current = lead;
        Budget budget = new Budget(geometry.work(lead), habits.poolsInPlace(geometry.work(lead), geometry.of(lead)));
        while (lead.form() == Operation.Form.INTEGER && current.results().size() == 1) {
            Operand result = current.results().get(0);
            Operation next = soleReader(result);
            if (next == null && budget.convolution()) {
                next = gate(result);
                if (next != null && budget.takes(next, geometry)) {
                    members.add(next);
                    current = gated(lead, result, next, members, written);
                }
                break;
            }
            if (next == null || !joins(next, result) || !budget.takes(next, geometry)) {
                break;
            }
            members.add(next);
            current = next;
        }
        written.addAll(current.results());
        return new Chain(lead, members, written);
    }

    private boolean joins(Operation next, Operand result) {
        if (done.contains(next)
                || next.form() != Operation.Form.INTEGER
                || placement.apply(next) != Placement.NPU
                || pads.containsKey(next)) {
            return false;
        }
        // What else it reads must be in memory already.
        for (Operand operand : next.operands()) {
            Operation writer = graph.writer(operand.stored());
            if (!operand.stored().equals(result.stored()) && writer != null && !done.contains(writer)) {
                return false;
            }
        }
        return true;
    }

    /** Ends a chain with x, its sigmoid and, where the epoch has time for it, their product. */
    private Operation gated(
            Operation lead, Operand value, Operation gate, List<Operation> members, List<Operand> written) {
        Operation product = soleReader(gate.results().get(0));
        boolean inPlace = placement.apply(product) == Placement.NPU
                && product.form() == Operation.Form.INTEGER
                && habits.multipliesInPlace(geometry.of(lead));
        if (!inPlace || habits.keepsFactors()) {
            written.add(value);
        }
        if (!inPlace) {
            return gate;
        }
        if (habits.keepsFactors()) {
            written.addAll(gate.results());
        }
        members.add(product);
        return product;
    }

    /** The sigmoid of x * sigmoid(x): x is read twice, and leaves the epoch beside its sigmoid. */
    private Operation gate(Operand result) {
        List<Operation> readers = graph.readers(result.stored());
        if (readers.size() != 2 || graph.isOutput(result.stored())) {
            return null;
        }
        for (Operation reader : readers) {
            boolean gate =
                    reader.operator().equals("Sigmoid") || reader.operator().equals("HardSigmoid");
            if (gate && joins(reader, result)) {
                Operation multiply = soleReader(reader.results().get(0));
                return multiply != null && readers.contains(multiply) ? reader : null;
            }
        }
        return null;
    }

    private Operation soleReader(Operand result) {
        List<Operation> readers = graph.readers(result.stored());
        return readers.size() == 1 && !graph.isOutput(result.stored()) ? readers.get(0) : null;
    }

    /** Units that an epoch still has free. */
    private static final class Budget {
        private final EpochWork work;
        private final boolean poolsInPlace;
        private int activations = 2;
        private int additions = 1;
        private int pools = 2;

        Budget(EpochWork work, boolean poolsInPlace) {
            this.work = work;
            this.poolsInPlace = poolsInPlace;
        }

        boolean convolution() {
            return switch (work) {
                case CONVOLUTION, POINTWISE, DEPTHWISE, TRANSPOSED_CONVOLUTION, FULLY_CONNECTED -> true;
                default -> false;
            };
        }

        boolean takes(Operation next, Geometry geometry) {
            if (pools < 2) {
                return poolsInPlace && geometry.work(next) == EpochWork.GLOBAL_POOL && pools-- > 0;
            }
            boolean computes = convolution() || work == EpochWork.ELEMENTWISE || work == EpochWork.ACTIVATION;
            if (computes && Operators.isActivation(next.operator())) {
                return activations-- > 0;
            }
            if (computes && next.operator().equals("BatchNormalization")) {
                return activations-- > 0;
            }
            boolean constantOperand = next.operands().size() == 1 && Operators.isBinary(next.operator());
            if (computes && constantOperand) {
                return additions-- > 0;
            }
            if (convolution()
                    && next.operator().equals("Add")
                    && next.operands().size() == 2) {
                boolean same = next.operands()
                        .get(0)
                        .shape()
                        .equals(next.operands().get(1).shape());
                return same && additions-- > 0;
            }
            if (convolution() && next.operator().equals("MaxPool")) {
                EpochGeometry window = geometry.of(next);
                boolean small = window.kernelHeight() <= 3 && window.kernelWidth() <= 3;
                boolean padded = next.node()
                        .intsAttribute("pads")
                        .map(pads -> java.util.Arrays.stream(pads).anyMatch(pad -> pad != 0))
                        .orElse(false);
                return small && !padded && pools-- > 0;
            }
            return poolsInPlace && geometry.work(next) == EpochWork.GLOBAL_POOL && pools-- > 0;
        }
    }
}
