// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.fake;

import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.ErrorCode;
import io.github.stm32deploy.protocol.FrameDecoder;
import io.github.stm32deploy.protocol.FrameEvent;
import io.github.stm32deploy.protocol.Frames;
import io.github.stm32deploy.protocol.MalformedMessageException;
import io.github.stm32deploy.protocol.MessageCodec;
import io.github.stm32deploy.protocol.Request;
import io.github.stm32deploy.protocol.Sequenced;
import io.github.stm32deploy.protocol.UnknownRequestException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A device in memory behind a link in memory, with time of its own: waiting costs no real time, so deadlines are tested
 * without sleeping. It has one input and one output of the same size, each output byte is the input byte plus one.
 */
public final class FakeDevice implements ByteLink, MonotonicClock {
    private static final long NANOS_PER_BYTE = 10_000;

    private final Answer.Hello identity;
    private final List<Fault> faults;
    private final byte[] input;
    private final byte[] output;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private FrameDecoder decoder = new FrameDecoder();
    private long nanos;
    private int taken;
    private long sentBytes;
    private long receivedBytes;
    private long sentFrames;
    private long runs;
    private long runRequests;
    private long spoiled;
    private boolean greeted;
    private boolean written;
    private boolean ran;
    private boolean closed;
    private long swallowed;
    private final java.util.zip.CRC32 swallowedCrc = new java.util.zip.CRC32();

    /**
     * @param identity what it says it is; has one input and one output of the same size
     */
    public FakeDevice(Answer.Hello identity, Fault... faults) {
        this.identity = identity;
        this.faults = List.of(faults);
        this.input = new byte[Math.toIntExact(identity.inputs().get(0).bytes())];
        this.output = new byte[Math.toIntExact(identity.outputs().get(0).bytes())];
        if (input.length != output.length) {
            throw new IllegalArgumentException("the output has " + output.length + " bytes, the input " + input.length);
        }
    }

    @Override
    public long nanos() {
        return nanos;
    }

    /** True once the host has closed the link. */
    public boolean closed() {
        return closed;
    }

    /** Runs carried out. */
    public long runs() {
        return runs;
    }

    private boolean has(Fault fault) {
        return faults.contains(fault);
    }

    private void requireLine() throws LinkException {
        for (Fault fault : faults) {
            if (fault instanceof Fault.GoneFrom gone && sentFrames >= gone.frame()) {
                throw new LinkException(LinkException.Kind.GONE, "fake", "the port has gone");
            }
        }
    }

    @Override
    public int read(byte[] buffer, Duration timeout) throws LinkException {
        int there = line.size() - taken;
        if (there == 0) {
            requireLine();
            nanos += timeout.toNanos();
            return 0;
        }
        int count = Math.min(buffer.length, there);
        System.arraycopy(line.toByteArray(), taken, buffer, 0, count);
        taken += count;
        if (taken == line.size()) {
            line.reset();
            taken = 0;
        }
        nanos += count * NANOS_PER_BYTE;
        return count;
    }

    @Override
    public void write(byte[] bytes, Duration timeout) throws LinkException {
        requireLine();
        for (byte b : bytes) {
            long position = receivedBytes++;
            nanos += NANOS_PER_BYTE;
            if (!has(new Fault.DropReceivedByte(position))) {
                receive(b);
            }
            if (has(new Fault.DoubleReceivedByte(position))) {
                receive(b);
            }
        }
    }

