// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import java.util.ArrayList;
import java.util.List;

/** Detectors and segmenters, from their papers and published configurations. */
public final class Detectors {
    private Detectors() {}

    /**
     * Tiny YOLOv2 (Redmon and Farhadi, arXiv 1612.08242; darknet repository, cfg/yolov2-tiny.cfg) with five anchors.
     *
     * @param last width of the last 3x3 convolution: 512 in the model zoo for STM32
     */
    public static NetworkBuilder tinyYolo2(Flavour flavour, int size, long last, long classes) {
        NetworkBuilder net = new NetworkBuilder("tiny_yolo_v2_" + size, flavour, 3, size, size);
        String map = net.input();
        for (long width = 16; width <= 512; width *= 2) {
            map = net.conv(map, width, 3, 1, Activation.LEAKY_RELU);
            map = net.maxPool(map, 2, width < 512 ? 2 : 1);
        }
        map = net.conv(map, 1024, 3, 1, Activation.LEAKY_RELU);
        map = net.conv(map, last, 3, 1, Activation.LEAKY_RELU);
        return net.output(net.biased(map, 5 * (5 + classes), 1, 1, Activation.NONE));
    }

    /** ST-YOLO-LC v1 (model zoo for STM32): four strided convolutions, four depthwise separable ones, stride 16. */
    public static NetworkBuilder yoloLc(Flavour flavour, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("st_yolo_lc_v1_" + size, flavour, 3, size, size);
        String map = net.input();
        for (long width = 16; width <= 128; width *= 2) {
            map = net.conv(map, width, 3, 2, Activation.RELU);
        }
        long[] widths = {256, 256, 128, 256};
        for (int block = 0; block < widths.length; block++) {
            map = net.pointwise(net.depthwise(map, 3, 1, Activation.NONE), widths[block], Activation.RELU);
            map = block == 1 ? net.maxPool(map, 2, 1) : map;
        }
        return net.output(net.biased(map, 5 * (5 + classes), 1, 1, Activation.NONE));
    }

    /**
     * SSD on MobileNet v1 (Liu et al., arXiv 1512.02325; qfgaohao/pytorch-ssd, vision/ssd/mobilenetv1_ssd.py): six maps, six
     * anchors each. Scores without softmax and boxes without decoding, as the code returns them outside of its tests.
     *
     * @param lite true for separable convolutions in heads and extra layers (SSDLite, arXiv 1801.04381 §6.2)
     */
    public static NetworkBuilder ssdMobileNet1(Flavour flavour, int size, boolean lite, long classes) {
        NetworkBuilder net = new NetworkBuilder((lite ? "ssdlite" : "ssd") + "_mobilenet_v1", flavour, 3, size, size);
        List<String> base = MobileNets.v1Maps(net, 1);
        List<String> maps = new ArrayList<>(List.of(base.get(11), base.get(13)));
        long[][] extras = {{256, 512}, {128, 256}, {128, 256}, {128, 256}};
        String map = base.get(13);
        for (long[] extra : extras) {
            map = net.biased(map, extra[0], 1, 1, Activation.RELU);
            map = lite
                    ? net.biased(net.depthwise(map, 3, 2, Activation.RELU), extra[1], 1, 1, Activation.RELU)
                    : net.biased(map, extra[1], 3, 2, Activation.RELU);
            maps.add(map);
        }
        List<String> scores = new ArrayList<>();
        List<String> boxes = new ArrayList<>();
        for (int index = 0; index < maps.size(); index++) {
            boolean separable = lite && index < maps.size() - 1;
            scores.add(net.predictionRows(head(net, maps.get(index), 6 * classes, lite, separable), classes));
            boxes.add(net.predictionRows(head(net, maps.get(index), 6 * 4, lite, separable), 4));
        }
        return net.output(net.joinedRows(scores)).output(net.joinedRows(boxes));
    }

    private static String head(NetworkBuilder net, String map, long outputs, boolean lite, boolean separable) {
        if (!lite) {
            return net.biased(map, outputs, 3, 1, Activation.NONE);
        }
        String read = separable ? net.depthwise(map, 3, 1, Activation.RELU) : map;
        return net.biased(read, outputs, 1, 1, Activation.NONE);
    }

    /**
     * DeepLabv3 on MobileNetV2 (Chen et al., arXiv 1706.05587) as the model zoo for STM32 has it: the backbone up to the
     * expansion of block 13, separable atrous convolutions at 1/5, 2/5, 3/5 of the map's height, 256 channels.
     */
    public static NetworkBuilder deepLab3(Flavour flavour, double width, int size, long classes) {
        NetworkBuilder net = new NetworkBuilder("deeplab_v3_mobilenet_v2_" + size, flavour, 3, size, size);
        MobileNets.Rounding eight = MobileNets.Rounding.TO_EIGHT;
        String block12 = MobileNets.v2Features(net, width, eight, false, 13).get(13);
        String map = net.pointwise(block12, 6 * net.channels(block12), Activation.RELU);
        int rate = (int) net.rows(map) / 5;
        List<String> branches = new ArrayList<>(List.of(net.pointwise(map, 256, Activation.RELU)));
        for (int factor = 1; factor <= 3; factor++) {
            long channels = net.channels(map);
            String wide = net.conv(map, channels, 3, 1, rate * factor, channels, true, Activation.RELU);
            branches.add(net.pointwise(wide, 256, Activation.RELU));
        }
        String pooled = net.pointwise(net.reducedMean(map), 256, Activation.RELU);
        branches.add(net.bilinearTo(pooled, net.rows(map), net.columns(map)));
        map = net.pointwise(net.concat(branches.toArray(String[]::new)), 256, Activation.RELU);
        map = net.biased(map, classes, 1, 1, Activation.NONE);
        return net.output(net.bilinear(map, 16));
    }
}
