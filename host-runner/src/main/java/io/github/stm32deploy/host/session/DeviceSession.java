// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.session.SessionException.Kind;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.ErrorCode;
import io.github.stm32deploy.protocol.Frames;
import io.github.stm32deploy.protocol.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A conversation with one device over one link, which it owns. Every method ends within its deadline, with a result or a
 * {@link SessionException}. Not thread-safe.
 */
public final class DeviceSession implements AutoCloseable {
    private static final int PROTOCOL = 1;
    /** Array head, sequence number, request, index, offset, head of the byte string: 21 at most. */
    private static final int WRITE_HEAD_BYTES = 24;

    private final ByteLink link;
    private final Exchange exchange;
    private final Deadlines deadlines;
    private final Answer.Hello device;

    private DeviceSession(ByteLink link, Exchange exchange, Deadlines deadlines, Answer.Hello device) {
        this.link = link;
        this.exchange = exchange;
        this.deadlines = deadlines;
        this.device = device;
    }

    /** Greets the device and checks who it is. On failure the link is closed. */
    public static DeviceSession open(ByteLink link, MonotonicClock clock, Deadlines deadlines, ExpectedDevice expected)
            throws SessionException {
        boolean opened = false;
        try {
            Exchange exchange = new Exchange(link, clock);
            exchange.begin(deadlines.greeting());
            Answer.Hello hello = (Answer.Hello)
                    accepted(new Request.Hello(), exchange.ask(new Request.Hello(), deadlines.greeting()));
            check(hello, expected);
            opened = true;
            return new DeviceSession(link, exchange, deadlines, hello);
        } finally {
            if (!opened) {
                link.close();
            }
        }
    }

    private static void check(Answer.Hello hello, ExpectedDevice expected) throws SessionException {
        if (hello.protocol() != PROTOCOL) {
            throw new SessionException(
                    Kind.OTHER_PROTOCOL,
                    "the device speaks another version of the protocol",
                    Integer.toString(PROTOCOL),
                    Integer.toString(hello.protocol()));
        }
        compare(Kind.OTHER_BOARD, "the device is another board", expected.board(), hello.board());
        compare(
                Kind.OTHER_FIRMWARE,
                "the device runs another firmware",
                expected.firmwareDigest(),
                hello.firmwareDigest());
        compare(Kind.OTHER_MODEL, "the device holds another model", expected.modelDigest(), hello.modelDigest());
    }

    private static void compare(Kind kind, String what, Optional<String> expected, String found)
            throws SessionException {
        if (expected.isPresent() && !expected.get().equals(found)) {
            throw new SessionException(kind, what, expected.get(), found);
        }
    }

    private static Answer accepted(Request<?> request, Answer answer) throws SessionException {
        if (answer instanceof Answer.Refusal refusal) {
            if (refusal.code() == ErrorCode.NOT_GREETED) {
                throw new SessionException(Kind.RESTARTED, "the device restarted since it was greeted");
            }
            throw SessionException.refused(
                    request.getClass().getSimpleName(), refusal.code().wireName(), refusal.text());
        }
        return answer;
    }

    @SuppressWarnings("unchecked") // the codec decodes the answer that the request's type names
    private <A extends Answer> A ask(Request<A> request, Duration deadline) throws SessionException {
        return (A) accepted(request, exchange.ask(request, deadline));
    }

    private <A extends Answer> A ask(Request<A> request) throws SessionException {
        return ask(request, deadlines.answer());
    }

    /** Who the device is, as it said when it was greeted. */
    public Answer.Hello device() {
        return device;
    }

    /** Largest number of data bytes in one request to this device. */
    public int chunkBytes() {
        int frame = Math.min(device.maxFrameBytes(), Frames.MAX_FRAME_BYTES);
        int encoded = frame - 1;
        int content = encoded - (encoded + 254) / 255;
        return Math.max(1, content - 4 - WRITE_HEAD_BYTES);
    }

    /** Writes a whole input and makes sure that it arrived: the device's CRC of it must be ours. */
    public void writeInput(int index, byte[] data) throws SessionException {
        long crc = Frames.crc32(data, 0, data.length);
        Answer.Digest digest = null;
        for (int attempt = 0; attempt < 2; attempt++) {
            int chunk = chunkBytes();
            for (int offset = 0; offset < data.length; offset += chunk) {
                byte[] part = Arrays.copyOfRange(data, offset, Math.min(data.length, offset + chunk));
                ask(new Request.WriteInput(index, offset, part));
            }
            digest = ask(new Request.InputDigest(index));
            if (digest.bytes() != data.length) {
                throw new SessionException(
                        Kind.WRONG_INPUT,
                        "input " + index + " has another size",
                        digest.bytes() + " bytes",
                        data.length + " bytes");
            }
            if (digest.crc32() == crc) {
                return;
            }
        }
        throw new SessionException(
                Kind.INPUT_DAMAGED,
                "input " + index + " arrived damaged twice",
                Long.toHexString(crc),
                Long.toHexString(digest.crc32()));
    }

