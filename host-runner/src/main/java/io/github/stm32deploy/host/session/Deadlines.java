// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

import java.time.Duration;

/**
 * How long the host waits for an answer.
 *
 * @param greeting for each attempt to greet a device
 * @param answer for requests that move at most one frame
 * @param run for one inference with its post-processing
 */
public record Deadlines(Duration greeting, Duration answer, Duration run) {
    /** Three greetings of 3 s, 10 s for a frame (a busy emulator takes 13 kB/s), 5 minutes for a run. */
    public static Deadlines standard() {
        return new Deadlines(Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofMinutes(5));
    }
}
