// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.List;
import java.util.OptionalInt;

/** PReLU, softmax, sums and resizing: kernels of one input with parameters of their own and no output limits. */
record ChannelStep(
        Identity identity,
        Function function,
        CStructure parameters,
        byte[] weights,
        byte[] table,
        long macc,
        Buffer input,
        Buffer output)
        implements Step {

    enum Function {
        PRELU("n6_prelu_s8", "n6_layer_prelu", true),
        SOFTMAX("n6_softmax_s8", "n6_layer_softmax", true),
        REDUCE("n6_reduce_s8", "n6_layer_reduce", false),
        RESIZE_NEAREST("n6_resize_nearest_8", "n6_layer_resize_nearest", false),
        RESIZE_BILINEAR("n6_resize_bilinear_s8", "n6_layer_resize_bilinear", false);

        private final String kernel;
        private final String adapter;
        private final boolean inPlace;

        Function(String kernel, String adapter, boolean inPlace) {
            this.kernel = kernel;
            this.adapter = adapter;
            this.inPlace = inPlace;
        }
    }

    @Override
    public List<Buffer> inputs() {
        return List.of(input);
    }

    @Override
    public ChannelStep withInput(int index, Buffer newInput) {
        return new ChannelStep(identity, function, parameters, weights, table, macc, newInput, output);
    }

    @Override
    public ChannelStep withOutput(Buffer newOutput) {
        return new ChannelStep(identity, function, parameters, weights, table, macc, input, newOutput);
    }

    @Override
    public String kernel() {
        return function.kernel;
    }

    @Override
    public String adapter() {
        return function.adapter;
    }

    @Override
    public OptionalInt inPlaceInput() {
        return function.inPlace ? OptionalInt.of(0) : OptionalInt.empty();
    }
}
