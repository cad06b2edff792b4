// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

/**
 * What the host asks for (PROTOCOL.md, section 4). Offsets, lengths and counts are 0 to 2^32-1.
 *
 * @param <A> the answer to it, unless the device refuses
 */
public sealed interface Request<A extends Answer> {

    /** The request's number on the wire. */
    int number();

    /** True where sending it twice has the same effect as once. */
    default boolean safeToRepeat() {
        return true;
    }

    record Hello() implements Request<Answer.Hello> {
        @Override
        public int number() {
            return 1;
        }
    }

    /** Restarts the device after its answer. */
    record Reset() implements Request<Answer.Done> {
        @Override
        public int number() {
            return 2;
        }
    }

    record LastFault() implements Request<Answer.Fault> {
        @Override
        public int number() {
            return 3;
        }
    }

    /** What the device found out about itself when it started. */
    record StartChecks(long first, long count) implements Request<Answer.StartChecks> {
        @Override
        public int number() {
            return 4;
        }
    }

    record WriteInput(int index, long offset, byte[] bytes) implements Request<Answer.Written> {
        @Override
        public int number() {
            return 16;
        }
    }

    record InputDigest(int index) implements Request<Answer.Digest> {
        @Override
        public int number() {
            return 17;
        }
    }

    /** Not safe to repeat: the first run may have overwritten the input. */
    record Run() implements Request<Answer.RunTicks> {
        @Override
        public int number() {
            return 18;
        }

        @Override
        public boolean safeToRepeat() {
            return false;
        }
    }

    record LayerTimes(long first, long count) implements Request<Answer.LayerTicks> {
        @Override
        public int number() {
            return 19;
        }
    }

    record ReadOutput(int index, long offset, long length) implements Request<Answer.Bytes> {
        @Override
        public int number() {
            return 20;
        }
    }

    record Detections(long first, long count) implements Request<Answer.Detections> {
        @Override
        public int number() {
            return 21;
        }
    }

    /** Points of one detection, for those with more than {@link Answer.Detections#MAX_POINTS_WITHIN}. */
    record Landmarks(long detection, long first, long count) implements Request<Answer.Landmarks> {
        @Override
        public int number() {
            return 24;
        }
    }

    record Memory() implements Request<Answer.Memory> {
        @Override
        public int number() {
            return 22;
        }
    }

    record RepaintStack() implements Request<Answer.Done> {
        @Override
        public int number() {
            return 23;
        }
    }

    record Echo(byte[] bytes) implements Request<Answer.Bytes> {
        @Override
        public int number() {
            return 32;
        }
    }

    /** Swallows bytes and keeps their count and CRC; {@code restart} begins a new count with these. */
    record Sink(boolean restart, byte[] bytes) implements Request<Answer.Swallowed> {
        @Override
        public int number() {
            return 33;
        }

        @Override
        public boolean safeToRepeat() {
            return false;
        }
    }

    /** Bytes of a fixed pseudo-random stream, see {@link #byteAt}. */
    record Source(long position, long length) implements Request<Answer.Bytes> {
        @Override
        public int number() {
            return 34;
        }

        /** The byte of the stream at a position. */
        public static byte byteAt(long position) {
            return (byte) ((int) position * 0x9E3779B1 >>> 24);
        }
    }
}
