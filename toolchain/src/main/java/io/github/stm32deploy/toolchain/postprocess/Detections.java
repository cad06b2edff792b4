// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/**
 * What a decoder finds in one frame, best score first.
 *
 * @param candidates passed the score threshold and decoded to finite numbers, before suppression
 * @param survivors left after suppression; more than the items where these did not hold them
 * @param truncated a capacity left something out; what was kept is the best
 */
public record Detections(List<Detection> items, int candidates, int survivors, boolean truncated) {
    public Detections {
        items = List.copyOf(items);
    }
}
