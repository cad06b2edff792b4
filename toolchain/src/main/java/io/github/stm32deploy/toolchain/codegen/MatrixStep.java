// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.List;

/**
 * Products of matrices side by side, both operands computed or one of them a constant that differs between them.
 *
 * @param batch two counts of products
 * @param first strides of the first operand between products, in elements
 * @param a null where the first operand is {@code constant}
 * @param b null where the second operand is {@code constant}
 * @param quantaPerStep from accumulator to output quanta
 */
record MatrixStep(
        Identity identity,
        int[] batch,
        BinaryStep.Operand first,
        BinaryStep.Operand second,
        int rows,
        int depth,
        int columns,
        float quantaPerStep,
        int outZeroPoint,
        int outMin,
        int outMax,
        Buffer a,
        Buffer b,
        byte[] constant,
        Buffer output)
        implements Step {

    @Override
    public List<Buffer> inputs() {
        return a == null ? List.of(b) : b == null ? List.of(a) : List.of(a, b);
    }

    @Override
    public MatrixStep withInput(int index, Buffer input) {
        boolean replacesA = a != null && index == 0;
        return with(outMin, outMax, replacesA ? input : a, replacesA ? b : input, output);
    }

    @Override
    public MatrixStep withOutput(Buffer newOutput) {
        return with(outMin, outMax, a, b, newOutput);
    }

    @Override
    public int[] outputRange() {
        return new int[] {outMin, outMax};
    }

    @Override
    public MatrixStep withOutputRange(int min, int max) {
        return with(min, max, a, b, output);
    }

    private MatrixStep with(int min, int max, Buffer newA, Buffer newB, Buffer newOutput) {
        return new MatrixStep(
                identity,
                batch,
                first,
                second,
                rows,
                depth,
                columns,
                quantaPerStep,
                outZeroPoint,
                min,
                max,
                newA,
                newB,
                constant,
                newOutput);
    }

    @Override
    public String kernel() {
        return "n6_matmul_operands_s8";
    }

    @Override
    public String adapter() {
        return a == null
                ? "n6_layer_matmul_operands_constant_a"
                : b == null ? "n6_layer_matmul_operands_constant_b" : "n6_layer_matmul_operands";
    }

    @Override
    public CStructure parameters() {
        return CStructure.of("n6_matmul_operands_t")
                .put("batch", batch)
                .put("a_stride", first.stride())
                .put("b_stride", second.stride())
                .put("rows", rows)
                .put("depth", depth)
                .put("columns", columns)
                .put("scale", quantaPerStep)
                .put("a_zero_point", first.quantization().zeroPoint())
                .put("b_zero_point", second.quantization().zeroPoint())
                .put("out_zero_point", outZeroPoint)
                .put("out_min", outMin)
                .put("out_max", outMax)
                .build();
    }

    @Override
    public byte[] weights() {
        return constant;
    }

    @Override
    public long macc() {
        return (long) batch[0] * batch[1] * rows * depth * columns;
    }
}
