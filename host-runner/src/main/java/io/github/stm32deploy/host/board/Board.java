// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.time.Duration;
import java.util.Optional;

/** A running board that this program started. Closing it ends its process; so does the end of this program, however. */
public interface Board extends AutoCloseable {

    /** The serial port to open, e.g. {@code /dev/pts/3}. */
    String port();

    /** How the board ended, if it has. A board that is not closed has crashed. */
    Optional<BoardExit> exit();

    /** Waits for the board to end by itself; empty when it does not in time. */
    Optional<BoardExit> awaitExit(Duration timeout);

    @Override
    void close();
}
