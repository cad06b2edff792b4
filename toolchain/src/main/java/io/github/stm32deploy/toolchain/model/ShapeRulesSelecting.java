// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.HashMap;
import java.util.Map;

/** Output types of operators that choose, count or sum by index, of text operators and of losses. */
final class ShapeRulesSelecting {
    private ShapeRulesSelecting() {}

    static void register(Map<String, ShapeRules.Rule> standard) {
        standard.put("Compress", ShapeRulesSelecting::compress);
        standard.put("Unique", ShapeRulesSelecting::unique);
        standard.put("CenterCropPad", ShapeRulesSelecting::centerCropPad);
        standard.put("Col2Im", ShapeRulesSelecting::columnsToImage);
        standard.put("Einsum", ShapeRulesSelecting::einsum);
        standard.put("Det", ShapeRulesSelecting::determinant);
        standard.put("NegativeLogLikelihoodLoss", ShapeRulesSelecting::loss);
        standard.put("SoftmaxCrossEntropyLoss", ShapeRulesSelecting::loss);
        standard.put("RegexFullMatch", context -> elementwise(context, ElementType.BOOL));
        standard.put("StringConcat", ShapeRulesSelecting::stringConcat);
        standard.put("StringNormalizer", ShapeRulesSelecting::stringNormalizer);
        standard.put("StringSplit", ShapeRulesSelecting::stringSplit);
        standard.put("TfIdfVectorizer", ShapeRulesSelecting::tfIdf);
    }

    private static void elementwise(ShapeContext context, ElementType element) {
        if (context.shape(0) != null) {
            context.output(0, element, context.shape(0));
        }
    }

    private static void compress(ShapeContext context) {
        Shape input = context.shape(0);
        if (input == null) {
            return;
        }
        Shape output = Shape.of(UNKNOWN);
        if (context.node.attributes().containsKey("axis")) {
            int axis = ShapeRules.axis(context.node.intAttribute("axis", 0), input.rank());
            output = Dimensions.of(input).set(axis, UNKNOWN).shape();
        }
        context.output(0, ShapeRules.element(context, 0), output);
    }

    private static void unique(ShapeContext context) {
        Shape input = context.shape(0);
        if (input == null) {
            return;
        }
        long positions = input.isStatic() ? input.elements() : UNKNOWN;
        Shape output = Shape.of(UNKNOWN);
        if (context.node.attributes().containsKey("axis")) {
            int axis = ShapeRules.axis(context.node.intAttribute("axis", 0), input.rank());
            output = Dimensions.of(input).set(axis, UNKNOWN).shape();
            positions = input.size(axis);
        }
        context.output(0, ShapeRules.element(context, 0), output);
        context.output(1, ElementType.INT64, Shape.of(UNKNOWN));
        context.output(2, ElementType.INT64, Shape.of(positions));
        context.output(3, ElementType.INT64, Shape.of(UNKNOWN));
    }

