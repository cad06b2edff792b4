// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.LinkException.Kind;
import io.github.stm32deploy.host.link.LinkSource;
import io.github.stm32deploy.host.link.MonotonicClock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A serial port that is opened again when it went. A USB port may come back under another name; then it is known by the
 * serial number of its device.
 */
public final class SerialSource implements LinkSource {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final int baud;
    private final MonotonicClock clock;
    private String name;
    private String serialNumber = "";

    public SerialSource(String name, int baud, MonotonicClock clock) {
        this.name = name;
        this.baud = baud;
        this.clock = clock;
    }

    @Override
    public ByteLink open() throws LinkException {
        ByteLink link = SerialLink.open(name, baud, clock);
        serialNumber = described().map(PortDescription::serialNumber).orElse("");
        return link;
    }

    private Optional<PortDescription> described() throws LinkException {
        return SerialPorts.list().stream()
                .filter(port -> port.name().equals(name))
                .findFirst();
    }

    @Override
    public ByteLink reopen(Duration patience) throws LinkException {
        long start = clock.nanos();
        while (true) {
            try {
                follow();
                return SerialLink.open(name, baud, clock);
            } catch (LinkException e) {
                boolean maySettle = e.kind() == Kind.MISSING
                        || e.kind() == Kind.NOT_OPENED
                        || e.kind() == Kind.NO_PERMISSION // a new device file gets its group a moment later
                        || e.kind() == Kind.BUSY; // ModemManager looks at every new port
                if (!maySettle || clock.nanos() - start >= patience.toNanos() || Thread.interrupted()) {
                    throw e;
                }
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void follow() throws LinkException {
        if (serialNumber.isEmpty() || described().isPresent()) {
            return;
        }
        SerialPorts.list().stream()
                .filter(port -> port.serialNumber().equals(serialNumber))
                .findFirst()
                .ifPresent(port -> name = port.name());
    }
}
