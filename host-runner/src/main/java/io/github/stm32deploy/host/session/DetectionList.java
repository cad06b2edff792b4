// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

import io.github.stm32deploy.protocol.Answer;
import java.util.List;

/**
 * What the device's post-processing found, best score first, in pixels of the model's input.
 *
 * @param candidates how many passed the threshold
 * @param truncated some were dropped for lack of room
 */
public record DetectionList(List<Answer.Detection> items, long candidates, boolean truncated) {
    public DetectionList {
        items = List.copyOf(items);
    }
}
