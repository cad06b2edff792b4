// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Joins neighbouring steps where the result is byte for byte the same: tables behind tables, limits into kernels, padding
 * into convolutions, tables into concatenations, a transposition into the weights behind it. Steps nobody reads go.
 */
final class StepFusion {
    private final Set<Integer> outputs = new HashSet<>();
    private List<Step> steps;
    private Map<Integer, Step> writer;
    private Map<Integer, Integer> uses;

    private StepFusion(List<Step> steps, List<Buffer> outputs) {
        this.steps = new ArrayList<>(steps);
        outputs.forEach(buffer -> this.outputs.add(buffer.id()));
    }

    static List<Step> fuse(List<Step> steps, List<Buffer> outputs) {
        StepFusion fusion = new StepFusion(steps, outputs);
        boolean changed = true;
        while (changed) {
            fusion.removeUnread();
            changed = fusion.fuseOnce();
        }
        return fusion.steps;
    }

    private void index() {
        writer = new HashMap<>();
        uses = new HashMap<>();
        for (Step step : steps) {
            writer.put(step.output().id(), step);
            step.inputs().forEach(input -> uses.merge(input.id(), 1, Integer::sum));
        }
        outputs.forEach(id -> uses.merge(id, 1, Integer::sum));
    }

    private void removeUnread() {
        Set<Integer> read = new HashSet<>(outputs);
        List<Step> kept = new ArrayList<>();
        for (int index = steps.size() - 1; index >= 0; index--) {
            Step step = steps.get(index);
            if (read.contains(step.output().id())) {
                kept.add(0, step);
                step.inputs().forEach(input -> read.add(input.id()));
            }
        }
        steps = kept;
    }

    private boolean fuseOnce() {
        index();
        for (int index = 0; index < steps.size(); index++) {
            Step step = steps.get(index);
            Step fused = null;
            Step absorbed = null;
            for (int input = 0; input < step.inputs().size() && fused == null; input++) {
                Step before = writer.get(step.inputs().get(input).id());
                if (before == null) {
                    continue;
                }
                boolean only = uses.get(before.output().id()) == 1;
                fused = only ? soleReader(before, step, input) : null;
                if (fused == null) {
                    fused = anyReader(before, step);
                } else {
                    absorbed = before;
                }
            }
            if (fused != null) {
                steps.set(index, fused);
                if (absorbed != null) {
                    steps.remove(absorbed);
                }
                return true;
            }
        }
        return false;
    }

    /** Fusions that need {@code before} to have no other reader, because it vanishes. */
    private static Step soleReader(Step before, Step step, int input) {
        if (step instanceof LookupStep lookup) {
            if (before instanceof LookupStep first) {
                return new LookupStep(
                        lookup.identity(),
                        LookupStep.composed(first.table(), lookup.table()),
                        first.input(),
                        lookup.output());
            }
            return before.outputRange() == null ? null : limits(before, lookup);
        }
        if (step instanceof MovementStep.Concat concat && before instanceof LookupStep lookup) {
            List<MovementStep.Concat.Part> parts = new ArrayList<>(concat.parts());
            MovementStep.Concat.Part part = parts.get(input);
            byte[] table = part.table() == null ? lookup.table() : LookupStep.composed(lookup.table(), part.table());
            parts.set(input, new MovementStep.Concat.Part(lookup.input(), part.block(), part.outOffset(), table));
            return new MovementStep.Concat(
                    concat.identity(), parts, concat.outer(), concat.outStride(), concat.output());
        }
        return null;
    }

    /** A table that only limits what {@code before} can give becomes its output limits. */
    private static Step limits(Step before, LookupStep lookup) {
        int min = before.outputRange()[0];
        int max = before.outputRange()[1];
        int low = lookup.table()[min & 0xFF];
        int high = lookup.table()[max & 0xFF];
        if (low > high) {
            return null;
        }
        for (int quanta = min; quanta <= max; quanta++) {
            if (lookup.table()[quanta & 0xFF] != Math.min(Math.max(quanta, low), high)) {
                return null;
            }
        }
        return before.withOutputRange(low, high).withOutput(lookup.output());
    }

