// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.Arrays;
import java.util.Map;

/** Output types of the operators that move, join, cut or make data. */
final class ShapeRulesMoving {
    private ShapeRulesMoving() {}

    static void register(Map<String, ShapeRules.Rule> standard) {
        standard.put("Concat", ShapeRulesMoving::concat);
        standard.put("Split", ShapeRulesMoving::split);
        standard.put("Slice", ShapeRulesMoving::slice);
        standard.put("Pad", ShapeRulesMoving::pad);
        standard.put("Transpose", ShapeRulesMoving::transpose);
        standard.put("Reshape", ShapeRulesMoving::reshape);
        standard.put("Flatten", ShapeRulesMoving::flatten);
        standard.put("Squeeze", ShapeRulesMoving::squeeze);
        standard.put("Unsqueeze", ShapeRulesMoving::unsqueeze);
        standard.put("Expand", ShapeRulesMoving::expand);
        standard.put("Tile", ShapeRulesMoving::tile);
        standard.put("Gather", ShapeRulesMoving::gather);
        standard.put("GatherElements", ShapeRulesMoving::gatherElements);
        standard.put("GatherND", ShapeRulesMoving::gatherNd);
        standard.put("Shape", ShapeRulesMoving::shapeOf);
        standard.put("Size", context -> context.output(0, ElementType.INT64, Shape.scalar()));
        standard.put("Constant", ShapeRulesMoving::constant);
        standard.put("ConstantOfShape", ShapeRulesMoving::constantOfShape);
        standard.put("Range", ShapeRulesMoving::range);
        standard.put("OneHot", ShapeRulesMoving::oneHot);
        standard.put("TopK", ShapeRulesMoving::topK);
        standard.put("NonMaxSuppression", context -> context.output(0, ElementType.INT64, Shape.of(UNKNOWN, 3)));
        standard.put("NonZero", ShapeRulesMoving::nonZero);
    }

    private static void concat(ShapeContext context) {
        Shape first = context.shape(0);
        if (first == null) {
            return;
        }
        int joined = ShapeRules.axis(context.node.intAttribute("axis", 1), first.rank());
        long total = 0;
        Dimensions output = Dimensions.of(first);
        for (int index = 0; index < context.node.inputs().size(); index++) {
            Shape part = context.shape(index);
            if (part == null) {
                return;
            }
            total = total < 0 || part.size(joined) < 0 ? UNKNOWN : total + part.size(joined);
            for (int axis = 0; axis < first.rank(); axis++) {
                if (axis != joined && first.size(axis) < 0 && part.size(axis) >= 0) {
                    output.set(axis, part.size(axis));
                }
            }
        }
        context.output(
                0, ShapeRules.element(context, 0), output.set(joined, total).shape());
    }

    private static void split(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        int axis = ShapeRules.axis(
                context.node.intAttribute("axis", 0), type.shape().rank());
        int parts = context.node.outputs().size();
        long size = type.shape().size(axis);
        long[] stated = context.attributeOrInput("split", 1);
        boolean unknownSplit = stated == null && context.node.hasInput(1);
        long chunk = size < 0 ? UNKNOWN : (size + parts - 1) / parts;
        for (int index = 0; index < parts; index++) {
            long part = stated != null ? stated[index] : chunk;
            if (stated == null && size >= 0) {
                part = Math.max(0, Math.min(chunk, size - chunk * index));
            }
            Shape shape = Dimensions.of(type.shape())
                    .set(axis, unknownSplit ? UNKNOWN : part)
                    .shape();
            context.output(index, type.element(), shape);
        }
    }

