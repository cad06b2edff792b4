// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import java.util.ArrayList;
import java.util.List;

/** Image classifiers beside the MobileNets, from their papers; each has 224x224 input where no size is asked for. */
public final class Classifiers {
    private Classifiers() {}

    /**
     * SqueezeNet 1.1 (Iandola et al., arXiv 1602.07360, and the 1.1 release of its repository): unpadded first convolution
     * and pools.
     */
    public static NetworkBuilder squeezeNet11(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("squeezenet_1.1_" + size, flavour, 3, size, size);
        String map = net.valid(net.input(), 64, 3, 2, false, Activation.RELU);
        map = net.maxPoolValid(map, 3, 2, false);
        map = fire(net, fire(net, map, 16, 64), 16, 64);
        map = net.maxPoolValid(map, 3, 2, false);
        map = fire(net, fire(net, map, 32, 128), 32, 128);
        map = net.maxPoolValid(map, 3, 2, false);
        map = fire(net, fire(net, map, 48, 192), 48, 192);
        map = fire(net, fire(net, map, 64, 256), 64, 256);
        map = net.globalAverage(net.biased(map, classes, 1, 1, Activation.RELU));
        return net.output(flavour == Flavour.TFLITE ? net.softmax(map) : map);
    }

    /** SqueezeNet 1.0 (arXiv 1602.07360, table 1). */
    public static NetworkBuilder squeezeNet10(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("squeezenet_1.0_" + size, flavour, 3, size, size);
        String map = net.valid(net.input(), 96, 7, 2, false, Activation.RELU);
        map = net.maxPoolValid(map, 3, 2, true);
        map = fire(net, fire(net, fire(net, map, 16, 64), 16, 64), 32, 128);
        map = net.maxPoolValid(map, 3, 2, true);
        map = fire(net, fire(net, map, 32, 128), 48, 192);
        map = fire(net, fire(net, map, 48, 192), 64, 256);
        map = net.maxPoolValid(map, 3, 2, true);
        map = fire(net, map, 64, 256);
        return net.output(net.globalAverage(net.biased(map, classes, 1, 1, Activation.RELU)));
    }

    private static String fire(NetworkBuilder net, String map, long squeezed, long expanded) {
        String narrow = net.biased(map, squeezed, 1, 1, Activation.RELU);
        return net.concat(
                net.biased(narrow, expanded, 1, 1, Activation.RELU),
                net.biased(narrow, expanded, 3, 1, Activation.RELU));
    }

    /** ResNet-50 v2 (He et al., arXiv 1603.05027) with the stride at the end of each stage, as Keras has it. */
    public static NetworkBuilder resNet50v2(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("resnet50_v2_" + size, flavour, 3, size, size);
        String map = net.maxPool(net.biased(net.input(), 64, 7, 2, Activation.NONE), 3, 2);
        int[] units = {3, 4, 6, 3};
        for (int stage = 0; stage < units.length; stage++) {
            long width = 64L << stage;
            for (int unit = 0; unit < units[stage]; unit++) {
                boolean last = unit == units[stage] - 1;
                map = preActivated(net, map, width, unit == 0, last && stage < 3 ? 2 : 1);
            }
        }
        // The last normalization has no convolution before it: it stays as scale and offset.
        map = normalized(net, map);
        String scores = net.dense(net.globalAverage(map), classes, Activation.NONE);
        return net.output(net.softmax(scores));
    }

    private static String normalized(NetworkBuilder net, String map) {
        return net.conv(map, net.channels(map), 1, 1, 1, net.channels(map), false, Activation.RELU);
    }

    private static String preActivated(NetworkBuilder net, String map, long width, boolean project, int stride) {
        String ready = normalized(net, map);
        String identity = map;
        if (project) {
            identity = net.biased(ready, 4 * width, 1, stride, Activation.NONE);
        } else if (stride > 1) {
            identity = net.maxPoolValid(map, 1, stride, false);
        }
        String inner = net.pointwise(ready, width, Activation.RELU);
        inner = net.conv(inner, width, 3, stride, Activation.RELU);
        return net.add(net.biased(inner, 4 * width, 1, 1, Activation.NONE), identity, Activation.NONE);
    }

