// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Messages to CBOR and back, both directions of both kinds (a fake device needs the device's half). Thread-safe. */
public final class MessageCodec {
    private static final CBORFactory CBOR = new CBORFactory();

    private MessageCodec() {}

    @FunctionalInterface
    private interface Body {
        void write(CBORGenerator out) throws IOException;
    }

    @FunctionalInterface
    private interface Reading<T> {
        T read(CborReader in) throws IOException;
    }

    /** A request as a message, ready for {@link Frames#encode}. */
    public static byte[] encode(long sequence, Request<?> request) {
        return message(sequence, request.number(), argumentCount(request), out -> writeArguments(out, request));
    }

    /** An answer as a message. */
    public static byte[] encode(long sequence, Answer answer) {
        if (answer instanceof Answer.Refusal refusal) {
            return message(sequence, refusal.number(), 1, out -> out.writeString(refusal.text()));
        }
        return message(sequence, 0, valueCount(answer), out -> writeValues(out, answer));
    }

    /**
     * A message as a request.
     *
     * @throws UnknownRequestException when the request's number is not known
     */
    public static Sequenced<Request<?>> decodeRequest(byte[] message)
            throws MalformedMessageException, UnknownRequestException {
        long[] head = new long[2];
        Request<?> request = reading(message, in -> {
            in.startArray();
            head[0] = in.uint32();
            head[1] = in.uint32();
            return readRequest((int) Math.min(head[1], Integer.MAX_VALUE), in);
        });
        if (request == null) {
            throw new UnknownRequestException(head[0], head[1]);
        }
        return new Sequenced<>(head[0], request);
    }

    /** The sequence number of an answer; 0 where the device could not read that of the request. */
    public static long sequenceOf(byte[] message) throws MalformedMessageException {
        return reading(message, in -> {
            in.startArray();
            return in.uint32();
        });
    }

    /** A message as the answer to {@code request}, or as a refusal. */
    public static Sequenced<Answer> decodeAnswer(byte[] message, Request<?> request) throws MalformedMessageException {
        return reading(message, in -> {
            in.startArray();
            long sequence = in.uint32();
            long code = in.uint32();
            if (code != 0) {
                return new Sequenced<>(sequence, new Answer.Refusal(ErrorCode.of(code), code, in.text()));
            }
            return new Sequenced<>(sequence, readAnswer(request, in));
        });
    }