    /** Runs the graph and its post-processing once. The ticks are the device's own; {@code device().ticks()} scales them. */
    public Answer.RunTicks run() throws SessionException {
        try {
            return ask(new Request.Run(), deadlines.run());
        } catch (SessionException e) {
            if (e.kind() == Kind.NO_ANSWER || e.kind() == Kind.DAMAGED) {
                tellWhetherItRestarted();
            }
            throw e;
        }
    }

    /** Throws RESTARTED, or LINK, where that is why a run had no answer. */
    private void tellWhetherItRestarted() throws SessionException {
        try {
            ask(new Request.LastFault());
        } catch (SessionException e) {
            if (e.kind() == Kind.RESTARTED || e.kind() == Kind.LINK) {
                throw e;
            }
        }
    }

    /** Ticks of each layer in the last run. */
    public List<Long> layerTicks() throws SessionException {
        List<Long> ticks = new ArrayList<>();
        while (ticks.size() < device.layerCount()) {
            List<Long> part = ask(new Request.LayerTimes(ticks.size(), device.layerCount() - (long) ticks.size()))
                    .ticks();
            requireProgress(part.size(), "layer times");
            ticks.addAll(part);
        }
        return ticks;
    }

    /** A whole output of the last run. */
    public byte[] readOutput(int index) throws SessionException {
        if (index < 0 || index >= device.outputs().size()) {
            throw new SessionException(Kind.WRONG_INPUT, "the device has no output " + index);
        }
        byte[] data = new byte[Math.toIntExact(device.outputs().get(index).bytes())];
        int offset = 0;
        while (offset < data.length) {
            byte[] part = ask(new Request.ReadOutput(index, offset, data.length - (long) offset))
                    .bytes();
            requireProgress(part.length, "bytes of output " + index);
            if (part.length > data.length - offset) {
                throw new SessionException(Kind.NOT_UNDERSTOOD, "more bytes of output " + index + " than asked for");
            }
            System.arraycopy(part, 0, data, offset, part.length);
            offset += part.length;
        }
        return data;
    }

    /** What the post-processing of the last run found. */
    public DetectionList detections() throws SessionException {
        List<Answer.Detection> items = new ArrayList<>();
        while (true) {
            Answer.Detections part = ask(new Request.Detections(items.size(), 0xFFFF));
            for (Answer.Detection item : part.items()) {
                items.add(
                        part.points() > Answer.Detections.MAX_POINTS_WITHIN
                                ? withLandmarks(item, items.size(), part.points())
                                : item);
            }
            if (items.size() >= part.total()) {
                return new DetectionList(items, part.candidates(), part.truncated());
            }
            requireProgress(part.items().size(), "detections");
        }
    }

    private Answer.Detection withLandmarks(Answer.Detection item, int index, int count) throws SessionException {
        List<Answer.Point> points = new ArrayList<>();
        while (points.size() < count) {
            List<Answer.Point> part = ask(new Request.Landmarks(index, points.size(), (long) count - points.size()))
                    .points();
            requireProgress(part.size(), "landmarks of detection " + index);
            points.addAll(part);
        }
        return new Answer.Detection(
                item.classIndex(), item.score(), item.xMin(), item.yMin(), item.xMax(), item.yMax(), points);
    }

    private static void requireProgress(int count, String what) throws SessionException {
        if (count == 0) {
            throw new SessionException(
                    Kind.NOT_UNDERSTOOD, "the device sends no more " + what + " although some are left");
        }
    }

    public Answer.Memory memory() throws SessionException {
        return ask(new Request.Memory());
    }

    public void repaintStack() throws SessionException {
        ask(new Request.RepaintStack());
    }

    public Answer.Fault lastFault() throws SessionException {
        return ask(new Request.LastFault());
    }

    /**
     * What the device found out about itself when it started; empty where it does not tell.
     *
     * @throws SessionException where the line or the device fails
     */
    public List<Answer.StartCheck> startChecks() throws SessionException {
        List<Answer.StartCheck> checks = new ArrayList<>();
        while (true) {
            Answer answer = exchange.ask(new Request.StartChecks(checks.size(), 0xFFFF), deadlines.answer());
            if (answer instanceof Answer.Refusal refusal
                    && (refusal.code() == ErrorCode.UNKNOWN_REQUEST || refusal.code() == ErrorCode.UNSUPPORTED)) {
                return List.of();
            }
            Answer.StartChecks part = (Answer.StartChecks) accepted(new Request.StartChecks(0, 0), answer);
            checks.addAll(part.items());
            if (checks.size() >= part.total()) {
                return checks;
            }
            requireProgress(part.items().size(), "start-up checks");
        }
    }

    /** Restarts the device. The session is over; greet the device again with a new one. */
    public void reset() throws SessionException {
        ask(new Request.Reset());
    }

    public byte[] echo(byte[] bytes) throws SessionException {
        return ask(new Request.Echo(bytes)).bytes();
    }

    /** Sends at most {@link #chunkBytes} bytes that the device only counts. */
    public Answer.Swallowed sink(boolean restart, byte[] bytes) throws SessionException {
        return ask(new Request.Sink(restart, bytes));
    }

    /** Bytes of the device's fixed stream ({@link Request.Source#byteAt}), as many as fit into a frame. */
    public byte[] source(long position, long length) throws SessionException {
        return ask(new Request.Source(position, length)).bytes();
    }

    @Override
    public void close() {
        link.close();
    }
}
