// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.link;

import java.time.Duration;

/** Where a link comes from, and comes from again after a cable was loose. */
public interface LinkSource {
    /** Opens it. */
    ByteLink open() throws LinkException;

    /**
     * Opens it as soon as it is there again.
     *
     * @param patience how long to wait for it
     * @throws LinkException what opening it said last, when it did not come back in time
     */
    ByteLink reopen(Duration patience) throws LinkException;
}