    private static byte[] message(long sequence, long second, int rest, Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = CBOR.createGenerator(bytes)) {
            out.writeStartArray(null, 2 + rest);
            out.writeNumber(sequence);
            out.writeNumber(second);
            body.write(out);
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    private static <T> T reading(byte[] message, Reading<T> reading) throws MalformedMessageException {
        try {
            return reading.read(new CborReader(CBOR, message));
        } catch (IOException | RuntimeException e) {
            // RuntimeException: bytes from outside must end in a typed failure whatever the parser makes of them.
            throw new MalformedMessageException("the message is not as described: " + e.getMessage(), e);
        }
    }

    private static int argumentCount(Request<?> request) {
        if (request instanceof Request.WriteInput
                || request instanceof Request.ReadOutput
                || request instanceof Request.Landmarks) {
            return 3;
        }
        if (request instanceof Request.LayerTimes
                || request instanceof Request.StartChecks
                || request instanceof Request.Detections
                || request instanceof Request.Sink
                || request instanceof Request.Source) {
            return 2;
        }
        return request instanceof Request.InputDigest || request instanceof Request.Echo ? 1 : 0;
    }

    private static void writeArguments(CBORGenerator out, Request<?> request) throws IOException {
        if (request instanceof Request.WriteInput write) {
            numbers(out, write.index(), write.offset());
            out.writeBinary(write.bytes());
        } else if (request instanceof Request.InputDigest digest) {
            numbers(out, digest.index());
        } else if (request instanceof Request.LayerTimes times) {
            numbers(out, times.first(), times.count());
        } else if (request instanceof Request.StartChecks checks) {
            numbers(out, checks.first(), checks.count());
        } else if (request instanceof Request.ReadOutput read) {
            numbers(out, read.index(), read.offset(), read.length());
        } else if (request instanceof Request.Detections detections) {
            numbers(out, detections.first(), detections.count());
        } else if (request instanceof Request.Landmarks landmarks) {
            numbers(out, landmarks.detection(), landmarks.first(), landmarks.count());
        } else if (request instanceof Request.Echo echo) {
            out.writeBinary(echo.bytes());
        } else if (request instanceof Request.Sink sink) {
            out.writeBoolean(sink.restart());
            out.writeBinary(sink.bytes());
        } else if (request instanceof Request.Source source) {
            numbers(out, source.position(), source.length());
        }
    }

    private static void numbers(CBORGenerator out, long... values) throws IOException {
        for (long value : values) {
            out.writeNumber(value);
        }
    }

    /** Null for an unknown number. */
    private static Request<?> readRequest(int number, CborReader in) throws IOException {
        return switch (number) {
            case 1 -> new Request.Hello();
            case 2 -> new Request.Reset();
            case 3 -> new Request.LastFault();
            case 4 -> new Request.StartChecks(in.uint32(), in.uint32());
            case 16 -> new Request.WriteInput(in.index(), in.uint32(), in.bytes());
            case 17 -> new Request.InputDigest(in.index());
            case 18 -> new Request.Run();
            case 19 -> new Request.LayerTimes(in.uint32(), in.uint32());
            case 20 -> new Request.ReadOutput(in.index(), in.uint32(), in.uint32());
            case 21 -> new Request.Detections(in.uint32(), in.uint32());
            case 22 -> new Request.Memory();
            case 23 -> new Request.RepaintStack();
            case 24 -> new Request.Landmarks(in.uint32(), in.uint32(), in.uint32());
            case 32 -> new Request.Echo(in.bytes());
            case 33 -> new Request.Sink(in.bool(), in.bytes());
            case 34 -> new Request.Source(in.uint32(), in.uint32());
            default -> null;
        };
    }

    private static int valueCount(Answer answer) {
        if (answer instanceof Answer.Fault fault) {
            return fault.region().isEmpty() ? 5 : 6;
        }
        if (answer instanceof Answer.Detections || answer instanceof Answer.Memory) {
            return 5;
        }
        if (answer instanceof Answer.Digest
                || answer instanceof Answer.RunTicks
                || answer instanceof Answer.StartChecks
                || answer instanceof Answer.Swallowed) {
            return 2;
        }
        return answer instanceof Answer.Done ? 0 : 1;
    }

    private static void writeValues(CBORGenerator out, Answer answer) throws IOException {
        if (answer instanceof Answer.Hello hello) {
            HelloCodec.write(out, hello);
        } else if (answer instanceof Answer.Fault fault) {
            out.writeString(fault.kind());
            numbers(out, fault.programCounter(), fault.linkRegister(), fault.status(), fault.address());
            if (!fault.region().isEmpty()) {
                out.writeString(fault.region());
            }
        } else if (answer instanceof Answer.StartChecks checks) {
            writeChecks(out, checks);
        } else if (answer instanceof Answer.Written written) {
            numbers(out, written.end());
        } else if (answer instanceof Answer.Digest digest) {
            numbers(out, digest.crc32(), digest.bytes());
        } else if (answer instanceof Answer.RunTicks ticks) {
            numbers(out, ticks.inferenceTicks(), ticks.postprocessingTicks());
        } else if (answer instanceof Answer.LayerTicks layers) {
            out.writeStartArray(null, layers.ticks().size());
            for (long ticks : layers.ticks()) {
                out.writeNumber(ticks);
            }
            out.writeEndArray();
        } else if (answer instanceof Answer.Bytes bytes) {
            out.writeBinary(bytes.bytes());
        } else if (answer instanceof Answer.Detections detections) {
            writeDetections(out, detections);
        } else if (answer instanceof Answer.Landmarks landmarks) {
            writePoints(out, landmarks.points());
        } else if (answer instanceof Answer.Memory memory) {
            numbers(
                    out,
                    memory.staticBytes(),
                    memory.arenaBytes(),
                    memory.weightsBytes(),
                    memory.stackBytes(),
                    memory.stackPeakBytes());
        } else if (answer instanceof Answer.Swallowed swallowed) {
            numbers(out, swallowed.totalBytes(), swallowed.crc32());
        }
    }

    private static void writeChecks(CBORGenerator out, Answer.StartChecks checks) throws IOException {
        numbers(out, checks.total());
        out.writeStartArray(null, checks.items().size());
        for (Answer.StartCheck check : checks.items()) {
            out.writeStartArray(null, 6);
            out.writeString(check.name());
            numbers(out, check.outcome());
            out.writeString(check.text());
            numbers(out, check.address(), check.expected(), check.observed());
            out.writeEndArray();
        }
        out.writeEndArray();
    }

    private static void writeDetections(CBORGenerator out, Answer.Detections detections) throws IOException {
        numbers(out, detections.total(), detections.candidates());
        out.writeBoolean(detections.truncated());
        numbers(out, detections.points());
        out.writeStartArray(null, detections.items().size());
        for (Answer.Detection item : detections.items()) {
            out.writeStartArray(null, 7);
            out.writeNumber(item.classIndex());
            for (float value : new float[] {item.score(), item.xMin(), item.yMin(), item.xMax(), item.yMax()}) {
                out.writeNumber(value);
            }
            writePoints(out, item.landmarks());
            out.writeEndArray();
        }
        out.writeEndArray();
    }

    private static void writePoints(CBORGenerator out, List<Answer.Point> points) throws IOException {
        out.writeStartArray(null, 2 * points.size());
        for (Answer.Point point : points) {
            out.writeNumber(point.x());
            out.writeNumber(point.y());
        }
        out.writeEndArray();
    }

    private static Answer readAnswer(Request<?> request, CborReader in) throws IOException {
        if (request instanceof Request.Hello) {
            return HelloCodec.read(in);
        }
        if (request instanceof Request.LastFault) {
            return new Answer.Fault(
                    in.text(), in.uint32(), in.uint32(), in.uint32(), in.uint32(), in.more() ? in.currentText() : "");
        }
        if (request instanceof Request.StartChecks) {
            return readChecks(in);
        }
        if (request instanceof Request.WriteInput) {
            return new Answer.Written(in.uint());
        }
        if (request instanceof Request.InputDigest) {
            return new Answer.Digest(in.uint32(), in.uint());
        }
        if (request instanceof Request.Run) {
            return new Answer.RunTicks(in.uint(), in.uint());
        }
        if (request instanceof Request.LayerTimes) {
            List<Long> ticks = new ArrayList<>();
            in.startArray();
            while (in.more()) {
                ticks.add(in.currentUint());
            }
            return new Answer.LayerTicks(ticks);
        }
        if (request instanceof Request.Detections) {
            return readDetections(in);
        }
        if (request instanceof Request.Landmarks) {
            List<Answer.Point> points = new ArrayList<>();
            in.startArray();
            while (in.more()) {
                points.add(new Answer.Point(in.currentFloat(), in.float32()));
            }
            return new Answer.Landmarks(points);
        }
        if (request instanceof Request.Memory) {
            return new Answer.Memory(in.uint(), in.uint(), in.uint(), in.uint(), in.uint());
        }
        if (request instanceof Request.Sink) {
            return new Answer.Swallowed(in.uint(), in.uint32());
        }
        if (request instanceof Request.ReadOutput
                || request instanceof Request.Echo
                || request instanceof Request.Source) {
            return new Answer.Bytes(in.bytes());
        }
        return new Answer.Done();
    }

    private static Answer.StartChecks readChecks(CborReader in) throws IOException {
        long total = in.uint();
        List<Answer.StartCheck> items = new ArrayList<>();
        in.startArray();
        while (in.more()) {
            in.requireArrayStarted();
            items.add(new Answer.StartCheck(in.text(), in.uint(), in.text(), in.uint32(), in.uint32(), in.uint32()));
            in.skipRest();
        }
        return new Answer.StartChecks(total, items);
    }

    private static Answer.Detections readDetections(CborReader in) throws IOException {
        long total = in.uint();
        long candidates = in.uint();
        boolean truncated = in.bool();
        int points = in.index();
        List<Answer.Detection> items = new ArrayList<>();
        in.startArray();
        while (in.more()) {
            in.requireArrayStarted();
            long classIndex = in.uint();
            float score = in.float32();
            float xMin = in.float32();
            float yMin = in.float32();
            float xMax = in.float32();
            float yMax = in.float32();
            in.startArray();
            List<Answer.Point> landmarks = new ArrayList<>();
            for (int i = 0; points <= Answer.Detections.MAX_POINTS_WITHIN && i < points; i++) {
                landmarks.add(new Answer.Point(in.float32(), in.float32()));
            }
            in.skipRest();
            in.skipRest();
            items.add(new Answer.Detection(classIndex, score, xMin, yMin, xMax, yMax, landmarks));
        }
        return new Answer.Detections(total, candidates, truncated, points, items);
    }
}
