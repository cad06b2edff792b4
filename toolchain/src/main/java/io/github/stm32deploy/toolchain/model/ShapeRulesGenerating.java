// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.Map;

/** Output types of the operators that make values: random numbers, windows of signal processing, grids, transforms. */
final class ShapeRulesGenerating {
    private static final int FLOAT32 = OnnxTypeNumbers.of(ElementType.FLOAT32);

    private ShapeRulesGenerating() {}

    static void register(Map<String, ShapeRules.Rule> standard) {
        standard.put("RandomNormal", ShapeRulesGenerating::random);
        standard.put("RandomUniform", ShapeRulesGenerating::random);
        standard.put("RandomNormalLike", ShapeRulesGenerating::like);
        standard.put("RandomUniformLike", ShapeRulesGenerating::like);
        standard.put("Bernoulli", ShapeRulesGenerating::like);
        standard.put("EyeLike", ShapeRulesGenerating::like);
        standard.put("Multinomial", ShapeRulesGenerating::multinomial);
        standard.put("BlackmanWindow", ShapeRulesGenerating::window);
        standard.put("HammingWindow", ShapeRulesGenerating::window);
        standard.put("HannWindow", ShapeRulesGenerating::window);
        standard.put("MelWeightMatrix", ShapeRulesGenerating::melWeights);
        standard.put("AffineGrid", ShapeRulesGenerating::affineGrid);
        standard.put("DFT", ShapeRulesGenerating::fourier);
        standard.put("STFT", ShapeRulesGenerating::shortTimeFourier);
        standard.put("ImageDecoder", ShapeRulesGenerating::image);
    }

    /** The type that an attribute names by its ONNX number; {@code absent} where the attribute is not there. */
    private static ElementType stated(ShapeContext context, String attribute, ElementType absent) {
        long number = context.node.intAttribute(attribute, -1);
        return number < 0 ? absent : OnnxTypeNumbers.of((int) number);
    }

    private static void random(ShapeContext context) {
        context.node
                .intsAttribute("shape")
                .ifPresent(sizes -> context.output(0, stated(context, "dtype", ElementType.FLOAT32), Shape.of(sizes)));
    }

    private static void like(ShapeContext context) {
        if (context.type(0) != null) {
            context.output(0, stated(context, "dtype", ShapeRules.element(context, 0)), context.shape(0));
        }
    }

    private static void multinomial(ShapeContext context) {
        Shape input = context.shape(0);
        if (input != null) {
            Dimensions output = new Dimensions().add(input, 0).add(context.node.intAttribute("sample_size", 1));
            context.output(0, stated(context, "dtype", ElementType.INT32), output.shape());
        }
    }

    private static void window(ShapeContext context) {
        long[] size = context.integers(0);
        context.output(
                0, stated(context, "output_datatype", ElementType.FLOAT32), Shape.of(size == null ? UNKNOWN : size[0]));
    }

    private static void melWeights(ShapeContext context) {
        long[] bins = context.integers(0);
        long[] length = context.integers(1);
        Shape shape = Shape.of(length == null ? UNKNOWN : length[0] / 2 + 1, bins == null ? UNKNOWN : bins[0]);
        context.output(0, OnnxTypeNumbers.of((int) context.node.intAttribute("output_datatype", FLOAT32)), shape);
    }

    /** Sizes (N, C, H, W) give a grid (N, H, W, 2), sizes (N, C, D, H, W) one of (N, D, H, W, 3). */
    private static void affineGrid(ShapeContext context) {
        long[] size = context.integers(1);
        if (context.type(0) == null || size == null || size.length < 4) {
            return;
        }
        Dimensions output = new Dimensions().add(size[0]);
        for (int axis = 2; axis < size.length; axis++) {
            output.add(size[axis]);
        }
        context.output(
                0, ShapeRules.element(context, 0), output.add(size.length - 2).shape());
    }

    private static void fourier(ShapeContext context) {
        Shape input = context.shape(0);
        if (input == null) {
            return;
        }
        boolean byInput = context.opset() >= 20;
        long[] axes = byInput ? context.integers(2) : null;
        Dimensions output = Dimensions.of(input);
        output.set(input.rank() - 1, 2);
        if (byInput && context.node.hasInput(2) && axes == null) {
            for (int axis = 0; axis < input.rank() - 1; axis++) {
                output.set(axis, UNKNOWN);
            }
            context.output(0, ShapeRules.element(context, 0), output.shape());
            return;
        }
        long stated = axes != null ? axes[0] : byInput ? -2 : context.node.intAttribute("axis", 1);
        int axis = ShapeRules.axis(stated, input.rank());
        long[] length = context.integers(1);
        long size = context.node.hasInput(1) ? (length == null ? UNKNOWN : length[0]) : input.size(axis);
        boolean onesided = context.node.intAttribute("onesided", 0) != 0;
        boolean inverse = context.node.intAttribute("inverse", 0) != 0;
        if (onesided && inverse) {
            // The inverse of a one-sided transform is a real signal.
            output.set(input.rank() - 1, 1);
            size = context.node.hasInput(1) || size < 0 ? size : 2 * (size - 1);
        } else if (onesided) {
            size = size < 0 ? UNKNOWN : size / 2 + 1;
        }
        if (size < 0 || size != input.size(axis)) {
            output.set(axis, size);
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void shortTimeFourier(ShapeContext context) {
        Shape signal = context.shape(0);
        if (signal == null) {
            return;
        }
        long[] step = context.integers(1);
        Shape window = context.shape(2);
        long[] stated = context.integers(3);
        long frame = stated != null
                ? stated[0]
                : !context.node.hasInput(3) && window != null && window.rank() == 1 ? window.size(0) : UNKNOWN;
        long frames = UNKNOWN;
        if (step != null && frame > 0 && signal.size(1) >= 0 && step[0] > 0) {
            frames = (signal.size(1) - frame) / step[0] + 1;
        }
        boolean onesided = context.node.intAttribute("onesided", 1) != 0;
        long bins = frame < 0 ? UNKNOWN : onesided ? frame / 2 + 1 : frame;
        Dimensions output =
                new Dimensions().add(signal, 0).add(frames).add(bins).add(2);
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void image(ShapeContext context) {
        boolean grey = context.node.stringAttribute("pixel_format", "RGB").equals("Grayscale");
        context.output(0, ElementType.UINT8, Shape.of(UNKNOWN, UNKNOWN, grey ? 1 : 3));
    }
}
