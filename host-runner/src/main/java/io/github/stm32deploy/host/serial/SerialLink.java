// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import com.fazecast.jSerialComm.SerialPort;
import com.fazecast.jSerialComm.SerialPortInvalidPortException;
import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.LinkException.Kind;
import io.github.stm32deploy.host.link.MonotonicClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A serial port, 8N1 without flow control: a board's COM port or the pseudo-terminal of the virtual board.
 *
 * <p>The native library of jSerialComm is loaded by the first {@link #open}, so that everything else works on machines
 * where it cannot be loaded.
 */
public final class SerialLink implements ByteLink {
    /** How long one native read waits. A read with a longer timeout is several of these; it returns with the first byte. */
    private static final int NATIVE_WAIT_MILLIS = 100;

    private static final int DISCARD_BYTES = 4096;

    private static final int NOT_A_TERMINAL = 25; // ENOTTY
    private static final int INVALID = 22; // EINVAL

    private final String name;
    private final SerialPort port;
    private final MonotonicClock clock;
    private final ExecutorService writer = Executors.newSingleThreadExecutor(SerialLink::daemon);
    private boolean stuck;

    private SerialLink(String name, SerialPort port, MonotonicClock clock) {
        this.name = name;
        this.port = port;
        this.clock = clock;
    }

    /**
     * Opens a port for exclusive use.
     *
     * @param name {@code /dev/ttyACM0}, {@code COM5}, {@code /dev/pts/3}, or a link to one
     * @param baud bits per second; without meaning on a pseudo-terminal
     */
    public static SerialLink open(String name, int baud, MonotonicClock clock) throws LinkException {
        refuseWhatIsNoPort(name);
        try {
            SerialPort port = SerialPort.getCommPort(name);
            port.setComPortParameters(baud, 8, SerialPort.ONE_STOP_BIT, SerialPort.NO_PARITY);
            port.setFlowControl(SerialPort.FLOW_CONTROL_DISABLED);
            port.setComPortTimeouts(SerialPort.TIMEOUT_READ_SEMI_BLOCKING, NATIVE_WAIT_MILLIS, 0);
            if (!port.openPort(0)) {
                throw refusedBy(name, port);
            }
            return new SerialLink(name, port, clock);
        } catch (SerialPortInvalidPortException e) {
            throw new LinkException(Kind.MISSING, name, "there is no such port", e);
        } catch (LinkageError e) {
            throw new LinkException(
                    Kind.NO_DRIVER, name, "the library for serial ports cannot be loaded: " + e.getMessage(), e);
        }
    }

    private static void refuseWhatIsNoPort(String name) throws LinkException {
        if (!name.startsWith("/")) {
            return; // COM5; the library knows
        }
        Path path = Path.of(name);
        if (!Files.exists(path)) {
            throw new LinkException(Kind.MISSING, name, "there is no such port");
        }
        if (Files.isDirectory(path) || Files.isRegularFile(path)) {
            throw new LinkException(Kind.NOT_A_PORT, name, "is a file, not a serial port");
        }
        if (!Files.isReadable(path) || !Files.isWritable(path)) {
            throw new LinkException(Kind.NO_PERMISSION, name, "this user may not read and write it");
        }
    }

    private static LinkException refusedBy(String name, SerialPort port) {
        int error = port.getLastErrorCode();
        if (error == NOT_A_TERMINAL || error == INVALID) {
            return new LinkException(Kind.NOT_A_PORT, name, "is not a serial port");
        }
        // For a port locked elsewhere the library's error number is that of a later call (2), so ask who has it open.
        List<String> holders = PortHolders.of(name);
        if (!holders.isEmpty()) {
            return new LinkException(Kind.BUSY, name, "is in use by " + String.join(", ", holders));
        }
        return switch (error) {
            case 13 -> new LinkException(Kind.NO_PERMISSION, name, "this user may not read and write it");
            case 2, 5, 11, 16 -> new LinkException(Kind.BUSY, name, "is in use by another program");
            default -> new LinkException(Kind.NOT_OPENED, name, "the system refused to open it (error " + error + ")");
        };
    }

    @Override
    public int read(byte[] buffer, Duration timeout) throws LinkException {
        long start = clock.nanos();
        do {
            int count = port.readBytes(buffer, buffer.length);
            if (count < 0) {
                throw gone();
            }
            if (count > 0) {
                return count;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new LinkException(Kind.STUCK, name, "reading was interrupted");
            }
        } while (clock.nanos() - start < timeout.toNanos());
        return 0;
    }

    /**
     * The native write has no timeout: it blocks for good when the other end takes no bytes and the system's buffers are
     * full (proved on a pseudo-terminal). So it happens on a thread of its own, which is left behind in that case.
     */
    @Override
    public void write(byte[] bytes, Duration timeout) throws LinkException {
        if (stuck) {
            throw stuck();
        }
        Future<Integer> writing = writer.submit(() -> port.writeBytes(bytes, bytes.length));
        try {
            int count = writing.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (count != bytes.length) {
                throw gone();
            }
        } catch (TimeoutException e) {
            stuck = true;
            throw stuck();
        } catch (ExecutionException e) {
            throw new LinkException(Kind.GONE, name, "writing failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkException(Kind.STUCK, name, "writing was interrupted", e);
        }
    }

    private LinkException stuck() {
        return new LinkException(Kind.STUCK, name, "the other end takes no bytes");
    }

    private LinkException gone() {
        return new LinkException(Kind.GONE, name, "the port has gone");
    }

    /** By reading: the library's flush would drop what is on its way to the device as well. */
    @Override
    public void discardInput() throws LinkException {
        byte[] stale = new byte[DISCARD_BYTES];
        int available = port.bytesAvailable();
        while (available > 0) {
            if (port.readBytes(stale, Math.min(available, stale.length)) < 0) {
                throw gone();
            }
            available = port.bytesAvailable();
        }
        if (available < 0) {
            throw gone();
        }
    }

    @Override
    public void close() {
        writer.shutdown();
        if (stuck) {
            // Closing would wait for the write; the port is closed when that ends, or with this program.
            daemon(port::closePort).start();
        } else {
            port.closePort();
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "serial-port");
        thread.setDaemon(true);
        return thread;
    }
}
