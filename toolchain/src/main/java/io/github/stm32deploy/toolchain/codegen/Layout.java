// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Physical orders of tensors. An order is a permutation: {@code order[k]} is the logical axis (as the graph sees it) at
 * physical position k, outermost first. Axes of size 1 take no part in where an element lies.
 */
final class Layout {
    private Layout() {}

    static int[] rowMajor(int rank) {
        return IntStream.range(0, rank).toArray();
    }

    /** Order of a logical N, C, spatial… tensor that lies channels last. */
    static int[] channelsLast(int rank) {
        int[] order = new int[rank];
        for (int axis = 2; axis < rank; axis++) {
            order[axis - 1] = axis;
        }
        order[rank - 1] = 1;
        return order;
    }

    static boolean sameArrangement(int[] shape, int[] first, int[] second) {
        return Arrays.equals(nonUnit(shape, first), nonUnit(shape, second));
    }

    private static int[] nonUnit(int[] shape, int[] order) {
        return Arrays.stream(order).filter(axis -> shape[axis] != 1).toArray();
    }

    /** Sizes in physical order. */
    static int[] physical(int[] shape, int[] order) {
        return Arrays.stream(order).map(axis -> shape[axis]).toArray();
    }

    static int position(int[] order, int axis) {
        for (int position = 0; position < order.length; position++) {
            if (order[position] == axis) {
                return position;
            }
        }
        throw new IllegalArgumentException("axis " + axis + " in " + Arrays.toString(order));
    }

    static long product(int[] sizes, int from, int to) {
        long product = 1;
        for (int index = from; index < to; index++) {
            product = Math.multiplyExact(product, sizes[index]);
        }
        return product;
    }

    static long elements(int[] shape) {
        return product(shape, 0, shape.length);
    }

    /** The order of Transpose(x, permutation) when x lies in {@code order} and no byte moves. */
    static int[] transposed(int[] order, int[] permutation) {
        int[] inverse = new int[permutation.length];
        for (int axis = 0; axis < permutation.length; axis++) {
            inverse[permutation[axis]] = axis;
        }
        return Arrays.stream(order).map(axis -> inverse[axis]).toArray();
    }

    /** Axes of a reshape that hold the same elements on both sides, size-1 axes left out. */
    private record Group(List<Integer> before, List<Integer> after) {}

    private static List<Group> groups(int[] before, int[] after) {
        List<Group> groups = new ArrayList<>();
        int b = 0;
        int a = 0;
        while (b < before.length || a < after.length) {
            if (b < before.length && before[b] == 1) {
                b++;
                continue;
            }
            if (a < after.length && after[a] == 1) {
                a++;
                continue;
            }
            Group group = new Group(new ArrayList<>(), new ArrayList<>());
            long left = before[b];
            long right = after[a];
            group.before.add(b++);
            group.after.add(a++);
            while (left != right) {
                if (left < right) {
                    left *= before[b];
                    if (before[b] != 1) {
                        group.before.add(b);
                    }
                    b++;
                } else {
                    right *= after[a];
                    if (after[a] != 1) {
                        group.after.add(a);
                    }
                    a++;
                }
            }
            groups.add(group);
        }
        return groups;
    }

    /**
     * The order of a reshaped tensor when no byte moves; empty where the physical order of {@code before} splits axes that
     * the reshape joins.
     */
    static Optional<int[]> reshaped(int[] before, int[] order, int[] after) {
        int[] lying = nonUnit(before, order);
        List<Integer> result = new ArrayList<>();
        for (int axis = 0; axis < after.length; axis++) {
            if (after[axis] == 1) {
                result.add(axis);
            }
        }
        List<Group> groups = groups(before, after);
        int at = 0;
        while (at < lying.length) {
            int first = lying[at];
            Optional<Group> group = groups.stream()
                    .filter(candidate -> candidate.before.get(0) == first)
                    .findFirst();
            if (group.isEmpty()) {
                return Optional.empty();
            }
            for (int axis : group.get().before) {
                if (at >= lying.length || lying[at] != axis) {
                    return Optional.empty();
                }
                at++;
            }
            result.addAll(group.get().after);
        }
        return Optional.of(result.stream().mapToInt(Integer::intValue).toArray());
    }

    /** The nearest order to {@code order} from which the reshape moves no byte: joined axes next to each other, as written. */
    static int[] orderForReshape(int[] before, int[] order, int[] after) {
        List<Integer> result = new ArrayList<>();
        for (int axis = 0; axis < before.length; axis++) {
            if (before[axis] == 1) {
                result.add(axis);
            }
        }
        List<Group> groups = groups(before, after);
        for (int axis : nonUnit(before, order)) {
            groups.stream()
                    .filter(group -> group.before.contains(axis))
                    .forEach(group -> group.before.stream()
                            .filter(member -> !result.contains(member))
                            .forEach(result::add));
        }
        return result.stream().mapToInt(Integer::intValue).toArray();
    }

    /** A transposition in as few axes as describe it: sizes of the input and, for each output axis, its input axis. */
    record Permutation(int[] inShape, int[] permutation) {}

    static Permutation permutation(int[] shape, int[] from, int[] to) {
        int[] source = nonUnit(shape, from);
        int[] sink = nonUnit(shape, to);
        // Axes that stay neighbours, in the same order, are one axis.
        List<List<Integer>> runs = new ArrayList<>();
        for (int axis : source) {
            boolean joins = false;
            if (!runs.isEmpty()) {
                List<Integer> last = runs.get(runs.size() - 1);
                int previous = last.get(last.size() - 1);
                int at = position(sink, previous);
                joins = at + 1 < sink.length && sink[at + 1] == axis;
            }
            if (joins) {
                runs.get(runs.size() - 1).add(axis);
            } else {
                runs.add(new ArrayList<>(List.of(axis)));
            }
        }
        int[] inShape = runs.stream()
                .mapToInt(run -> run.stream().mapToInt(axis -> shape[axis]).reduce(1, Math::multiplyExact))
                .toArray();
        List<Integer> permutation = new ArrayList<>();
        for (int axis : sink) {
            for (int run = 0; run < runs.size(); run++) {
                if (runs.get(run).get(0) == axis) {
                    permutation.add(run);
                }
            }
        }
        return new Permutation(
                inShape, permutation.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Four sizes, leading ones added. */
    static int[] four(int[] sizes, int filler) {
        int[] four = new int[4];
        Arrays.fill(four, filler);
        System.arraycopy(sizes, 0, four, 4 - sizes.length, sizes.length);
        return four;
    }
}
