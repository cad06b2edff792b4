// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.ArrayList;
import java.util.List;

/** Steps that move bytes without computing. */
sealed interface MovementStep extends Step {

    /** @param inShape four sizes; output axis i is input axis permutation[i] */
    record Transpose(Identity identity, int[] inShape, int[] permutation, Buffer input, Buffer output)
            implements MovementStep {
        @Override
        public List<Buffer> inputs() {
            return List.of(input);
        }

        @Override
        public Transpose withInput(int index, Buffer newInput) {
            return new Transpose(identity, inShape, permutation, newInput, output);
        }

        @Override
        public Transpose withOutput(Buffer newOutput) {
            return new Transpose(identity, inShape, permutation, input, newOutput);
        }

        @Override
        public String kernel() {
            return "n6_transpose_8";
        }

        @Override
        public String adapter() {
            return "n6_layer_transpose";
        }

        @Override
        public CStructure parameters() {
            return CStructure.of("n6_transpose_t")
                    .put("in_shape", inShape)
                    .put("permutation", permutation)
                    .build();
        }
    }

    /** Constant padding; sizes in physical order. */
    record Pad(Identity identity, int[] inShape, int[] before, int[] after, int value, Buffer input, Buffer output)
            implements MovementStep {
        @Override
        public List<Buffer> inputs() {
            return List.of(input);
        }

        @Override
        public Pad withInput(int index, Buffer newInput) {
            return new Pad(identity, inShape, before, after, value, newInput, output);
        }

        @Override
        public Pad withOutput(Buffer newOutput) {
            return new Pad(identity, inShape, before, after, value, input, newOutput);
        }

        @Override
        public String kernel() {
            return "n6_pad_8";
        }

        @Override
        public String adapter() {
            return "n6_layer_pad";
        }

        @Override
        public CStructure parameters() {
            return CStructure.of("n6_pad_t")
                    .put("in_shape", inShape)
                    .put("before", before)
                    .put("after", after)
                    .put("value", value)
                    .build();
        }
    }

    /** A contiguous range of one axis: {@code outer} blocks. */
    record Narrow(Identity identity, long inOffset, long inStride, long block, long outer, Buffer input, Buffer output)
            implements MovementStep {
        @Override
        public List<Buffer> inputs() {
            return List.of(input);
        }

        @Override
        public Narrow withInput(int index, Buffer newInput) {
            return new Narrow(identity, inOffset, inStride, block, outer, newInput, output);
        }

        @Override
        public Narrow withOutput(Buffer newOutput) {
            return new Narrow(identity, inOffset, inStride, block, outer, input, newOutput);
        }

        @Override
        public String kernel() {
            return "n6_copy_blocks";
        }

        @Override
        public String adapter() {
            return "n6_layer_narrow";
        }

        @Override
        public CStructure parameters() {
            return CStructure.of("n6_narrow_t")
                    .put("in_offset", inOffset)
                    .put("in_stride", inStride)
                    .put("block", block)
                    .put("outer", outer)
                    .build();
        }
    }

    /** A strided slice; four sizes in physical order. */
    record Slice(Identity identity, int[] inShape, int[] outShape, int[] start, int[] step, Buffer input, Buffer output)
            implements MovementStep {
        @Override
        public List<Buffer> inputs() {
            return List.of(input);
        }

        @Override
        public Slice withInput(int index, Buffer newInput) {
            return new Slice(identity, inShape, outShape, start, step, newInput, output);
        }

        @Override
        public Slice withOutput(Buffer newOutput) {
            return new Slice(identity, inShape, outShape, start, step, input, newOutput);
        }

        @Override
        public String kernel() {
            return "n6_slice_8";
        }

        @Override
        public String adapter() {
            return "n6_layer_slice";
        }

        @Override
        public CStructure parameters() {
            return CStructure.of("n6_slice_t")
                    .put("in_shape", inShape)
                    .put("out_shape", outShape)
                    .put("start", start)
                    .put("step", step)
                    .build();
        }
    }

    /** Concatenation; the generator writes its parts into an array of their own. */
    record Concat(Identity identity, List<Part> parts, long outer, long outStride, Buffer output)
            implements MovementStep {
        /**
         * @param block bytes of this part in each of the outer blocks, also the stride of the input
         * @param table requantizing table, null where bytes are copied as they are
         */
        record Part(Buffer input, long block, long outOffset, byte[] table) {}

        public Concat {
            parts = List.copyOf(parts);
        }

        @Override
        public List<Buffer> inputs() {
            return parts.stream().map(Part::input).toList();
        }

        @Override
        public Concat withInput(int index, Buffer newInput) {
            List<Part> changed = new ArrayList<>(parts);
            Part part = parts.get(index);
            changed.set(index, new Part(newInput, part.block, part.outOffset, part.table));
            return new Concat(identity, changed, outer, outStride, output);
        }

        @Override
        public Concat withOutput(Buffer newOutput) {
            return new Concat(identity, parts, outer, outStride, newOutput);
        }

        @Override
        public String kernel() {
            return parts.stream().anyMatch(part -> part.table != null) ? "n6_copy_blocks_lookup_8" : "n6_copy_blocks";
        }

        @Override
        public String adapter() {
            return "n6_layer_concat";
        }

        @Override
        public CStructure parameters() {
            throw new UnsupportedOperationException("a concatenation has an array of parts");
        }
    }
}
