// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.fake;

import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/** A {@link ValidationFirmware} of ours behind a link in memory, with time of its own: waiting costs no real time. */
public class FakeValidationDevice implements ByteLink, MonotonicClock {
    private static final long NANOS_PER_BYTE = 10_850; // 921600 baud, 10 bits a byte

    private final ValidationFirmware firmware;
    private final LineFaults faults;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteArrayOutputStream everSent = new ByteArrayOutputStream();
    private final ByteArrayOutputStream everReceived = new ByteArrayOutputStream();
    private int taken;
    private long nanos;
    private boolean closed;

    public FakeValidationDevice(ValidationFirmware firmware, LineFaults faults) {
        this.firmware = firmware;
        this.faults = faults;
    }

    /** Puts bytes on the line that nobody asked for. */
    public FakeValidationDevice babbling(byte[] bytes) {
        line.writeBytes(bytes);
        return this;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    /** Lets time pass. */
    protected final void advance(Duration time) {
        nanos += time.toNanos();
    }

    public boolean closed() {
        return closed;
    }

    /** Every byte that the host sent, as it sent it. */
    public byte[] received() {
        return everReceived.toByteArray();
    }

    /** Every byte that the device sent, as it sent it. */
    public byte[] sent() {
        return everSent.toByteArray();
    }

    @Override
    public int read(byte[] buffer, Duration timeout) throws LinkException {
        int there = line.size() - taken;
        if (there == 0) {
            if (faults.gone(everSent.size())) {
                throw new LinkException(LinkException.Kind.GONE, "fake", "the port has gone");
            }
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
        if (faults.gone(everSent.size())) {
            throw new LinkException(LinkException.Kind.GONE, "fake", "the port has gone");
        }
        for (byte b : bytes) {
            long position = everReceived.size();
            everReceived.write(b);
            nanos += NANOS_PER_BYTE;
            for (int copy = 0; copy < faults.copiesReceived(position); copy++) {
                for (byte out : firmware.receive(b)) {
                    send(out);
                }
            }
        }
    }

    private void send(byte b) {
        long position = everSent.size();
        everSent.write(b);
        for (int copy = 0; copy < faults.copiesSent(position); copy++) {
            line.write(b);
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
}
