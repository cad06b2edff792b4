// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;

/**
 * ST-YOLO-X (model zoo for STM32): YOLOX (Ge et al., arXiv 2107.08430) with a convolutional stem of 12 channels instead of
 * the focus layer, separable convolutions, Relu6 in place of Silu, nearest upsampling and three anchors, as the zoo's files
 * have it.
 */
public final class YoloX {
    private final NetworkBuilder net;

    private YoloX(NetworkBuilder net) {
        this.net = net;
    }

    /**
     * @param depth depth multiplier
     * @param width width multiplier
     */
    public static NetworkBuilder network(Flavour flavour, double depth, double width, int size, long classes) {
        NetworkBuilder net =
                new NetworkBuilder("st_yolo_x_" + depth + "_" + width + "_" + size, flavour, 3, size, size);
        new YoloX(net).build(depth, width, 3, classes);
        return net;
    }

    private void build(double depth, double width, long anchors, long classes) {
        int units = (int) Math.max(1, Math.rint(depth * 3));
        long base = (long) (width * 64);
        String map = net.conv(net.input(), 12, 3, 2, Activation.RELU);
        map = net.conv(map, base, 3, 1, Activation.RELU);
        map = stack(conv(map, base * 2, 3, 2), units, base * 2, true);
        String third = stack(conv(map, base * 4, 3, 2), units * 3, base * 4, true);
        String fourth = stack(conv(third, base * 8, 3, 2), units * 3, base * 8, true);
        String fifth = stack(pyramid(conv(fourth, base * 16, 3, 2)), units, base * 16, false);

        String top = conv(fifth, net.channels(fourth), 1, 1);
        String joined = net.concat(net.nearest(top, 2), fourth);
        String middle = stack(joined, units, net.channels(fourth), false);
        String lower = conv(middle, net.channels(third), 1, 1);
        String fine = stack(net.concat(net.nearest(lower, 2), third), units, net.channels(third), false);
        String medium = merged(fine, lower, units);
        String coarse = merged(medium, top, units);
        for (String level : new String[] {fine, medium, coarse}) {
            net.output(head(level, (long) (256 * width), anchors, classes));
        }
    }

    /** Separable where the window is larger than one. */
    private String conv(String map, long outputs, int kernel, int stride) {
        String read = kernel > 1 ? net.depthwise(map, kernel, stride, Activation.RELU) : map;
        return net.pointwise(read, outputs, Activation.RELU);
    }

    private String merged(String map, String other, int units) {
        String down = conv(map, net.channels(other), 3, 2);
        String joined = net.concat(down, other);
        return stack(joined, units, net.channels(joined), false);
    }

    /** Cross stage partial layers. */
    private String stack(String map, int units, long outputs, boolean shortcut) {
        String side = conv(map, outputs / 2, 1, 1);
        String deep = conv(map, outputs / 2, 1, 1);
        for (int unit = 0; unit < units; unit++) {
            String inner = conv(conv(deep, net.channels(deep), 1, 1), net.channels(deep), 3, 1);
            deep = shortcut ? net.add(deep, inner, Activation.NONE) : inner;
        }
        return conv(net.concat(deep, side), outputs, 1, 1);
    }

    /** Spatial pyramid pooling. */
    private String pyramid(String map) {
        String half = conv(map, net.channels(map) / 2, 1, 1);
        String joined = net.concat(half, net.maxPool(half, 5, 1), net.maxPool(half, 9, 1), net.maxPool(half, 13, 1));
        return conv(joined, net.channels(map), 1, 1);
    }

    private String head(String map, long width, long anchors, long classes) {
        String stem = conv(map, width, 1, 1);
        String scores = conv(conv(stem, width, 3, 1), width, 3, 1);
        String boxes = conv(conv(stem, width, 3, 1), width, 3, 1);
        return net.concat(
                net.biased(boxes, 4 * anchors, 1, 1, Activation.NONE),
                net.biased(boxes, anchors, 1, 1, Activation.NONE),
                net.biased(scores, classes * anchors, 1, 1, Activation.NONE));
    }
}
