// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;

/**
 * What is known of one model beyond its file: where it comes from, what it wants at its input, how its outputs are read,
 * and which figures it should reach.
 *
 * @param id name on the command line, unique among the recipes
 * @param file model file, relative to the recipe
 * @param sha256 digest of the model file, hexadecimal; "" where it may change
 * @param knows one plain sentence on what the model can and cannot recognise
 * @param decoder parameters of the decoder as written in the recipe; empty for plain tensor output
 * @param expected measured figures with the method that gave them
 */
@JsonIgnoreProperties(ignoreUnknown = false)
public record Recipe(
        String id,
        String title,
        String file,
        String sha256,
        String licence,
        String origin,
        String knows,
        Input input,
        Map<String, Object> decoder,
        Map<String, Object> expected) {

    /**
     * Input contract in the words of a recipe: t = (p - mean) / scale for a pixel p in 0..255.
     *
     * @param layout {@code NCHW} or {@code NHWC}
     * @param colour {@code RGB}, {@code BGR} or {@code GRAY}
     * @param resize {@code stretch}, {@code letterbox-centre}, {@code letterbox-top-left} or {@code centre-crop}
     */
    public record Input(
            String name,
            String layout,
            String colour,
            int width,
            int height,
            List<Float> mean,
            List<Float> scale,
            String resize,
            int padding) {}

    public Recipe {
        sha256 = sha256 == null ? "" : sha256;
        knows = knows == null ? "" : knows;
        decoder = decoder == null ? Map.of() : decoder;
        expected = expected == null ? Map.of() : expected;
    }
}
