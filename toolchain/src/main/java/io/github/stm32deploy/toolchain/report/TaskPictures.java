// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.List;

/**
 * Images with what both graphs find, for the page.
 *
 * @param pairs worst agreement first
 * @param left images that were compared and are not among the pictures: the page would become too large
 */
public record TaskPictures(List<Pair> pairs, int left) {
    public static final TaskPictures NONE = new TaskPictures(List.of(), 0);

    public TaskPictures {
        pairs = List.copyOf(pairs);
    }

    /**
     * @param image name of the file
     * @param verdict what differs, in a few words
     * @param reference JPEG
     * @param candidate JPEG; null for labels, where there is nothing to draw
     */
    public record Pair(String image, String verdict, byte[] reference, byte[] candidate) {}
}
