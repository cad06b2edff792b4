// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Arithmetic operations of the epochs that ST's compiler makes of a graph, as its c_info files list them
 * ({@code power_estimates[].ops}): a product and its sum are two, and so are
 *
 * <ul>
 *   <li>one for each output of an integer convolution or product with weights (its bias), and one more for each further piece of a window that is larger
 *       than the convolution unit takes (3 by 6);
 *   <li>one for each element that a convolution reads unsigned: where the zero point is the lowest code, as behind Relu, the
 *       writer subtracts it;
 *   <li>one for each element of Add, Sub and Mul, on the NPU and on the CPU.
 * </ul>
 *
 * <p>Depthwise convolutions at stride 2 have weights of two channels a group, one of them zeros, and count twice. Activations,
 * pools, means, conversions and moves count nothing. Read off c_info files of Core 2.0.0, 2.1.0, 2.2.0 and 3.0.0 (up to 2.2 a
 * convolution also has a scale for each channel: one more an output) and held against the summaries of 4.0 in {@code
 * docs/reference/macc.md}.
 */
public final class EpochOperations {
    private static final Set<String> ARITHMETIC = Set.of("Add", "Sub", "Mul");
    private static final Set<String> PRODUCTS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
    private static final int PER_PRODUCT = 2;

    private final LoweredGraph lowered;
    private final Geometry geometry;
    private final Map<String, Long> byNode = new LinkedHashMap<>();

    private EpochOperations(LoweredGraph lowered) {
        this.lowered = lowered;
        this.geometry = new Geometry(lowered);
    }

    /**
     * Operations by name of the node, with the compiler of 3.0 and 4.0 and no optimization beyond its usual ones; nodes without
     * operations, or of unknown shape, are left out.
     *
     * @param graph shapes inferred
     */
    public static Map<String, Long> of(ModelGraph graph) {
        return new EpochOperations(LoweredGraph.of(BatchOfOne.bind(graph), false)).count();
    }

    private Map<String, Long> count() {
        Set<String> unsigned = new HashSet<>();
        for (Operation operation : lowered.operations()) {
            if (operation.results().isEmpty() || !shapesAreKnown(operation)) {
                continue;
            }
            if (PRODUCTS.contains(operation.operator())) {
                add(operation, products(operation));
                readUnsigned(operation, unsigned);
            } else if (ARITHMETIC.contains(operation.operator())) {
                add(operation, outputs(operation));
            }
        }
        return Collections.unmodifiableMap(byNode);
    }

    private static boolean shapesAreKnown(Operation operation) {
        return operation.results().stream().allMatch(result -> result.shape().isStatic())
                && operation.operands().stream()
                        .allMatch(operand -> operand.shape().isStatic());
    }

    private long products(Operation operation) {
        EpochGeometry window = geometry.of(operation);
        if (operation.operator().equals("ConvTranspose")) {
            return PER_PRODUCT * transposed(operation, window) + partialSums(operation, 1);
        }
        boolean halfEmpty = window.groups() > 1
                && window.groups() == window.inputChannels()
                && window.strideHeight() == 2
                && window.kernelHeight() > 1;
        return PER_PRODUCT * window.products() * (halfEmpty ? 2 : 1)
                + partialSums(operation, Decomposition.pieces(window));
    }

    private static long transposed(Operation operation, EpochGeometry window) {
        Shape in = operation.operands().get(0).shape();
        return in.elements() * window.kernelHeight() * window.kernelWidth() * window.outputChannels() / window.groups();
    }

    /** Biases and sums of pieces; float convolutions and products of two activations have none of their own. */
    private static long partialSums(Operation operation, int pieces) {
        boolean summed = operation.form() == Operation.Form.INTEGER
                && !operation.constants().isEmpty();
        return summed ? pieces * outputs(operation) : 0;
    }

    private void readUnsigned(Operation operation, Set<String> unsigned) {
        Operand read = operation.operands().get(0);
        Operation writer = lowered.writer(read.stored());
        boolean lowest =
                read.element() == ElementType.INT8 && read.quantization().zeroPoint() == Byte.MIN_VALUE;
        if (operation.form() == Operation.Form.INTEGER && lowest && unsigned.add(read.stored())) {
            add(writer == null ? operation : writer, read.shape().elements());
        }
    }

    private void add(Operation operation, long operations) {
        byNode.merge(operation.node().name(), operations, Math::addExact);
    }

    private static long outputs(Operation operation) {
        return operation.results().get(0).shape().elements();
    }
}