    private static void slice(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        int rank = type.shape().rank();
        boolean byInput = context.opset() >= 10;
        long[] axes = context.attributeOrInput("axes", 3);
        double[] starts = byInput ? context.values(1) : doubles(context.attributeOrInput("starts", 1));
        double[] ends = byInput ? context.values(2) : doubles(context.attributeOrInput("ends", 2));
        double[] steps = byInput && context.node.hasInput(4) ? context.values(4) : null;
        boolean stepsUnknown = byInput && context.node.hasInput(4) && steps == null;
        Dimensions output = Dimensions.of(type.shape());
        if (axes == null && byInput && context.node.hasInput(3)) {
            for (int axis = 0; axis < rank; axis++) {
                output.set(axis, UNKNOWN);
            }
            context.output(0, type.element(), output.shape());
            return;
        }
        int count = axes != null ? axes.length : starts != null ? starts.length : rank;
        for (int index = 0; index < count; index++) {
            int axis = axes == null ? index : ShapeRules.axis(axes[index], rank);
            long size = type.shape().size(axis);
            boolean known = size >= 0 && starts != null && ends != null && !stepsUnknown;
            known = known && !Double.isNaN(starts[index]) && !Double.isNaN(ends[index]);
            known = known && (steps == null || !Double.isNaN(steps[index]));
            long step = known && steps != null ? (long) steps[index] : 1;
            if (known && step != 0) {
                output.set(axis, ShapeRules.sliceLength(size, (long) starts[index], (long) ends[index], step));
            } else {
                output.set(axis, UNKNOWN);
            }
        }
        context.output(0, type.element(), output.shape());
    }

    private static double[] doubles(long[] values) {
        return values == null
                ? null
                : Arrays.stream(values).mapToDouble(value -> value).toArray();
    }

    private static void pad(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        int rank = type.shape().rank();
        double[] pads = context.node
                .intsAttribute("pads")
                .map(ShapeRulesMoving::doubles)
                .orElseGet(() -> context.values(1));
        long[] axes = context.integers(3);
        int count = axes == null ? rank : axes.length;
        boolean known = pads != null && pads.length == 2 * count && (axes != null || !context.node.hasInput(3));
        Dimensions output = Dimensions.of(type.shape());
        for (int index = 0; index < count; index++) {
            int axis = axes == null ? index : ShapeRules.axis(axes[index], rank);
            double added = known ? pads[index] + pads[index + count] : Double.NaN;
            long size = type.shape().size(axis);
            if (Double.isNaN(added)) {
                output.set(axis, UNKNOWN);
            } else if (added != 0) {
                output.set(axis, size < 0 ? UNKNOWN : size + (long) added);
            }
        }
        context.output(0, type.element(), output.shape());
    }

    private static void transpose(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        int rank = type.shape().rank();
        int[] permutation = new int[rank];
        long[] stated = context.node.intsAttribute("perm").orElse(null);
        for (int axis = 0; axis < rank; axis++) {
            permutation[axis] = stated == null ? rank - 1 - axis : (int) stated[axis];
        }
        context.output(0, type.element(), type.shape().permuted(permutation));
    }

    private static void reshape(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        double[] target = context.node
                .intsAttribute("shape")
                .map(ShapeRulesMoving::doubles)
                .orElseGet(() -> context.values(1));
        if (target == null) {
            Shape shape = context.shape(1);
            if (shape != null && shape.rank() == 1 && shape.size(0) >= 0 && shape.size(0) <= 64) {
                target = new double[(int) shape.size(0)];
                Arrays.fill(target, Double.NaN);
            } else {
                return;
            }
        }
        boolean allowZero = context.node.intAttribute("allowzero", 0) != 0;
        Dimensions output = new Dimensions();
        int open = -1;
        boolean unknown = false;
        long product = 1;
        for (int axis = 0; axis < target.length; axis++) {
            if (Double.isNaN(target[axis])) {
                output.add(UNKNOWN);
                unknown = true;
            } else if (target[axis] == -1) {
                output.add(UNKNOWN);
                open = axis;
            } else if (target[axis] == 0 && !allowZero) {
                output.add(type.shape(), axis);
                unknown |= type.shape().size(axis) < 0;
                product *= Math.max(1, type.shape().size(axis));
            } else {
                output.add((long) target[axis]);
                product *= (long) target[axis];
            }
        }
        resolve(output, type.shape(), open, unknown, product, target);
        context.output(0, type.element(), output.shape());
    }

