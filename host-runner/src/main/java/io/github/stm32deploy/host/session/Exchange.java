// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

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
import java.time.Duration;

/** One request, one answer: sequence numbers, deadlines, and asking again where that is safe (PROTOCOL.md, section 5). */
final class Exchange {
    private static final int ATTEMPTS = 3;
    private static final byte[] DELIMITER = {0};
    private static final long MAX_SEQUENCE = 0xFFFFFFFFL;

    private final ByteLink link;
    private final MonotonicClock clock;
    private final byte[] buffer = new byte[Frames.MAX_FRAME_BYTES];
    private FrameDecoder decoder = new FrameDecoder();
    private long sequence;

    Exchange(ByteLink link, MonotonicClock clock) {
        this.link = link;
        this.clock = clock;
    }

    /** How an attempt ended without an answer. */
    private enum Lost {
        /** Nothing until the deadline: the request or the answer may have been lost, or the device is gone. */
        SILENCE,
        /** The answer came damaged: the device has carried out the request. */
        DAMAGED_ANSWER,
        /** The device says that the request came damaged: it has not carried it out. */
        DAMAGED_REQUEST
    }

    private record Outcome(Answer answer, Lost lost) {}

    /** Ends on the device's side what an earlier conversation left behind. */
    void begin(Duration deadline) throws SessionException {
        try {
            link.discardInput();
            link.write(DELIMITER, deadline);
        } catch (LinkException e) {
            throw new SessionException(SessionException.Kind.LINK, e.getMessage(), e);
        }
    }

    /** Asks until there is an answer, a refusal included. */
    Answer ask(Request<?> request, Duration deadline) throws SessionException {
        Lost lost = null;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            if (attempt > 1 && !request.safeToRepeat() && lost != Lost.DAMAGED_REQUEST) {
                break;
            }
            Outcome outcome = attempt(request, deadline, lost);
            if (outcome.answer() != null) {
                return outcome.answer();
            }
            lost = outcome.lost();
        }
        String name = request.getClass().getSimpleName();
        if (lost == Lost.SILENCE) {
            throw new SessionException(
                    SessionException.Kind.NO_ANSWER, "the device did not answer " + name + " within " + deadline);
        }
        throw new SessionException(
                SessionException.Kind.DAMAGED,
                (lost == Lost.DAMAGED_REQUEST ? "the request " : "the answer to ") + name + " was damaged on the line");
    }

    private Outcome attempt(Request<?> request, Duration deadline, Lost before) throws SessionException {
        long start = clock.nanos();
        sequence = sequence == MAX_SEQUENCE ? 1 : sequence + 1;
        try {
            if (before == Lost.SILENCE || before == Lost.DAMAGED_ANSWER) {
                link.discardInput();
                decoder = new FrameDecoder();
                link.write(DELIMITER, deadline);
            }
            link.write(Frames.encode(MessageCodec.encode(sequence, request)), deadline);
            while (true) {
                Duration left = deadline.minusNanos(clock.nanos() - start);
                int count = left.isNegative() || left.isZero() ? 0 : link.read(buffer, left);
                if (count == 0) {
                    return new Outcome(null, Lost.SILENCE);
                }
                for (FrameEvent event : decoder.accept(buffer, 0, count)) {
                    Outcome outcome = judge(event, request);
                    if (outcome != null) {
                        return outcome;
                    }
                }
            }
        } catch (LinkException e) {
            throw new SessionException(SessionException.Kind.LINK, e.getMessage(), e);
        }
    }

    /** Null for a stale answer: the wait goes on. */
    private Outcome judge(FrameEvent event, Request<?> request) throws SessionException {
        if (!(event instanceof FrameEvent.Frame frame)) {
            return new Outcome(null, Lost.DAMAGED_ANSWER);
        }
        try {
            long answered = MessageCodec.sequenceOf(frame.message());
            if (answered != sequence && answered != 0) {
                return null;
            }
            Answer answer = MessageCodec.decodeAnswer(frame.message(), request).value();
            if (answered == 0) {
                boolean damaged = answer instanceof Answer.Refusal refusal && refusal.code() == ErrorCode.BAD_FRAME;
                return damaged ? new Outcome(null, Lost.DAMAGED_REQUEST) : null;
            }
            return new Outcome(answer, null);
        } catch (MalformedMessageException e) {
            throw new SessionException(SessionException.Kind.NOT_UNDERSTOOD, e.getMessage(), e);
        }
    }
}
