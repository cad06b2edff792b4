// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import java.util.ArrayList;
import java.util.List;

/** MobileNet v1 and v2 and FD-MobileNet, from their papers. */
public final class MobileNets {
    private MobileNets() {}

    /** Widths and strides of the depthwise separable blocks of a first-generation network. */
    private static final long[][] V1 = {
        {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1},
        {1024, 2}, {1024, 1}
    };

    /** FD-MobileNet (Qin et al., arXiv 1802.03750, table 1): down to 1/32 within the first dozen layers. */
    private static final long[][] FAST_DOWN = {
        {64, 2}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 1}
    };

    /**
     * MobileNet (Howard et al., arXiv 1704.04861, table 1).
     *
     * @param width width multiplier
     */
    public static NetworkBuilder v1(Flavour flavour, double width, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("mobilenet_v1_" + width + "_" + size, flavour, 3, size, size);
        return classified(net, separable(net, V1, width), classes, flavour);
    }

    /** FD-MobileNet (arXiv 1802.03750). */
    public static NetworkBuilder fastDown(Flavour flavour, double width, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("fdmobilenet_" + width + "_" + size, flavour, 3, size, size);
        return classified(net, separable(net, FAST_DOWN, width), classes, flavour);
    }

    /** ST FD-MobileNet v1 (model zoo for STM32): FD-MobileNet 0.25 with wider early blocks. */
    public static NetworkBuilder stFastDown(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("st_fdmobilenet_v1_" + size, flavour, 3, size, size);
        long[] widths = {48, 80, 64, 96, 64, 128, 128, 128, 128, 128, 256};
        String map = net.conv(net.input(), 16, 3, 2, Activation.RELU);
        for (int index = 0; index < widths.length; index++) {
            map = net.depthwise(map, 3, (int) FAST_DOWN[index][1], Activation.NONE);
            map = net.pointwise(map, widths[index], Activation.RELU);
        }
        return classified(net, map, classes, flavour);
    }

    private static String separable(NetworkBuilder net, long[][] blocks, double width) {
        return separable(net, blocks, width, blocks.length).get(blocks.length);
    }

    /** Maps behind the first convolution and each of the first {@code count} blocks. */
    private static List<String> separable(NetworkBuilder net, long[][] blocks, double width, int count) {
        List<String> maps = new ArrayList<>();
        String map = net.conv(net.input(), (long) (32 * width), 3, 2, Activation.RELU);
        maps.add(map);
        for (int index = 0; index < count; index++) {
            map = net.depthwise(map, 3, (int) blocks[index][1], Activation.RELU);
            map = net.pointwise(map, (long) (blocks[index][0] * width), Activation.RELU);
            maps.add(map);
        }
        return maps;
    }

    /** Maps behind the first convolution and the thirteen blocks of MobileNet, for detectors that branch off. */
    static List<String> v1Maps(NetworkBuilder net, double width) {
        return separable(net, V1, width, V1.length);
    }

    private static NetworkBuilder classified(NetworkBuilder net, String map, long classes, Flavour flavour) {
        String scores = net.dense(net.globalAverage(map), classes, Activation.NONE);
        return net.output(flavour == Flavour.TFLITE ? net.softmax(scores) : scores);
    }

    /** Rounding of widths of a second-generation network. */
    public enum Rounding {
        /** To the nearest multiple of 8, at most 10 % down (the paper's own code). */
        TO_EIGHT {
            @Override
            long of(double width) {
                long rounded = Math.max(8, (long) (width + 4) / 8 * 8);
                return rounded < 0.9 * width ? rounded + 8 : rounded;
            }
        },
        /** Down to a whole number (the pytorchcv collection). */
        DOWN {
            @Override
            long of(double width) {
                return (long) width;
            }
        };

        abstract long of(double width);
    }

    /** Expansion, width, repetitions, stride (Sandler et al., arXiv 1801.04381, table 2). */
    private static final int[][] V2 = {
        {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}
    };

    /**
     * MobileNetV2 (Sandler et al., arXiv 1801.04381).
     *
     * @param firstExpanded true where the first block has its 1x1 expansion of factor 1 (pytorchcv {@code mobilenetv2},
     *     against {@code mobilenetv2b})
     */
    public static NetworkBuilder v2(
            Flavour flavour,
            double width,
            Rounding rounding,
            boolean firstExpanded,
            int rows,
            int columns,
            long classes) {
        NetworkBuilder net =
                new NetworkBuilder("mobilenet_v2_" + width + "_" + rows + "x" + columns, flavour, 3, rows, columns);
        String map = v2Features(net, width, rounding, firstExpanded, 17).get(17);
        map = net.pointwise(map, rounding.of(1280 * Math.max(1, width)), Activation.RELU);
        return classified(net, map, classes, flavour);
    }

    /**
     * The first convolution and the first of the 17 blocks.
     *
     * @param count how many blocks
     * @return {@code count + 1} maps
     */
    static List<String> v2Features(
            NetworkBuilder net, double width, Rounding rounding, boolean firstExpanded, int count) {
        List<String> maps = new ArrayList<>();
        String map = net.conv(net.input(), rounding.of(32 * width), 3, 2, Activation.RELU);
        maps.add(map);
        for (int[] stage : V2) {
            for (int index = 0; index < stage[2] && maps.size() <= count; index++) {
                boolean expanded = stage[0] > 1 || firstExpanded;
                int stride = index == 0 ? stage[3] : 1;
                map = inverted(net, map, stage[0], expanded, rounding.of(stage[1] * width), stride);
                maps.add(map);
            }
        }
        return maps;
    }

    private static String inverted(
            NetworkBuilder net, String map, int factor, boolean expanded, long outputs, int stride) {
        long inputs = net.channels(map);
        String inner = expanded ? net.pointwise(map, inputs * factor, Activation.RELU) : map;
        inner = net.depthwise(inner, 3, stride, Activation.RELU);
        String outer = net.pointwise(inner, outputs, Activation.NONE);
        return stride == 1 && inputs == outputs ? net.add(outer, map, Activation.NONE) : outer;
    }
}
