// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

/**
 * A recipe that fits a file.
 *
 * @param recipe the recipe
 * @param by how sure that is
 */
public record RecipeMatch(Recipe recipe, By by) {
    /** What a file and a recipe have in common. */
    public enum By {
        /** The content: figures of the recipe belong to this very file. */
        DIGEST,
        /** The name, and no digest is known that could contradict. */
        NAME,
        /** The name, while the recipe knows another content: another version, or another model of the same name. */
        NAME_OTHER_CONTENT,
        /** Only the ending, {@code .mnn}: what is said of the whole format. */
        FORMAT
    }
}
