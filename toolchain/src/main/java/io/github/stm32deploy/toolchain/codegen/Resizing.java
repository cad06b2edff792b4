// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Resize and Upsample over one or two axes. */
final class Resizing {
    private static final Map<String, String> COORDINATES = Map.of(
            "half_pixel", "N6_RESIZE_HALF_PIXEL",
            "asymmetric", "N6_RESIZE_ASYMMETRIC",
            "align_corners", "N6_RESIZE_ALIGN_CORNERS",
            "pytorch_half_pixel", "N6_RESIZE_PYTORCH_HALF_PIXEL");
    private static final Map<String, String> NEAREST = Map.of(
            "round_prefer_floor", "N6_NEAREST_ROUND_PREFER_FLOOR",
            "round_prefer_ceil", "N6_NEAREST_ROUND_PREFER_CEIL",
            "floor", "N6_NEAREST_FLOOR",
            "ceil", "N6_NEAREST_CEIL");

    private Resizing() {}

    static boolean isResize(Node node) {
        return node.is("Resize") || node.is("Upsample");
    }

    static boolean isNearest(Node node) {
        return isResize(node) && node.stringAttribute("mode", "nearest").equals("nearest");
    }

    static StoredTensor nearest(GraphLowering lowering, Node node, String output, StoredTensor input, int[] shape) {
        Quantization same = new Quantization(1, 0);
        return resize(lowering, node, output, input, shape, same, same, ChannelStep.Function.RESIZE_NEAREST);
    }

    static StoredTensor bilinear(
            GraphLowering lowering, Node node, String output, Real input, int[] shape, Target target) {
        String mode = node.stringAttribute("mode", "nearest");
        if (!mode.equals("linear") && !mode.equals("bilinear")) {
            throw Unlowerable.attribute(node, "mode " + mode, "modes are nearest and linear");
        }
        StoredTensor result = resize(
                lowering,
                node,
                output,
                input.tensor(),
                shape,
                input.quantization(),
                target.quantization(),
                ChannelStep.Function.RESIZE_BILINEAR);
        return lowering.limited(result, target);
    }

    private static StoredTensor resize(
            GraphLowering lowering,
            Node node,
            String output,
            StoredTensor input,
            int[] shape,
            Quantization in,
            Quantization out,
            ChannelStep.Function function) {
        int rank = input.rank();
        int[] resized = IntStream.range(0, rank)
                .filter(axis -> shape[axis] != input.shape()[axis])
                .toArray();
        if (resized.length == 0) {
            // The same size: every coordinate transformation gives each element itself.
            if (in.equals(out)) {
                return input;
            }
            return lowering.requantized(new Real(input, in), Target.of(out), node);
        }
        if (resized.length > 2) {
            throw Unlowerable.attribute(node, resized.length + " axes change size", "at most two axes change size");
        }
        int[] order = order(rank, resized);
        int h = order[order.length - 1 - countChannels(rank, resized) - 1];
        int w = order[order.length - 1 - countChannels(rank, resized)];
        for (int position = 0; position < rank - 2 - countChannels(rank, resized); position++) {
            if (shape[order[position]] != 1) {
                throw Unlowerable.attribute(node, Arrays.toString(shape), "batch 1");
            }
        }
        StoredTensor image = lowering.arranged(input, order, node);
        float[] scales = scales(lowering, node, input.shape(), shape);
        int channels = (int) (Layout.elements(shape) / ((long) shape[h] * shape[w]));
        String coordinates = coordinates(lowering, node);
        CStructure parameters = CStructure.of("n6_resize_t")
                .put("in_h", input.shape()[h])
                .put("in_w", input.shape()[w])
                .put("channels", channels)
                .put("out_h", shape[h])
                .put("out_w", shape[w])
                .put("coordinates", coordinates)
                .put("nearest", rounding(lowering, node))
                .put("scale_h", scales[h])
                .put("scale_w", scales[w])
                .put("in_scale", in.scale())
                .put("out_scale", out.scale())
                .put("in_zero_point", in.zeroPoint())
                .put("out_zero_point", out.zeroPoint())
                .build();
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        long macc = function == ChannelStep.Function.RESIZE_BILINEAR ? 4 * Layout.elements(shape) : 0;
        lowering.add(new ChannelStep(
                lowering.identity(node), function, parameters, null, null, macc, image.buffer(), buffer));
        return new StoredTensor(buffer, shape, order, false);
    }