    @Override
    public void discardInput() {
        line.reset();
        taken = 0;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void receive(byte b) {
        for (FrameEvent event : decoder.accept(new byte[] {b}, 0, 1)) {
            if (event instanceof FrameEvent.Frame frame) {
                answer(frame.message());
            } else if (event instanceof FrameEvent.Broken broken) {
                send(
                        0,
                        Answer.Refusal.of(
                                ErrorCode.BAD_FRAME, broken.violation().wireName()));
            }
        }
    }

    private void answer(byte[] message) {
        try {
            Sequenced<Request<?>> request = MessageCodec.decodeRequest(message);
            if (request.value() instanceof Request.Run && has(new Fault.RebootInRun(runRequests++))) {
                restart();
                return;
            }
            Answer answer = answerTo(request.value());
            send(request.sequence(), answer);
            if (request.value() instanceof Request.Reset) {
                restart();
            }
        } catch (UnknownRequestException e) {
            send(e.sequence(), Answer.Refusal.of(ErrorCode.UNKNOWN_REQUEST, e.getMessage()));
        } catch (MalformedMessageException e) {
            send(0, Answer.Refusal.of(ErrorCode.MALFORMED, e.getMessage()));
        }
    }

    private void restart() {
        greeted = false;
        written = false;
        ran = false;
        decoder = new FrameDecoder();
    }

    private static Answer refuse(ErrorCode code) {
        return Answer.Refusal.of(code, code.wireName());
    }

    private Answer answerTo(Request<?> request) {
        if (request instanceof Request.Hello) {
            greeted = true;
            return identity;
        }
        if (!greeted) {
            return refuse(ErrorCode.NOT_GREETED);
        }
        if (request instanceof Request.Run) {
            return run();
        }
        if (request instanceof Request.WriteInput write) {
            return write(write);
        }
        if (request instanceof Request.InputDigest) {
            return written
                    ? new Answer.Digest(Frames.crc32(input, 0, input.length), input.length)
                    : refuse(ErrorCode.NOT_READY);
        }
        if (request instanceof Request.Memory) {
            return new Answer.Memory(1000, 2L * input.length, 300, 4096, 512);
        }
        if (request instanceof Request.LastFault) {
            return new Answer.Fault("none", 0, 0, 0, 0);
        }
        if (request instanceof Request.StartChecks) {
            List<Answer.StartCheck> failed = new ArrayList<>();
            for (int i = 0; i < identity.failedChecks(); i++) {
                failed.add(new Answer.StartCheck("memory-FAKE", Answer.StartCheck.FAILED, "it sticks", 64, 1, 3));
            }
            return new Answer.StartChecks(failed.size(), failed);
        }
        if (request instanceof Request.Echo echo) {
            return new Answer.Bytes(echo.bytes());
        }
        if (request instanceof Request.Sink sink) {
            return swallow(sink);
        }
        if (request instanceof Request.Source source) {
            return source(source);
        }
        if (request instanceof Request.RepaintStack || request instanceof Request.Reset) {
            return new Answer.Done();
        }
        return ran ? result(request) : refuse(ErrorCode.NOT_READY);
    }

    private Answer write(Request.WriteInput write) {
        if (write.index() != 0 || write.offset() + write.bytes().length > input.length) {
            return refuse(ErrorCode.ARGUMENT);
        }
        System.arraycopy(write.bytes(), 0, input, (int) write.offset(), write.bytes().length);
        for (Fault fault : faults) {
            if (fault instanceof Fault.SpoiledInput spoil && write.offset() == 0 && spoiled < spoil.times()) {
                input[0] ^= 1;
                spoiled++;
            }
        }
        written = true;
        ran = false;
        return new Answer.Written(write.offset() + write.bytes().length);
    }

    private Answer run() {
        if (!written) {
            return refuse(ErrorCode.NOT_READY);
        }
        runs++;
        for (int i = 0; i < input.length; i++) {
            output[i] = (byte) (input[i] + 1);
        }
        if (!identity.inputRetained()) {
            Arrays.fill(input, (byte) 0);
        }
        written = identity.inputRetained();
        ran = true;
        return new Answer.RunTicks(1_024_000, 2048);
    }

    private Answer result(Request<?> request) {
        if (request instanceof Request.LayerTimes times) {
            List<Long> ticks = new ArrayList<>();
            for (long i = times.first(); i < Math.min(identity.layerCount(), times.first() + times.count()); i++) {
                ticks.add(1000 * (i + 1));
            }
            return new Answer.LayerTicks(ticks);
        }
        if (request instanceof Request.ReadOutput read) {
            if (read.index() != 0 || read.offset() > output.length) {
                return refuse(ErrorCode.ARGUMENT);
            }
            long end = Math.min(output.length, read.offset() + Math.min(read.length(), 4000));
            return new Answer.Bytes(Arrays.copyOfRange(output, (int) read.offset(), (int) end));
        }
        if (request instanceof Request.Detections asked) {
            Answer.Detection box = new Answer.Detection(0, 0.75f, 1, 2, 3, 4, List.of(new Answer.Point(2, 3)));
            List<Answer.Detection> all = List.of(box, box, box);
            // one at a time, so that hosts have to ask again
            int first = (int) Math.min(asked.first(), all.size());
            return new Answer.Detections(3, 5, false, 1, all.subList(first, Math.min(first + 1, all.size())));
        }
        return refuse(ErrorCode.UNKNOWN_REQUEST);
    }

    private Answer swallow(Request.Sink sink) {
        if (sink.restart()) {
            swallowed = 0;
            swallowedCrc.reset();
        }
        swallowed += sink.bytes().length;
        swallowedCrc.update(sink.bytes());
        return new Answer.Swallowed(swallowed, swallowedCrc.getValue());
    }

    private static Answer source(Request.Source source) {
        byte[] bytes = new byte[(int) Math.min(source.length(), 4000)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = Request.Source.byteAt(source.position() + i);
        }
        return new Answer.Bytes(bytes);
    }

    private void send(long sequence, Answer answer) {
        long frame = sentFrames++;
        for (Fault fault : faults) {
            if (fault instanceof Fault.SilentFrom silent && frame >= silent.frame()) {
                return;
            }
        }
        byte[] bytes = Frames.encode(MessageCodec.encode(sequence, answer));
        if (has(new Fault.WrongCrc(frame))) {
            int last = bytes.length - 2;
            bytes[last] = (byte) (bytes[last] == 1 ? 2 : bytes[last] ^ 1);
            if (bytes[last] == 0) {
                bytes[last] = 3;
            }
        }
        for (byte b : bytes) {
            long position = sentBytes++;
            if (!has(new Fault.DropSentByte(position))) {
                line.write(b);
            }
            if (has(new Fault.DoubleSentByte(position))) {
                line.write(b);
            }
        }
    }
}
