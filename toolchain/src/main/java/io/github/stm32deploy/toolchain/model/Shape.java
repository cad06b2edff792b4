// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Dimensions of a tensor, outermost first. A dimension is a non-negative size or unknown; an unknown one may carry the
 * name that the model gives it ({@code batch}, {@code N}).
 */
public final class Shape {
    private static final long UNKNOWN = -1;
    private static final Shape SCALAR = new Shape(new long[0], Collections.emptyList());

    private final long[] sizes;
    private final List<String> symbols;

    private Shape(long[] sizes, List<String> symbols) {
        this.sizes = sizes;
        this.symbols = symbols;
    }

    /** A shape of known sizes; a negative size stands for an unnamed unknown dimension. */
    public static Shape of(long... sizes) {
        if (sizes.length == 0) {
            return SCALAR;
        }
        long[] copy = sizes.clone();
        for (int axis = 0; axis < copy.length; axis++) {
            if (copy[axis] < 0) {
                copy[axis] = UNKNOWN;
            }
        }
        return new Shape(copy, Collections.nCopies(copy.length, ""));
    }

    public static Shape scalar() {
        return SCALAR;
    }

    /** A shape in which unknown dimensions (negative sizes) carry the names in {@code symbols} ("" for none). */
    public static Shape symbolic(long[] sizes, List<String> symbols) {
        if (sizes.length != symbols.size()) {
            throw new IllegalArgumentException(sizes.length + " sizes but " + symbols.size() + " symbols");
        }
        Shape plain = of(sizes);
        return new Shape(plain.sizes, List.copyOf(symbols));
    }

    public int rank() {
        return sizes.length;
    }

    /** Size of an axis; negative axes count from the end; -1 where it is unknown. */
    public long size(int axis) {
        return sizes[axis < 0 ? axis + sizes.length : axis];
    }

    /** Name of an unknown dimension, empty where it is known or unnamed. */
    public Optional<String> symbol(int axis) {
        String symbol = symbols.isEmpty() ? "" : symbols.get(axis < 0 ? axis + sizes.length : axis);
        return symbol.isEmpty() ? Optional.empty() : Optional.of(symbol);
    }

    public boolean isStatic() {
        for (long size : sizes) {
            if (size < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Number of elements.
     *
     * @throws IllegalStateException where a dimension is unknown
     * @throws ArithmeticException where the product exceeds a long
     */
    public long elements() {
        long product = 1;
        for (long size : sizes) {
            if (size < 0) {
                throw new IllegalStateException("shape " + this + " has an unknown dimension");
            }
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    public long[] toArray() {
        return sizes.clone();
    }

    /** The sizes as ints. */
    public int[] toIntArray() {
        int[] ints = new int[sizes.length];
        for (int axis = 0; axis < ints.length; axis++) {
            ints[axis] = Math.toIntExact(sizes[axis]);
        }
        return ints;
    }

    /** The shape whose axis i is axis {@code permutation[i]} of this one (ONNX Transpose). */
    public Shape permuted(int... permutation) {
        long[] permuted = new long[sizes.length];
        List<String> names = new ArrayList<>();
        for (int axis = 0; axis < permuted.length; axis++) {
            permuted[axis] = sizes[permutation[axis]];
            names.add(symbol(permutation[axis]).orElse(""));
        }
        return symbolic(permuted, names);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes) && symbols.equals(shape.symbols);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(sizes) + symbols.hashCode();
    }

    /** As people write it: {@code 1x3x128x128}, {@code Nx3x?x?}, {@code scalar}. */
    @Override
    public String toString() {
        if (sizes.length == 0) {
            return "scalar";
        }
        StringBuilder text = new StringBuilder();
        for (int axis = 0; axis < sizes.length; axis++) {
            if (axis > 0) {
                text.append('x');
            }
            text.append(sizes[axis] < 0 ? symbol(axis).orElse("?") : Long.toString(sizes[axis]));
        }
        return text.toString();
    }
}
