// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

/** What a {@link FrameDecoder} finds at a delimiter. */
public sealed interface FrameEvent {

    /** A sound frame. {@code message} is the content without its CRC: at least one byte. */
    record Frame(byte[] message) implements FrameEvent {}

    /** Bytes that are not a frame; they are gone, and the decoder is ready for the next one. */
    record Broken(Violation violation) implements FrameEvent {}
}