    /** Fusions that leave {@code before} to its other readers. */
    private static Step anyReader(Step before, Step step) {
        if (before instanceof MovementStep.Pad pad) {
            if (step instanceof ConvolutionStep convolution) {
                return padded(pad, convolution);
            }
            if (step instanceof PoolStep pool) {
                return padded(pad, pool);
            }
        }
        if (before instanceof MovementStep.Transpose transpose
                && step instanceof FullyConnectedStep product
                && product.batches() == 1) {
            return product.withInput(transpose.input(), permutedColumns(product, transpose));
        }
        return null;
    }

    /** Border of a pad over H and W of an image of this size; null where it pads something else. */
    private static int[] border(MovementStep.Pad pad, int height, int width, int channels) {
        int[] out = new int[4];
        for (int axis = 0; axis < 4; axis++) {
            out[axis] = pad.before()[axis] + pad.inShape()[axis] + pad.after()[axis];
        }
        int h;
        if (out[0] == 1 && out[1] == height && out[2] == width && out[3] == channels) {
            h = 1;
        } else if (out[0] == 1 && out[1] == 1 && out[2] == height && out[3] == width && channels == 1) {
            h = 2;
        } else {
            return null;
        }
        for (int axis = 0; axis < 4; axis++) {
            if (axis != h && axis != h + 1 && pad.inShape()[axis] != out[axis]) {
                return null;
            }
        }
        return new int[] {pad.before()[h], pad.before()[h + 1], pad.after()[h], pad.after()[h + 1]};
    }

    private static Step padded(MovementStep.Pad pad, ConvolutionStep step) {
        ConvolutionStep.Geometry g = step.geometry();
        if (step.kind() == ConvolutionStep.Kind.TRANSPOSED || pad.value() != step.inZeroPoint()) {
            return null;
        }
        int[] border = border(pad, g.inH(), g.inW(), g.inC());
        return border == null
                ? null
                : step.with(g.paddingInside(border[0], border[1], border[2], border[3]), pad.input());
    }

    private static Step padded(MovementStep.Pad pad, PoolStep step) {
        PoolStep.Window w = step.window();
        int[] border = border(pad, w.inH(), w.inW(), w.channels());
        // Padding never wins a maximum, so only a border of the least value may become padding.
        if (!step.maximum() || pad.value() != -128 || border == null) {
            return null;
        }
        PoolStep.Window inner = new PoolStep.Window(
                w.inH() - border[0] - border[2],
                w.inW() - border[1] - border[3],
                w.channels(),
                w.outH(),
                w.outW(),
                w.kernelH(),
                w.kernelW(),
                w.strideH(),
                w.strideW(),
                w.padTop() + border[0],
                w.padLeft() + border[1],
                w.countIncludePad());
        boolean everyWindowMeetsTheImage = inner.padTop() < inner.kernelH()
                && inner.padLeft() < inner.kernelW()
                && (inner.outH() - 1) * inner.strideH() - inner.padTop() < inner.inH()
                && (inner.outW() - 1) * inner.strideW() - inner.padLeft() < inner.inW();
        return everyWindowMeetsTheImage ? step.with(inner, pad.input()) : null;
    }

    private static byte[] permutedColumns(FullyConnectedStep product, MovementStep.Transpose transpose) {
        int in = product.inFeatures();
        int[] indices = new int[in];
        for (int index = 0; index < in; index++) {
            indices[index] = index;
        }
        // from[i] is where element i of the transposed vector lies before the transposition.
        int[] from = QuantizedConstant.permuted(indices, transpose.inShape(), transpose.permutation());
        byte[] weights = product.weights();
        byte[] permuted = new byte[weights.length];
        for (int out = 0; out < product.outFeatures(); out++) {
            for (int index = 0; index < in; index++) {
                permuted[out * in + from[index]] = weights[out * in + index];
            }
        }
        return permuted;
    }
}
