// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import java.util.List;

/** A recipe file that is not one. */
public final class InvalidRecipeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String recipe;
    private final transient List<String> problems;

    /**
     * @param problems every problem, each with the path of its field ({@code figures.user.macc}), in the order of the file
     */
    public InvalidRecipeException(String recipe, List<String> problems) {
        super(recipe + ": " + String.join("; ", problems));
        this.recipe = recipe;
        this.problems = List.copyOf(problems);
    }

    /** File or bundled id of the recipe. */
    public String recipe() {
        return recipe;
    }

    /** What is wrong, with line or path of the field; several problems are separated by semicolons. */
    public String problem() {
        return String.join("; ", problems);
    }

    /** The problems one by one. */
    public List<String> problems() {
        return problems;
    }
}
