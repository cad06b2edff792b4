// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.List;

/** Matrix product with constant weights, out x in. */
record FullyConnectedStep(
        Identity identity,
        int batches,
        int inFeatures,
        int outFeatures,
        int outZeroPoint,
        int outMin,
        int outMax,
        Buffer input,
        Buffer output,
        byte[] weights,
        int[] bias,
        float[] scale)
        implements Step {

    @Override
    public List<Buffer> inputs() {
        return List.of(input);
    }

    @Override
    public FullyConnectedStep withInput(int index, Buffer newInput) {
        return with(outMin, outMax, newInput, output, weights);
    }

    @Override
    public FullyConnectedStep withOutput(Buffer newOutput) {
        return with(outMin, outMax, input, newOutput, weights);
    }

    FullyConnectedStep withInput(Buffer newInput, byte[] newWeights) {
        return with(outMin, outMax, newInput, output, newWeights);
    }

    @Override
    public int[] outputRange() {
        return new int[] {outMin, outMax};
    }

    @Override
    public FullyConnectedStep withOutputRange(int min, int max) {
        return with(min, max, input, output, weights);
    }

    private FullyConnectedStep with(int min, int max, Buffer newInput, Buffer newOutput, byte[] newWeights) {
        return new FullyConnectedStep(
                identity,
                batches,
                inFeatures,
                outFeatures,
                outZeroPoint,
                min,
                max,
                newInput,
                newOutput,
                newWeights,
                bias,
                scale);
    }

    @Override
    public String kernel() {
        return "n6_fully_connected_s8";
    }

    @Override
    public String adapter() {
        return "n6_layer_fully_connected";
    }

    @Override
    public CStructure parameters() {
        return CStructure.of("n6_fully_connected_t")
                .put("batches", batches)
                .put("in_features", inFeatures)
                .put("out_features", outFeatures)
                .put("out_zero_point", outZeroPoint)
                .put("out_min", outMin)
                .put("out_max", outMax)
                .build();
    }

    @Override
    public long macc() {
        return (long) batches * inFeatures * outFeatures;
    }
}
