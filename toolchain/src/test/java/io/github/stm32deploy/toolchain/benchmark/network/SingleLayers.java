// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;

/** Networks of one layer on a 64x64x3 input and the mean of each channel, as microbenchmarks have them. */
final class SingleLayers {
    private SingleLayers() {}

    static NetworkBuilder convolution(long filters, int kernel) {
        NetworkBuilder net = new NetworkBuilder("conv_" + filters + "_" + kernel, Flavour.TFLITE_INT8, 3, 64, 64);
        return net.output(net.globalAverage(net.biased(net.input(), filters, kernel, 1, Activation.RELU)));
    }

    static NetworkBuilder depthwise(int kernel) {
        NetworkBuilder net = new NetworkBuilder("depthwise_" + kernel, Flavour.TFLITE_INT8, 3, 64, 64);
        return net.output(net.globalAverage(net.conv(net.input(), 3, kernel, 1, 1, 3, false, Activation.RELU)));
    }
}
