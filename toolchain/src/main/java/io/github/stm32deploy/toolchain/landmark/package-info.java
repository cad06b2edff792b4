// SPDX-License-Identifier: Apache-2.0
/**
 * Geometry around landmark and head-pose networks: crops from a detector's box, rotated regions, points back to the image,
 * angles, pose from points, alignment. Pure functions in binary32, the same operations in the same order as their C twins in
 * {@code firmware-templates/src/main/c/postprocess}.
 */
package io.github.stm32deploy.toolchain.landmark;
