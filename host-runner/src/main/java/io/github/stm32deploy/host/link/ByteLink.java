// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.link;

import java.time.Duration;

/** A line of bytes to a device: a serial port, or something that behaves like one. Used by one thread at a time. */
public interface ByteLink extends AutoCloseable {

    /**
     * Waits until at least one byte is there and takes what is there, up to the buffer's length.
     *
     * @return how many bytes were taken; 0 when none came in time
     * @throws LinkException {@link LinkException.Kind#GONE} when the other end has gone
     */
    int read(byte[] buffer, Duration timeout) throws LinkException;

    /**
     * Puts all the bytes on the line.
     *
     * @throws LinkException {@link LinkException.Kind#STUCK} when they were not taken in time
     */
    void write(byte[] bytes, Duration timeout) throws LinkException;

    /** Drops what has come in so far. */
    void discardInput() throws LinkException;

    @Override
    void close();
}
