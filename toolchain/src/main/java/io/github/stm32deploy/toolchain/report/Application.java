// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The content of application.json: what {@code measure} and {@code run} need to know of a built application beyond its
 * image.
 *
 * @param modelDigest SHA-256 of the deployed graph, hexadecimal, as the firmware states it in its hello
 * @param layerNames in the order in which the device reports layer times
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Application(
        String schema,
        String board,
        String elf,
        String modelDigest,
        String firmwareDigest,
        Image image,
        Decoder decoder,
        List<String> layerNames) {
    /** Name and version of this file's layout. */
    public static final String SCHEMA = "stm32-deploy/application/1";

    /** Input contract, in the words of a recipe; absent for a model that takes no image. */
    public record Image(
            String layout,
            String colour,
            int width,
            int height,
            List<Float> mean,
            List<Float> divisor,
            String resize,
            int padding) {}

    /**
     * @param family decoder family
     * @param evidence why it was chosen
     * @param landmarks number of points a detection
     * @param boxes the results are boxes, perhaps with points; otherwise labels or head poses
     * @param poses the results are head poses: yaw, pitch and roll in degrees in the place of x1, y1 and x2
     * @param view the part of the image that the network sees, by its name in {@code landmark.FaceView}; absent for a
     *     network that sees the whole image
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Decoder(String family, String evidence, int landmarks, boolean boxes, boolean poses, String view) {}
}
