// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.RecipeMatch;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Sizes for inputs that a file leaves open: those that the user states, then those that the recipe of the model has.
 *
 * @param shapes by input name; only inputs that are open, all sizes known
 * @param from who states them, as the end of a sentence
 */
record UsualSizes(Map<String, Shape> shapes, String from) {
    UsualSizes {
        shapes = Map.copyOf(shapes);
    }

    /**
     * @param stated by the user, for some inputs of the graph
     */
    static UsualSizes of(ModelSource source, Map<String, Shape> stated) {
        Map<String, Shape> shapes = new LinkedHashMap<>(stated);
        String from = "from --input";
        Optional<Recipe> recipe = source.recipe()
                .or(() -> KnownModel.match(source.model().file(), source.sha256())
                        .filter(match -> match.by() == RecipeMatch.By.DIGEST)
                        .map(RecipeMatch::recipe));
        Optional<Map.Entry<String, Shape>> usual = recipe.flatMap(Recipe::input)
                .flatMap(input -> picture(source.model().graph(), input))
                .filter(input -> !stated.containsKey(input.getKey()));
        if (usual.isPresent()) {
            shapes.put(usual.get().getKey(), usual.get().getValue());
            from = "of the recipe " + recipe.get().id();
        }
        return new UsualSizes(shapes, from);
    }

    /** The only picture among the inputs, with the size of the recipe. */
    private static Optional<Map.Entry<String, Shape>> picture(ModelGraph graph, Recipe.Input input) {
        int width = input.width() > 0
                ? input.width()
                : input.usual().map(Recipe.Input.Usual::width).orElse(0);
        int height = input.height() > 0
                ? input.height()
                : input.usual().map(Recipe.Input.Usual::height).orElse(0);
        if (width == 0 || height == 0 || graph.inputs().size() != 1) {
            return Optional.empty();
        }
        GraphValue value = graph.inputs().get(0);
        long[] sizes = value.type().shape().toArray();
        if (sizes.length != 4) {
            return Optional.empty();
        }
        int vertical = input.layout().equals("NHWC") ? 1 : 2;
        boolean open = sizes[vertical] < 0 || sizes[vertical + 1] < 0;
        sizes[0] = sizes[0] < 0 ? 1 : sizes[0];
        sizes[vertical] = sizes[vertical] < 0 ? height : sizes[vertical];
        sizes[vertical + 1] = sizes[vertical + 1] < 0 ? width : sizes[vertical + 1];
        Shape shape = Shape.of(sizes);
        return open && shape.isStatic() ? Optional.of(Map.entry(value.name(), shape)) : Optional.empty();
    }
}
