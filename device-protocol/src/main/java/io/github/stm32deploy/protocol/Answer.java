// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.util.List;

/** What a device answers (PROTOCOL.md, section 4). */
public sealed interface Answer {

    /** The request was not carried out. {@code number} is the code on the wire. */
    record Refusal(ErrorCode code, long number, String text) implements Answer {
        public static Refusal of(ErrorCode code, String text) {
            return new Refusal(code, code.number(), text);
        }
    }

    record Done() implements Answer {}

    /**
     * Who the device is.
     *
     * @param firmwareDigest lower-case hex, at most 64 digits
     * @param modelDigest lower-case hex, at most 64 digits
     * @param tickUnit {@code instructions}, {@code microseconds} or {@code cycles}
     * @param ticks how ticks become {@code tickUnit}
     * @param maxFrameBytes largest frame the device takes, delimiter included
     * @param layerCount how many layer times a run gives
     * @param inputRetained false where a run may overwrite its inputs
     * @param clocks of the device as its registers say them, the processor's first; empty where none means anything
     * @param failedChecks start-up checks that failed; {@link Request.StartChecks} tells which
     */
    record Hello(
            int protocol,
            String board,
            boolean emulated,
            String firmwareDigest,
            String modelDigest,
            String modelName,
            String tickUnit,
            TickScale ticks,
            long clockHertz,
            int maxFrameBytes,
            List<Tensor> inputs,
            List<Tensor> outputs,
            int layerCount,
            boolean inputRetained,
            List<Clock> clocks,
            int failedChecks)
            implements Answer {
        public Hello {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
            clocks = List.copyOf(clocks);
        }

        /** A device that tells neither clocks nor checks. */
        public Hello(
                int protocol,
                String board,
                boolean emulated,
                String firmwareDigest,
                String modelDigest,
                String modelName,
                String tickUnit,
                TickScale ticks,
                long clockHertz,
                int maxFrameBytes,
                List<Tensor> inputs,
                List<Tensor> outputs,
                int layerCount,
                boolean inputRetained) {
            this(
                    protocol,
                    board,
                    emulated,
                    firmwareDigest,
                    modelDigest,
                    modelName,
                    tickUnit,
                    ticks,
                    clockHertz,
                    maxFrameBytes,
                    inputs,
                    outputs,
                    layerCount,
                    inputRetained,
                    List.of(),
                    0);
        }
    }

    /** A clock of the device, as its registers say it. */
    record Clock(String name, long hertz) {}

    /**
     * A part of what the device found out about itself when it started.
     *
     * @param total how many there are in all
     */
    record StartChecks(long total, List<StartCheck> items) implements Answer {
        public StartChecks {
            items = List.copyOf(items);
        }
    }

    /**
     * @param outcome 0 passed, 1 failed, 2 skipped
     * @param text what is wrong; "" where nothing is
     * @param address where; 0 where there is no place
     * @param expected and {@code observed}: words, or hertz; 0 where they mean nothing
     */
    record StartCheck(String name, long outcome, String text, long address, long expected, long observed) {
        /** Value of {@code outcome}. */
        public static final long FAILED = 1;

        public boolean failed() {
            return outcome == FAILED;
        }
    }

    /**
     * An input or output.
     *
     * @param type {@code int8}, {@code uint8}, {@code int32} or {@code float32}
     * @param shape outermost first
     * @param scale real = scale * (stored - zeroPoint)
     */
    record Tensor(String name, String type, List<Long> shape, long bytes, float scale, int zeroPoint) {
        public Tensor {
            shape = List.copyOf(shape);
        }
    }

    /**
     * The fault before the last restart; kind {@code none} where there was none.
     *
     * @param region of the board's memory in which the address lies; "" where the device does not tell
     */
    record Fault(String kind, long programCounter, long linkRegister, long status, long address, String region)
            implements Answer {
        /** A device that does not tell regions. */
        public Fault(String kind, long programCounter, long linkRegister, long status, long address) {
            this(kind, programCounter, linkRegister, status, address, "");
        }
    }

    /** Where the next byte of the input goes. */
    record Written(long end) implements Answer {}

    record Digest(long crc32, long bytes) implements Answer {}

    record RunTicks(long inferenceTicks, long postprocessingTicks) implements Answer {}

    record LayerTicks(List<Long> ticks) implements Answer {
        public LayerTicks {
            ticks = List.copyOf(ticks);
        }
    }

    record Bytes(byte[] bytes) implements Answer {}

    /**
     * A part of the detections of the last run, best score first.
     *
     * @param total how many there are in all
     * @param candidates how many passed the threshold
     * @param truncated some were dropped for lack of room
     * @param points landmarks of each detection
     */
    record Detections(long total, long candidates, boolean truncated, int points, List<Detection> items)
            implements Answer {
        /** Detections with more points come without them. */
        public static final int MAX_POINTS_WITHIN = 400;

        public Detections {
            items = List.copyOf(items);
        }
    }

    /** A part of the points of one detection. */
    record Landmarks(List<Point> points) implements Answer {
        public Landmarks {
            points = List.copyOf(points);
        }
    }

    /** In continuous pixels of the model's input, origin at the outer top-left corner. */
    record Detection(
            long classIndex, float score, float xMin, float yMin, float xMax, float yMax, List<Point> landmarks) {
        public Detection {
            landmarks = List.copyOf(landmarks);
        }
    }

    record Point(float x, float y) {}

    record Memory(long staticBytes, long arenaBytes, long weightsBytes, long stackBytes, long stackPeakBytes)
            implements Answer {}

    /** Count and CRC-32 of everything swallowed since the restart. */
    record Swallowed(long totalBytes, long crc32) implements Answer {}
}