    /** DarkNet tiny (Redmon, darknet repository, cfg/tiny.cfg). */
    public static NetworkBuilder darkNetTiny(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("darknet_tiny_" + size, flavour, 3, size, size);
        long[][] stages = {{16}, {32}, {16, 128, 16, 128}, {32, 256, 32, 256}, {64, 512, 64, 512, 128}};
        String map = net.input();
        for (int stage = 0; stage < stages.length; stage++) {
            for (int unit = 0; unit < stages[stage].length; unit++) {
                int kernel = stages[stage].length > 1 && unit % 2 == 0 ? 1 : 3;
                map = net.conv(map, stages[stage][unit], kernel, 1, Activation.LEAKY_RELU);
            }
            if (stage < stages.length - 1) {
                map = net.maxPoolValid(map, 2, 2, false);
            }
        }
        return net.output(net.globalAverage(net.biased(map, classes, 1, 1, Activation.NONE)));
    }

    /** Expansion, width, repetitions, stride, window of MnasNet-B1 (Tan et al., arXiv 1807.11626). */
    private static final int[][] MNASNET_B1 = {
        {3, 24, 3, 2, 3}, {3, 40, 3, 2, 5}, {6, 80, 3, 2, 5}, {6, 96, 2, 1, 3}, {6, 192, 4, 2, 5}, {6, 320, 1, 1, 3}
    };

    /** MnasNet-B1 (arXiv 1807.11626), widths rounded to eight. */
    public static NetworkBuilder mnasNetB1(Flavour flavour, double width, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("mnasnet_b1_" + width + "_" + size, flavour, 3, size, size);
        MobileNets.Rounding eight = MobileNets.Rounding.TO_EIGHT;
        String map = net.conv(net.input(), eight.of(32 * width), 3, 2, Activation.RELU);
        map = net.depthwise(map, 3, 1, Activation.RELU);
        map = net.pointwise(map, eight.of(16 * width), Activation.NONE);
        for (int[] stage : MNASNET_B1) {
            for (int unit = 0; unit < stage[2]; unit++) {
                map = inverted(net, map, stage[0], eight.of(stage[1] * width), unit == 0 ? stage[3] : 1, stage[4]);
            }
        }
        map = net.pointwise(map, 1280, Activation.RELU);
        return net.output(net.dense(net.globalAverage(map), classes, Activation.NONE));
    }

    /** Width, expansion, window of each block of ProxylessNAS-Mobile (Cai et al., arXiv 1812.00332, figure 4). */
    private static final int[][][] PROXYLESS_MOBILE = {
        {{16, 1, 3}},
        {{32, 3, 5}, {32, 3, 3}},
        {{40, 3, 7}, {40, 3, 3}, {40, 3, 5}, {40, 3, 5}},
        {{80, 6, 7}, {80, 3, 5}, {80, 3, 5}, {80, 3, 5}},
        {{96, 6, 5}, {96, 3, 5}, {96, 3, 5}, {96, 3, 5}},
        {{192, 6, 7}, {192, 6, 7}, {192, 3, 7}, {192, 3, 7}},
        {{320, 6, 7}}
    };

    /** ProxylessNAS-Mobile (arXiv 1812.00332). */
    public static NetworkBuilder proxylessMobile(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("proxylessnas_mobile_" + size, flavour, 3, size, size);
        String map = net.conv(net.input(), 32, 3, 2, Activation.RELU);
        int[] strides = {1, 2, 2, 2, 1, 2, 1};
        for (int stage = 0; stage < strides.length; stage++) {
            for (int unit = 0; unit < PROXYLESS_MOBILE[stage].length; unit++) {
                int[] block = PROXYLESS_MOBILE[stage][unit];
                map = inverted(net, map, block[1], block[0], unit == 0 ? strides[stage] : 1, block[2]);
            }
        }
        map = net.pointwise(map, 1280, Activation.RELU);
        return net.output(net.dense(net.globalAverage(map), classes, Activation.NONE));
    }

    private static String inverted(NetworkBuilder net, String map, int factor, long outputs, int stride, int kernel) {
        long inputs = net.channels(map);
        String inner = factor > 1 ? net.pointwise(map, inputs * factor, Activation.RELU) : map;
        inner = net.depthwise(inner, kernel, stride, Activation.RELU);
        String outer = net.pointwise(inner, outputs, Activation.NONE);
        return stride == 1 && inputs == outputs ? net.add(outer, map, Activation.NONE) : outer;
    }

