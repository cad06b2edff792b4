// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** MatMul of two computed tensors, or of one with a constant of more than two axes. */
final class MatrixProducts {
    private static final int DEPTH_LIMIT = 32768;

    private final GraphLowering lowering;
    private final Operands operands;

    MatrixProducts(GraphLowering lowering, Operands operands) {
        this.lowering = lowering;
        this.operands = operands;
    }

    /** True where the second operand is no plain matrix of weights. */
    boolean supports(Node node) {
        if (!node.is("MatMul")) {
            return false;
        }
        int[] second = lowering.constants()
                .quantized(node.input(1))
                .map(QuantizedConstant::shape)
                .orElse(null);
        return second == null ? !lowering.constants().isConstant(node.input(1)) : second.length > 2;
    }

    StoredTensor lower(Node node, String output, Target target) {
        Operands.Operand a = operands.of(node, node.input(0));
        Operands.Operand b = operands.of(node, node.input(1));
        // A vector on the left is one row, on the right one column.
        int[] left = a.shape().length == 1 ? new int[] {1, a.shape()[0]} : a.shape();
        int[] right = b.shape().length == 1 ? new int[] {b.shape()[0], 1} : b.shape();
        int rows = left[left.length - 2];
        int depth = left[left.length - 1];
        int columns = right[right.length - 1];
        if (depth > DEPTH_LIMIT) {
            throw Unlowerable.size(node, depth + " products a sum", "at most 32768, or 32-bit sums overflow");
        }
        List<long[]> batches = batches(node, left, right);
        double scale = (double) a.quantization().scale()
                * b.quantization().scale()
                / target.quantization().scale();
        StoredTensor first = a.tensor() == null ? null : rowMajor(a.tensor(), node);
        StoredTensor second = b.tensor() == null ? null : rowMajor(b.tensor(), node);
        int[] shape = lowering.shape(node, node.output(0));
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        lowering.add(new MatrixStep(
                lowering.identity(node),
                pick(batches, 0, 1),
                new BinaryStep.Operand(pick(batches, 1, 0), a.quantization()),
                new BinaryStep.Operand(pick(batches, 2, 0), b.quantization()),
                rows,
                depth,
                columns,
                (float) scale,
                target.quantization().zeroPoint(),
                target.min(),
                target.max(),
                first == null ? null : first.buffer(),
                second == null ? null : second.buffer(),
                a.constant() != null
                        ? a.constant().bytes()
                        : b.constant() != null ? b.constant().bytes() : null,
                buffer));
        return StoredTensor.rowMajor(buffer, shape);
    }

    private StoredTensor rowMajor(StoredTensor tensor, Node node) {
        return lowering.arranged(tensor, Layout.rowMajor(tensor.rank()), node);
    }

    /** Count, stride of a and stride of b of the leading axes, those that both run through alike joined. */
    private static List<long[]> batches(Node node, int[] left, int[] right) {
        int axes = Math.max(left.length, right.length) - 2;
        long strideA = (long) left[left.length - 2] * left[left.length - 1];
        long strideB = (long) right[right.length - 2] * right[right.length - 1];
        List<long[]> batches = new ArrayList<>();
        for (int axis = axes - 1; axis >= 0; axis--) {
            int sizeA = size(left, axis - axes);
            int sizeB = size(right, axis - axes);
            int size = Math.max(sizeA, sizeB);
            if (size > 1) {
                long[] batch = {size, sizeA == 1 ? 0 : strideA, sizeB == 1 ? 0 : strideB};
                long[] inner = batches.isEmpty() ? null : batches.get(0);
                if (inner != null && batch[1] == inner[0] * inner[1] && batch[2] == inner[0] * inner[2]) {
                    inner[0] *= size;
                } else {
                    batches.add(0, batch);
                }
            }
            strideA *= sizeA;
            strideB *= sizeB;
        }
        if (batches.size() > 2) {
            throw Unlowerable.attribute(
                    node,
                    "operands of " + Arrays.toString(left) + " and " + Arrays.toString(right),
                    "matrices are counted along at most two independent axes");
        }
        return batches;
    }

    /** Of the axis {@code fromEnd} before the two of the matrix; 1 where there is none. */
    private static int size(int[] shape, int fromEnd) {
        int at = shape.length - 2 + fromEnd;
        return at < 0 ? 1 : shape[at];
    }

    private static int[] pick(List<long[]> batches, int part, int filler) {
        int[] two = {filler, filler};
        for (int index = 0; index < batches.size(); index++) {
            two[2 - batches.size() + index] = Math.toIntExact(batches.get(index)[part]);
        }
        return two;
    }
}