    /** Axes behind the two that are resized, in N, H, W, C terms. */
    private static int countChannels(int rank, int[] resized) {
        return rank == 4 ? 1 : rank == 3 ? (resized.length == 2 ? 1 : 0) : 0;
    }

    /** A physical order with the resized axes in the place of H and W, channels behind them where there are any. */
    private static int[] order(int rank, int[] resized) {
        if (rank == 4) {
            boolean channelsFirst = Arrays.stream(resized).allMatch(axis -> axis >= 2);
            boolean channelsLast = Arrays.stream(resized).allMatch(axis -> axis == 1 || axis == 2);
            if (channelsFirst) {
                return Layout.channelsLast(4);
            }
            if (channelsLast) {
                return Layout.rowMajor(4);
            }
        }
        int first = resized[0];
        int second = resized.length == 2
                ? resized[1]
                : IntStream.range(0, rank).filter(axis -> axis != first).max().orElse(first);
        int[] rest = IntStream.range(0, rank)
                .filter(axis -> axis != first && axis != second)
                .toArray();
        int channels = countChannels(rank, resized);
        int[] order = new int[rank];
        int at = 0;
        for (int index = 0; index < rest.length - channels; index++) {
            order[at++] = rest[index];
        }
        order[at++] = first;
        order[at++] = second;
        for (int index = rest.length - channels; index < rest.length; index++) {
            order[at++] = rest[index];
        }
        return order;
    }

    private static String coordinates(GraphLowering lowering, Node node) {
        // Upsample and Resize-10 know one transformation.
        String absent = lowering.graph().opset() < 11 ? "asymmetric" : "half_pixel";
        String name = node.stringAttribute("coordinate_transformation_mode", absent);
        String constant = COORDINATES.get(name);
        if (constant == null
                || !node.stringAttribute("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
            throw Unlowerable.attribute(
                    node,
                    "coordinate_transformation_mode " + name,
                    "half_pixel, asymmetric, align_corners, pytorch_half_pixel; keep_aspect_ratio_policy stretch");
        }
        if (node.intAttribute("antialias", 0) != 0) {
            throw Unlowerable.attribute(node, "antialias 1", "no antialias filter");
        }
        return constant;
    }

    private static String rounding(GraphLowering lowering, Node node) {
        String absent = lowering.graph().opset() < 11 ? "floor" : "round_prefer_floor";
        String name = node.stringAttribute("nearest_mode", absent);
        return Optional.ofNullable(NEAREST.get(name))
                .orElseThrow(() -> Unlowerable.attribute(
                        node, "nearest_mode " + name, NEAREST.keySet().toString()));
    }

    /** Output size by input size for each axis, as the graph states it. */
    private static float[] scales(GraphLowering lowering, Node node, int[] in, int[] out) {
        int rank = in.length;
        float[] scales = new float[rank];
        for (int axis = 0; axis < rank; axis++) {
            scales[axis] = (float) out[axis] / in[axis];
        }
        int index = lowering.graph().opset() < 11 ? 1 : 2;
        Optional<float[]> stated = node.hasInput(index)
                ? lowering.constants().value(node.input(index)).map(TensorData::toFloats)
                : node.attributes().containsKey("scales") ? scaleAttribute(node) : Optional.empty();
        if (stated.isPresent() && stated.get().length > 0) {
            long[] axes = node.intsAttribute("axes").orElse(null);
            for (int i = 0; i < stated.get().length; i++) {
                int axis = axes == null ? i : (int) (axes[i] < 0 ? axes[i] + rank : axes[i]);
                scales[axis] = stated.get()[i];
            }
        }
        return scales;
    }

    private static Optional<float[]> scaleAttribute(Node node) {
        if (node.attributes().get("scales") instanceof io.github.stm32deploy.toolchain.model.Attribute.FloatList list) {
            float[] values = new float[list.values().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = list.values().get(i);
            }
            return Optional.of(values);
        }
        return Optional.empty();
    }
}
