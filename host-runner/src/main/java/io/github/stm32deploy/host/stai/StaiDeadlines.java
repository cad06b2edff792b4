// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import java.time.Duration;

/**
 * How long the host waits for a device, each from the moment at which it has nothing more to send.
 *
 * @param greeting for the answers about itself
 * @param network for the description of a network
 * @param ready until it takes the inputs of a run
 * @param input until it has taken one
 * @param result for the next part of the network or the next output
 * @param nextPacket until it wants the next packet of a message
 */
public record StaiDeadlines(
        Duration greeting, Duration network, Duration ready, Duration input, Duration result, Duration nextPacket) {
    /** Those of ST's own host (pb_mgr_drv.py 2.0): 0.5, 5, 1, 10, 50 and 5 s. */
    public static StaiDeadlines standard() {
        return new StaiDeadlines(
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(50),
                Duration.ofSeconds(5));
    }

    /** With another longest wait for a result. */
    public StaiDeadlines withResult(Duration longest) {
        return new StaiDeadlines(greeting, network, ready, input, longest, nextPacket);
    }
}