    private static void resolve(
            Dimensions output, Shape input, int open, boolean unknown, long product, double[] target) {
        if (!input.isStatic()) {
            // A batch of unknown size often stays where it is: (N, 2, 3) reshaped to (-1, 6).
            return;
        }
        if (open >= 0 && !unknown && product > 0) {
            output.set(open, input.elements() / product);
        } else if (open < 0 && unknown && product > 0) {
            int missing = -1;
            for (int axis = 0; axis < target.length; axis++) {
                if (Double.isNaN(target[axis])) {
                    if (missing >= 0) {
                        return;
                    }
                    missing = axis;
                }
            }
            if (missing >= 0) {
                output.set(missing, input.elements() / product);
            }
        }
    }

    private static void flatten(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        int rank = type.shape().rank();
        long stated = context.node.intAttribute("axis", 1);
        int axis = (int) (stated < 0 ? stated + rank : stated);
        long before = product(type.shape(), 0, axis);
        long after = product(type.shape(), axis, rank);
        Dimensions output = new Dimensions();
        if (axis == 1) {
            output.add(type.shape(), 0);
        } else {
            output.add(before);
        }
        context.output(0, type.element(), output.add(after).shape());
    }

    private static long product(Shape shape, int from, int to) {
        long product = 1;
        for (int axis = from; axis < to; axis++) {
            if (shape.size(axis) < 0) {
                return UNKNOWN;
            }
            product *= shape.size(axis);
        }
        return product;
    }

    private static void squeeze(ShapeContext context) {
        TensorType type = context.type(0);
        long[] axes = context.attributeOrInput("axes", 1);
        if (type == null
                || axes == null && (context.node.hasInput(1) || !type.shape().isStatic())) {
            return;
        }
        int rank = type.shape().rank();
        boolean[] dropped = new boolean[rank];
        for (int axis = 0; axis < rank; axis++) {
            dropped[axis] = axes == null && type.shape().size(axis) == 1;
        }
        if (axes != null) {
            for (long axis : axes) {
                dropped[ShapeRules.axis(axis, rank)] = true;
            }
        }
        Dimensions output = new Dimensions();
        for (int axis = 0; axis < rank; axis++) {
            if (!dropped[axis]) {
                output.add(type.shape(), axis);
            }
        }
        context.output(0, type.element(), output.shape());
    }

    private static void unsqueeze(ShapeContext context) {
        TensorType type = context.type(0);
        long[] axes = context.attributeOrInput("axes", 1);
        if (type == null || axes == null || axes.length > 64) {
            return;
        }
        int rank = type.shape().rank() + axes.length;
        int[] positions = new int[axes.length];
        for (int index = 0; index < axes.length; index++) {
            positions[index] = ShapeRules.axis(axes[index], rank);
        }
        Arrays.sort(positions);
        Dimensions output = Dimensions.of(type.shape());
        for (int position : positions) {
            output.insertOne(position);
        }
        context.output(0, type.element(), output.shape());
    }

    private static void expand(ShapeContext context) {
        TensorType type = context.type(0);
        double[] target = context.values(1);
        if (type == null || target == null) {
            return;
        }
        Dimensions wanted = new Dimensions();
        for (double size : target) {
            wanted.add(Double.isNaN(size) ? UNKNOWN : (long) size);
        }
        context.output(0, type.element(), Dimensions.broadcast(type.shape(), wanted.shape()));
    }

    private static void tile(ShapeContext context) {
        TensorType type = context.type(0);
        double[] repeats = context.values(1);
        if (type == null || repeats == null || repeats.length != type.shape().rank()) {
            return;
        }
        Dimensions output = Dimensions.of(type.shape());
        for (int axis = 0; axis < repeats.length; axis++) {
            long size = type.shape().size(axis);
            if (Double.isNaN(repeats[axis])) {
                output.set(axis, UNKNOWN);
            } else if (repeats[axis] != 1) {
                output.set(axis, size < 0 ? UNKNOWN : size * (long) repeats[axis]);
            }
        }
        context.output(0, type.element(), output.shape());
    }

