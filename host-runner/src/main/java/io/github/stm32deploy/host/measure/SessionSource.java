// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.host.board.BoardExit;
import io.github.stm32deploy.host.session.DeviceSession;
import java.util.Optional;

/** Starts the device anew and greets it: boots a virtual board, resets a real one. Closing ends what was started. */
@FunctionalInterface
public interface SessionSource {

    /** A greeted device, and what has to be ended with it. */
    interface Running extends AutoCloseable {
        DeviceSession session();

        /** How the board ended, where it was started by us and has ended under the session; may wait a moment for it. */
        default Optional<BoardExit> boardExit() {
            return Optional.empty();
        }

        @Override
        void close();
    }

    /** Throws whatever starting a board throws. */
    Running start() throws Exception;

    /**
     * Waits for a board whose line went, and greets it again. Only a board on the desk comes back.
     *
     * @return empty where it does not come back in time
     */
    default Optional<Running> resume() {
        return Optional.empty();
    }
}