    private static void centerCropPad(ShapeContext context) {
        Shape input = context.shape(0);
        if (input == null) {
            return;
        }
        double[] sizes = context.values(1);
        long[] axes = context.node.intsAttribute("axes").orElse(null);
        int count = axes == null ? input.rank() : axes.length;
        Dimensions output = Dimensions.of(input);
        for (int index = 0; index < count; index++) {
            int axis = axes == null ? index : ShapeRules.axis(axes[index], input.rank());
            output.set(axis, sizes == null || Double.isNaN(sizes[index]) ? UNKNOWN : (long) sizes[index]);
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    /** Columns (N, C × block, L) become an image (N, C, …). */
    private static void columnsToImage(ShapeContext context) {
        Shape columns = context.shape(0);
        long[] image = context.integers(1);
        long[] block = context.integers(2);
        if (columns == null || image == null) {
            return;
        }
        long area = 1;
        for (long size : block == null ? new long[0] : block) {
            area = Math.multiplyExact(area, size);
        }
        boolean known = block != null && columns.size(1) >= 0;
        Dimensions output = new Dimensions().add(columns, 0).add(known ? columns.size(1) / area : UNKNOWN);
        for (long size : image) {
            output.add(size);
        }
        context.output(0, ShapeRules.element(context, 0), output.shape());
    }

    private static void determinant(ShapeContext context) {
        Shape input = context.shape(0);
        if (input != null && input.rank() >= 2) {
            Shape batch = Dimensions.of(input)
                    .remove(input.rank() - 1)
                    .remove(input.rank() - 2)
                    .shape();
            context.output(0, ShapeRules.element(context, 0), batch);
        }
    }

    private static void loss(ShapeContext context) {
        if (context.type(0) == null || context.shape(1) == null) {
            return;
        }
        boolean each = context.node.stringAttribute("reduction", "mean").equals("none");
        context.output(0, ShapeRules.element(context, 0), each ? context.shape(1) : Shape.scalar());
        context.output(1, ShapeRules.element(context, 0), context.shape(0));
    }

    private static void stringConcat(ShapeContext context) {
        if (context.shape(0) != null && context.shape(1) != null) {
            context.output(0, ElementType.STRING, Dimensions.broadcast(context.shape(0), context.shape(1)));
        }
    }

    /** Stop words are left out, so the number of words that remain depends on the data. */
    private static void stringNormalizer(ShapeContext context) {
        Shape input = context.shape(0);
        if (input != null && input.rank() > 0) {
            boolean complete = !context.node.attributes().containsKey("stopwords");
            Dimensions output = Dimensions.of(input);
            context.output(
                    0,
                    ElementType.STRING,
                    complete ? input : output.set(input.rank() - 1, UNKNOWN).shape());
        }
    }

    private static void stringSplit(ShapeContext context) {
        Shape input = context.shape(0);
        if (input != null) {
            context.output(
                    0, ElementType.STRING, Dimensions.of(input).add(UNKNOWN).shape());
            context.output(1, ElementType.INT64, input);
        }
    }

    private static void tfIdf(ShapeContext context) {
        Shape input = context.shape(0);
        long[] indices = context.node.intsAttribute("ngram_indexes").orElse(null);
        if (input == null || indices == null) {
            return;
        }
        long largest = -1;
        for (long index : indices) {
            largest = Math.max(largest, index);
        }
        Dimensions output = new Dimensions();
        if (input.rank() == 2) {
            output.add(input, 0);
        }
        context.output(0, ElementType.FLOAT32, output.add(largest + 1).shape());
    }

    /** Subscripts (letters, and an ellipsis for leading axes that broadcast) name the axes of operands and result. */
    private static void einsum(ShapeContext context) {
        String equation = context.node.stringAttribute("equation", "").replace(" ", "");
        int arrow = equation.indexOf("->");
        String[] terms = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1);
        if (equation.isEmpty() || terms.length != context.node.inputs().size()) {
            return;
        }
        Map<Character, Long> sizes = new HashMap<>();
        Map<Character, Integer> uses = new java.util.TreeMap<>();
        Shape batch = Shape.scalar();
        for (int index = 0; index < terms.length; index++) {
            Shape shape = context.shape(index);
            if (shape == null) {
                return;
            }
            String letters = terms[index].replace("...", "");
            int covered = shape.rank() - letters.length();
            if (covered < 0 || covered > 0 && !terms[index].contains("...")) {
                throw new IllegalArgumentException("einsum \"" + terms[index] + "\" for " + shape);
            }
            int before = terms[index].contains("...") ? terms[index].indexOf("...") : letters.length();
            Dimensions leading = new Dimensions();
            for (int axis = before; axis < before + covered; axis++) {
                leading.add(shape, axis);
            }
            batch = Dimensions.broadcast(batch, leading.shape());
            for (int position = 0; position < letters.length(); position++) {
                long size = shape.size(position < before ? position : position + covered);
                // A size of 1 broadcasts against the axis of the same letter elsewhere.
                sizes.merge(letters.charAt(position), size, (one, other) -> one == 1 || one < 0 ? other : one);
                uses.merge(letters.charAt(position), 1, Integer::sum);
            }
        }
        context.output(0, ShapeRules.element(context, 0), result(equation, arrow, sizes, uses, batch));
    }

    private static Shape result(
            String equation, int arrow, Map<Character, Long> sizes, Map<Character, Integer> uses, Shape batch) {
        StringBuilder wanted = new StringBuilder(arrow < 0 ? "..." : equation.substring(arrow + 2));
        if (arrow < 0) {
            uses.forEach((letter, count) -> {
                if (count == 1) {
                    wanted.append(letter);
                }
            });
        }
        Dimensions output = new Dimensions();
        for (int position = 0; position < wanted.length(); position++) {
            if (wanted.charAt(position) == '.') {
                for (int axis = 0; axis < batch.rank(); axis++) {
                    output.add(batch, axis);
                }
                position += 2;
            } else if (sizes.containsKey(wanted.charAt(position))) {
                output.add(sizes.get(wanted.charAt(position)));
            } else {
                throw new IllegalArgumentException("einsum \"" + equation + "\"");
            }
        }
        return output.shape();
    }
}
