// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.host.session.DeviceSession;

/** Starts the device anew and greets it: boots a virtual board, resets a real one. Closing ends what was started. */
@FunctionalInterface
public interface SessionSource {

    /** A greeted device, and what has to be ended with it. */
    interface Running extends AutoCloseable {
        DeviceSession session();

        @Override
        void close();
    }

    /** Throws whatever starting a board throws. */
    Running start() throws Exception;
}
