// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.stai.StaiException.Kind;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/** Packets over a line. Every method ends within its deadline. */
final class StaiLine {
    /** Slowest line on which an answer that has begun may go on: below the 960 bytes a second of 9600 baud. */
    private static final long SLOWEST_BYTES_PER_SECOND = 900;

    private static final Duration QUIET = Duration.ofMillis(100);
    /** An interrupted run may still send its outputs. */
    private static final Duration LONGEST_BABBLE = Duration.ofSeconds(10);
    /** A device on a UART answers a byte in far less; USB frames take up to 1 ms each way. */
    private static final Duration BYTE_ANSWER = Duration.ofMillis(20);

    /** The rest of a large input, or the acknowledgements that a run with its reports still wants. */
    private static final Duration LONGEST_FILLING = Duration.ofSeconds(60);

    private static final int BUFFER_BYTES = 4096;

    private final ByteLink link;
    private final MonotonicClock clock;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int taken;
    private int there;
    private PacketFormat format = PacketFormat.TWO_BYTE_HEADER;
    private long strayBytes;

    StaiLine(ByteLink link, MonotonicClock clock) {
        this.link = link;
        this.clock = clock;
    }

    PacketFormat format() {
        return format;
    }

    void use(PacketFormat other) {
        format = other;
    }

    /** Bytes that came where none was expected: doubled ones, mostly. */
    long strayBytes() {
        return strayBytes;
    }

    long nanos() {
        return clock.nanos();
    }

    /** The next byte, or -1 when there is none until then. */
    private int next(long deadline) throws StaiException {
        while (taken == there) {
            long left = deadline - clock.nanos();
            if (left <= 0) {
                return -1;
            }
            try {
                taken = 0;
                there = link.read(buffer, Duration.ofNanos(left));
            } catch (LinkException e) {
                there = 0;
                throw new StaiException(Kind.LINK, e.getMessage(), e);
            }
        }
        return buffer[taken++] & 0xFF;
    }

    private void write(byte[] bytes, Duration deadline) throws StaiException {
        try {
            link.write(bytes, deadline);
        } catch (LinkException e) {
            throw new StaiException(Kind.LINK, e.getMessage(), e);
        }
    }

    /** Sends a message with its length in front; after each packet but the last the device says when it wants the next. */
    void send(HostMessage message, Duration nextPacket) throws StaiException {
        byte[] bytes = WireWriter.delimited(message.encode());
        for (int from = 0; from < bytes.length; from += format.payloadBytes()) {
            if (from > 0) {
                awaitNext(nextPacket);
            }
            write(format.packet(bytes, from, false), nextPacket);
        }
    }

    private void awaitNext(Duration patience) throws StaiException {
        int answer = next(clock.nanos() + patience.toNanos());
        if (answer < 0) {
            throw new StaiException(Kind.SILENT, "the device does not ask for the next packet");
        }
        if (answer != PacketFormat.NEXT) {
            throw new StaiException(
                    Kind.BAD_PACKET, "the device sends " + hex(answer) + " where it asks for the next packet");
        }
    }

    /**
     * The bytes of the next message of the device.
     *
     * @param patience until its first packet is there; the rest has to come at 9600 baud at least
     * @param longest of a message
     */
    byte[] receive(Duration patience, long longest) throws StaiException {
        long start = clock.nanos();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        long packets = 0;
        while (true) {
            long allowed = patience.toNanos()
                    + Duration.ofSeconds(1).toNanos() * packets * format.packetBytes() / SLOWEST_BYTES_PER_SECOND;
            byte[] packet = packet(start + allowed, packets == 0);
            packets++;
            boolean last = format.last(packet);
            int used = format.used(packet);
            if (last ? used > format.payloadBytes() : used != format.payloadBytes()) {
                throw new StaiException(
                        Kind.BAD_PACKET,
                        "a packet says that " + used + " of its " + format.payloadBytes() + " bytes count"
                                + (last ? "" : ", and is not the last"));
            }
            message.writeBytes(format.payload(packet));
            if (message.size() > longest) {
                throw new StaiException(Kind.TOO_LONG, "more than " + longest + " bytes in an answer");
            }
            if (last) {
                return message.toByteArray();
            }
        }
    }