    private static void gather(ShapeContext context) {
        TensorType type = context.type(0);
        Shape indices = context.shape(1);
        if (type == null || indices == null) {
            return;
        }
        int rank = type.shape().rank();
        int axis = ShapeRules.axis(context.node.intAttribute("axis", 0), rank);
        Dimensions output = new Dimensions();
        for (int before = 0; before < axis; before++) {
            output.add(type.shape(), before);
        }
        for (int index = 0; index < indices.rank(); index++) {
            output.add(indices, index);
        }
        for (int after = axis + 1; after < rank; after++) {
            output.add(type.shape(), after);
        }
        context.output(0, type.element(), output.shape());
    }

    private static void gatherElements(ShapeContext context) {
        if (context.type(0) != null && context.shape(1) != null) {
            context.output(0, ShapeRules.element(context, 0), context.shape(1));
        }
    }

    private static void gatherNd(ShapeContext context) {
        TensorType type = context.type(0);
        Shape indices = context.shape(1);
        if (type == null || indices == null || indices.rank() == 0 || indices.size(-1) < 0) {
            return;
        }
        int batch = (int) context.node.intAttribute("batch_dims", 0);
        Dimensions output = new Dimensions();
        for (int axis = 0; axis < indices.rank() - 1; axis++) {
            output.add(indices, axis);
        }
        for (int axis = batch + (int) indices.size(-1); axis < type.shape().rank(); axis++) {
            output.add(type.shape(), axis);
        }
        context.output(0, type.element(), output.shape());
    }

    private static void shapeOf(ShapeContext context) {
        Shape shape = context.shape(0);
        if (shape != null) {
            int start = ShapeRules.clamp(context.node.intAttribute("start", 0), shape.rank());
            int end = ShapeRules.clamp(context.node.intAttribute("end", shape.rank()), shape.rank());
            context.output(0, ElementType.INT64, Shape.of(Math.max(0, end - start)));
        }
    }

    private static void constant(ShapeContext context) {
        context.node.tensorAttribute("value").ifPresent(value -> context.output(0, value.element(), value.shape()));
    }

    private static void constantOfShape(ShapeContext context) {
        double[] target = context.values(0);
        if (target != null) {
            Dimensions output = new Dimensions();
            for (double size : target) {
                output.add(Double.isNaN(size) ? UNKNOWN : (long) size);
            }
            ElementType element = context.node
                    .tensorAttribute("value")
                    .map(TensorData::element)
                    .orElse(ElementType.FLOAT32);
            context.output(0, element, output.shape());
        }
    }

    private static void range(ShapeContext context) {
        double[] start = context.values(0);
        double[] limit = context.values(1);
        double[] step = context.values(2);
        long count = UNKNOWN;
        if (start != null && limit != null && step != null) {
            double exact = Math.ceil((limit[0] - start[0]) / step[0]);
            count = Double.isNaN(exact) ? UNKNOWN : (long) Math.max(0, exact);
        }
        if (context.type(0) != null) {
            context.output(0, ShapeRules.element(context, 0), Shape.of(count));
        }
    }

    private static void oneHot(ShapeContext context) {
        Shape indices = context.shape(0);
        double[] depth = context.values(1);
        if (indices == null || context.type(2) == null) {
            return;
        }
        int axis = ShapeRules.axis(context.node.intAttribute("axis", -1), indices.rank() + 1);
        boolean known = depth != null && depth.length == 1 && !Double.isNaN(depth[0]);
        Shape shape = Dimensions.of(indices)
                .insertOne(axis)
                .set(axis, known ? (long) depth[0] : UNKNOWN)
                .shape();
        context.output(0, ShapeRules.element(context, 2), shape);
    }

    private static void topK(ShapeContext context) {
        TensorType type = context.type(0);
        if (type == null) {
            return;
        }
        int axis = ShapeRules.axis(
                context.node.intAttribute("axis", -1), type.shape().rank());
        long[] count = context.integers(1);
        long k = count != null && count.length == 1 ? count[0] : context.node.intAttribute("k", UNKNOWN);
        Shape shape = Dimensions.of(type.shape()).set(axis, k).shape();
        context.output(0, type.element(), shape);
        context.output(1, ElementType.INT64, shape);
    }

    private static void nonZero(ShapeContext context) {
        if (context.shape(0) != null) {
            context.output(0, ElementType.INT64, Shape.of(context.shape(0).rank(), UNKNOWN));
        }
    }
}
