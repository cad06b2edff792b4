// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

/** A recipe file that is not one. */
public final class InvalidRecipeException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String recipe;
    private final String problem;

    public InvalidRecipeException(String recipe, String problem) {
        super(recipe + ": " + problem);
        this.recipe = recipe;
        this.problem = problem;
    }

    /** File or bundled id of the recipe. */
    public String recipe() {
        return recipe;
    }

    /** What is wrong, with line and key where they are known. */
    public String problem() {
        return problem;
    }
}