    private byte[] packet(long deadline, boolean first) throws StaiException {
        byte[] packet = new byte[format.packetBytes()];
        for (int i = 0; i < packet.length; i++) {
            int b = next(deadline);
            // A header never begins with it: at most 0xA0 with one byte, 0x8F with two.
            while (i == 0 && b == PacketFormat.NEXT) {
                strayBytes++;
                b = next(deadline);
            }
            if (b < 0) {
                throw first && i == 0
                        ? new StaiException(Kind.SILENT, "the device does not answer")
                        : new StaiException(
                                Kind.CUT_SHORT, "an answer ends in the middle of a packet or before its last one");
            }
            packet[i] = (byte) b;
        }
        return packet;
    }

    /**
     * Takes what is on the line until it is quiet for a while.
     *
     * @return how many bytes came
     * @throws StaiException of kind NOT_THIS_FIRMWARE where the device does not stop
     */
    long drain() throws StaiException {
        return drain(QUIET);
    }

    private long drain(Duration quiet) throws StaiException {
        long end = clock.nanos() + LONGEST_BABBLE.toNanos();
        long count = 0;
        while (next(clock.nanos() + quiet.toNanos()) >= 0) {
            count++;
            if (clock.nanos() > end) {
                throw new StaiException(
                        Kind.NOT_THIS_FIRMWARE, "the device sends without being asked: " + count + " bytes so far");
            }
        }
        return count;
    }

    /** What a device did with a probe. */
    enum Reaction {
        NONE,
        /** It asks for the next packet: what was sent was a whole packet for it, and no message yet. */
        WANTS_MORE,
        SOMETHING_ELSE
    }

    /** Looks, without taking it, at what comes next; a wish for more is taken. */
    Reaction reaction(Duration patience) throws StaiException {
        int b = next(clock.nanos() + patience.toNanos());
        if (b < 0) {
            return Reaction.NONE;
        }
        if (b == PacketFormat.NEXT && next(clock.nanos() + BYTE_ANSWER.toNanos()) < 0) {
            return Reaction.WANTS_MORE;
        }
        taken--;
        return Reaction.SOMETHING_ELSE;
    }

    /** Sends bytes that mean nothing, which fill up a packet that a device waits for. */
    void fill(int count, Duration patience) throws StaiException {
        write(new byte[count], patience);
    }

    /**
     * Brings a device that waits somewhere in the middle back to where it waits for a request. It gets empty bytes one by
     * one: a packet of nothing but zeros has no payload, so that the device asks for more each time one is full. Two such
     * wishes tell where its packets begin and how long they are. Then messages that it still waits for are filled up.
     *
     * @return false where the device does not read
     */
    boolean bringIntoStep(Duration patience) throws StaiException {
        int longest = PacketFormat.TWO_BYTE_HEADER.packetBytes();
        if (untilWish(2 * longest, patience) == 0) {
            return false;
        }
        int period = untilWish(longest, patience);
        if (period == PacketFormat.TWO_BYTE_HEADER.packetBytes()) {
            use(PacketFormat.TWO_BYTE_HEADER);
        } else if (period == PacketFormat.ONE_BYTE_HEADER.packetBytes()) {
            use(PacketFormat.ONE_BYTE_HEADER);
        } else {
            return false;
        }
        byte[] zeros = format.packet(new byte[format.payloadBytes()], 0, false);
        long end = clock.nanos() + LONGEST_FILLING.toNanos();
        Reaction reaction;
        do {
            write(zeros, patience);
            reaction = reaction(BYTE_ANSWER);
            if (reaction == Reaction.SOMETHING_ELSE) {
                drain(BYTE_ANSWER); // what was sent passed for an acknowledgement; it may wait for the next
            }
        } while (reaction != Reaction.NONE && clock.nanos() < end);
        drain();
        return true;
    }

    /** How many empty bytes the device took until it asked for more; 0 where it did not. */
    private int untilWish(int most, Duration patience) throws StaiException {
        for (int count = 1; count <= most; count++) {
            fill(1, patience);
            Reaction reaction = reaction(BYTE_ANSWER);
            if (reaction == Reaction.WANTS_MORE) {
                return count;
            }
            if (reaction == Reaction.SOMETHING_ELSE) {
                drain(); // the answer to what the bytes completed
            }
        }
        return 0;
    }

    private static String hex(int b) {
        return "0x" + Integer.toHexString(b);
    }

    void close() {
        link.close();
    }
}
