// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import java.util.ArrayList;
import java.util.List;

/** The compact networks of Deep Layer Aggregation (Yu et al., arXiv 1707.06484, table 1). */
public final class DeepLayerAggregation {
    private static final long[] WIDTHS = {64, 64, 128, 256};

    private final NetworkBuilder net;
    private final boolean grouped;

    private DeepLayerAggregation(NetworkBuilder net, boolean grouped) {
        this.net = net;
        this.grouped = grouped;
    }

    /** DLA-46-C. */
    public static NetworkBuilder dla46c(Flavour flavour, int size, long classes) {
        return network("dla46c", flavour, size, classes, false, 1, 2, 2, 1);
    }

    /** DLA-X-46-C: bottlenecks with 32 groups. */
    public static NetworkBuilder dla46xc(Flavour flavour, int size, long classes) {
        return network("dla46xc", flavour, size, classes, true, 1, 2, 2, 1);
    }

    /** DLA-X-60-C. */
    public static NetworkBuilder dla60xc(Flavour flavour, int size, long classes) {
        return network("dla60xc", flavour, size, classes, true, 1, 2, 3, 1);
    }

    private static NetworkBuilder network(
            String name, Flavour flavour, int size, long classes, boolean grouped, int... levels) {
        NetworkBuilder net = new NetworkBuilder(name + "_" + size, flavour, 3, size, size);
        String map = net.conv(net.input(), 16, 7, 1, Activation.RELU);
        map = net.conv(map, 16, 3, 1, Activation.RELU);
        map = net.conv(map, 32, 3, 2, Activation.RELU);
        DeepLayerAggregation network = new DeepLayerAggregation(net, grouped);
        for (int stage = 0; stage < levels.length; stage++) {
            map = network.tree(map, levels[stage], WIDTHS[stage], 2, stage > 0, new ArrayList<>());
        }
        return net.output(net.biased(net.globalAverage(map), classes, 1, 1, Activation.NONE));
    }

    /** A tree of residual blocks whose root joins both subtrees and what was handed down. */
    private String tree(String map, int levels, long width, int stride, boolean keepsInput, List<String> extra) {
        String down = stride > 1 ? net.maxPoolValid(map, stride, stride, false) : map;
        if (levels > 1) {
            String first = tree(map, down, levels - 1, width, stride);
            if (keepsInput) {
                extra.add(down);
            }
            extra.add(first);
            return tree(first, levels - 1, width, 1, false, extra);
        }
        String first = block(map, down, width, stride);
        if (keepsInput) {
            extra.add(down);
        }
        String second = block(first, first, width, 1);
        List<String> joined = new ArrayList<>(List.of(second, first));
        joined.addAll(extra);
        return net.pointwise(net.concat(joined.toArray(String[]::new)), width, Activation.RELU);
    }

    private String tree(String map, String down, int levels, long width, int stride) {
        if (levels > 1) {
            String first = tree(map, down, levels - 1, width, stride);
            return tree(first, levels - 1, width, 1, false, new ArrayList<>(List.of(first)));
        }
        String first = block(map, down, width, stride);
        String second = block(first, first, width, 1);
        return net.pointwise(net.concat(second, first), width, Activation.RELU);
    }

    private String block(String map, String down, long width, int stride) {
        String identity = net.channels(down) == width ? down : net.pointwise(down, width, Activation.NONE);
        // 32 groups of width/4 * 8/64 channels each against half the width in one group.
        long inner = grouped ? 32 * (width / 4 / 8) : width / 2;
        String body = net.pointwise(map, inner, Activation.RELU);
        body = net.conv(body, inner, 3, stride, 1, grouped ? 32 : 1, true, Activation.RELU);
        return net.add(net.pointwise(body, width, Activation.NONE), identity, Activation.RELU);
    }
}
