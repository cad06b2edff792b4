// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static io.github.stm32deploy.toolchain.model.Dimensions.UNKNOWN;

import java.util.Map;

/**
 * Output types of the operators of classical machine learning (onnx/onnx, docs/Operators-ml.md). What ends in a map (ZipMap)
 * has no tensor type.
 */
final class ShapeRulesClassic {
    private ShapeRulesClassic() {}

    static void register(Map<String, ShapeRules.Rule> classic) {
        classic.put("SVMClassifier", ShapeRulesClassic::svmClassifier);
        classic.put("LinearClassifier", ShapeRulesClassic::classifier);
        classic.put("TreeEnsembleClassifier", ShapeRulesClassic::classifier);
        classic.put("LinearRegressor", context -> regressor(context, "targets"));
        classic.put("TreeEnsembleRegressor", context -> regressor(context, "n_targets"));
        classic.put("SVMRegressor", context -> regressor(context, ""));
        classic.put("Scaler", context -> same(context, ElementType.FLOAT32));
        classic.put("Normalizer", context -> same(context, ElementType.FLOAT32));
        classic.put("Binarizer", context -> same(context, ShapeRules.element(context, 0)));
        classic.put("Imputer", context -> same(context, ShapeRules.element(context, 0)));
    }

    private static void same(ShapeContext context, ElementType element) {
        if (context.shape(0) != null) {
            context.output(0, element, context.shape(0));
        }
    }

    private static long labels(ShapeContext context, String integers, String texts) {
        Attribute numbers = context.node.attributes().get(integers);
        if (numbers instanceof Attribute.IntList list && !list.values().isEmpty()) {
            return list.values().size();
        }
        Attribute words = context.node.attributes().get(texts);
        return words instanceof Attribute.StringList list ? list.values().size() : UNKNOWN;
    }

    private static void svmClassifier(ShapeContext context) {
        Shape input = context.shape(0);
        long classes = labels(context, "classlabels_ints", "classlabels_strings");
        if (input == null || classes < 0 || input.rank() != 2) {
            return;
        }
        boolean probabilities = context.node.attributes().containsKey("prob_a");
        // Without probabilities the scores are the votes of each pair of classes.
        label(context, input);
        Dimensions scores = new Dimensions().add(input, 0).add(probabilities ? classes : classes * (classes - 1) / 2);
        context.output(1, ElementType.FLOAT32, scores.shape());
    }

    private static void classifier(ShapeContext context) {
        Shape input = context.shape(0);
        long classes = labels(context, "classlabels_int64s", "classlabels_strings");
        if (classes < 0) {
            classes = labels(context, "classlabels_ints", "classlabels_strings");
        }
        if (input != null && input.rank() == 2) {
            label(context, input);
            context.output(
                    1,
                    ElementType.FLOAT32,
                    new Dimensions().add(input, 0).add(classes).shape());
        }
    }

    private static void label(ShapeContext context, Shape input) {
        boolean words = context.node.attributes().get("classlabels_strings") instanceof Attribute.StringList list
                && !list.values().isEmpty();
        ElementType element = words ? ElementType.STRING : ElementType.INT64;
        context.output(0, element, new Dimensions().add(input, 0).shape());
    }

    private static void regressor(ShapeContext context, String targets) {
        Shape input = context.shape(0);
        if (input != null && input.rank() == 2) {
            Dimensions output = new Dimensions().add(input, 0).add(context.node.intAttribute(targets, 1));
            context.output(0, ElementType.FLOAT32, output.shape());
        }
    }
}