    /** Squeeze and excitation (Hu et al., arXiv 1709.01507). */
    static String squeezeExcite(NetworkBuilder net, String map, long squeezed) {
        String weights = net.biased(net.reducedMean(map), squeezed, 1, 1, Activation.RELU);
        weights = net.biased(weights, net.channels(map), 1, 1, Activation.SIGMOID);
        return net.mul(map, weights);
    }

    /** Expansion, width, repetitions, stride, window of EfficientNet-B0 (Tan and Le, arXiv 1905.11946, table 1). */
    private static final int[][] EFFICIENTNET_B0 = {
        {1, 16, 1, 1, 3},
        {6, 24, 2, 2, 3},
        {6, 40, 2, 2, 5},
        {6, 80, 3, 2, 3},
        {6, 112, 3, 1, 5},
        {6, 192, 4, 2, 5},
        {6, 320, 1, 1, 3}
    };

    /**
     * EfficientNet-B0 (arXiv 1905.11946) with another width and expansion, biased squeeze and Relu6.
     *
     * @param expansion replaces the factor 6
     */
    public static NetworkBuilder efficientNet(Flavour flavour, double width, int expansion, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("efficientnet_" + width + "_" + size, flavour, 3, size, size);
        MobileNets.Rounding eight = MobileNets.Rounding.TO_EIGHT;
        String map = net.conv(net.input(), eight.of(32 * width), 3, 2, Activation.RELU);
        for (int[] stage : EFFICIENTNET_B0) {
            for (int unit = 0; unit < stage[2]; unit++) {
                long inputs = net.channels(map);
                long outputs = eight.of(stage[1] * width);
                int stride = unit == 0 ? stage[3] : 1;
                String inner = stage[0] > 1 ? net.pointwise(map, inputs * expansion, Activation.RELU) : map;
                inner = net.depthwise(inner, stage[4], stride, Activation.RELU);
                inner = squeezeExcite(net, inner, Math.max(1, inputs / 4));
                String outer = net.pointwise(inner, outputs, Activation.NONE);
                map = stride == 1 && inputs == outputs ? net.add(outer, map, Activation.NONE) : outer;
            }
        }
        map = net.pointwise(map, eight.of(1280 * width), Activation.RELU);
        return net.output(net.softmax(net.dense(net.reducedMean(map), classes, Activation.NONE)));
    }

    /** HarDNet-39DS (Chao et al., arXiv 1909.00948). */
    public static NetworkBuilder harDNet39ds(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("hardnet39ds_" + size, flavour, 3, size, size);
        String map = net.conv(net.input(), 24, 3, 2, Activation.RELU);
        map = net.pointwise(map, 48, Activation.RELU);
        map = net.depthwise(map, 3, 2, Activation.NONE);
        int[] layers = {4, 16, 8, 4};
        long[] widths = {96, 320, 640, 1024};
        long[] growths = {16, 20, 64, 160};
        for (int stage = 0; stage < layers.length; stage++) {
            map = harmonic(net, map, layers[stage], growths[stage]);
            map = net.pointwise(map, widths[stage], Activation.RELU);
            if (stage < layers.length - 1) {
                map = net.depthwise(map, 3, 2, Activation.NONE);
            }
        }
        return net.output(net.dense(net.globalAverage(map), classes, Activation.NONE));
    }

    /** A harmonic dense block: layer {@code l} reads layers {@code l - 2^k} where {@code 2^k} divides {@code l}. */
    private static String harmonic(NetworkBuilder net, String map, int layers, long growth) {
        List<String> maps = new ArrayList<>(List.of(map));
        for (int layer = 1; layer <= layers; layer++) {
            List<String> links = new ArrayList<>();
            double width = growth;
            for (int step = 1; step <= layer; step *= 2) {
                if (layer % step == 0) {
                    links.add(maps.get(layer - step));
                    width = step > 1 ? width * 1.6 : width;
                }
            }
            String read = links.size() > 1 ? net.concat(links.toArray(String[]::new)) : links.get(0);
            String wide = net.pointwise(read, ((long) (width + 1)) / 2 * 2, Activation.RELU);
            maps.add(net.depthwise(wide, 3, 1, Activation.NONE));
        }
        List<String> kept = new ArrayList<>();
        for (int layer = 1; layer <= layers; layer++) {
            if (layer % 2 == 1 || layer == layers) {
                kept.add(maps.get(layer));
            }
        }
        return net.concat(kept.toArray(String[]::new));
    }
}
