// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.benchmark;

import io.github.stm32deploy.host.board.Board;
import io.github.stm32deploy.host.board.EmulatorLaunch;
import io.github.stm32deploy.host.board.TrialPrograms;
import io.github.stm32deploy.host.board.VirtualBoard;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.ExpectedDevice;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.Request;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * Throughput of the link on the virtual board as a share of what a raw byte loop carries over the same UART. Run by hand:
 * {@code LinkThroughput MEGABYTES ROUNDS MODE}. Raw and protocol take turns, because the figures of a busy machine drift:
 * a round is a fifth of 1/ROUNDS of the bytes raw, then 1/ROUNDS through the protocol (the guest is started anew for each), both ways,
 * all of it compared with what was sent. MODE: how the guest receives, 0 busy polling, 1 sleeping poll, 2 interrupt and ring.
 */
final class LinkThroughput {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final int RAW_PIECE = 4096;
    private static final int RAW_PART = 5;

    private static final class Tally {
        private long bytes;
        private long nanos;
        private long processorNanos;

        private double rate() {
            return bytes * 1e6 / nanos;
        }

        private void print(String what, Tally raw) {
            System.out.printf(
                    "%-22s %,11d bytes  %7.1f kB/s  %5.1f %% of raw  JVM CPU %4.1f %% of one core%n",
                    what, bytes, rate(), 100 * rate() / raw.rate(), 100.0 * processorNanos / nanos);
        }
    }

    @FunctionalInterface
    private interface Transfer {
        void run() throws Exception;
    }

    private LinkThroughput() {}

    public static void main(String[] arguments) throws Exception {
        int total = (int) (Double.parseDouble(arguments[0]) * 1_000_000);
        int rounds = Integer.parseInt(arguments[1]);
        int mode = Integer.parseInt(arguments[2]);
        Path folder = Files.createTempDirectory("link-throughput-");
        Path elf = TrialPrograms.guest(folder);
        Tally rawIn = new Tally();
        Tally rawOut = new Tally();
        Tally in = new Tally();
        Tally out = new Tally();
        byte[] data = new byte[total / rounds];
        for (int round = 0; round < rounds; round++) {
            new Random(round).nextBytes(data);
            try (Board board = VirtualBoard.start(new EmulatorLaunch("qemu-system-arm", "mps3-an547", 5, elf))) {
                SerialLink link = SerialLink.open(board.port(), 921_600, CLOCK);
                command(link, 'M', mode);
                receive(link, 1);
                byte[] sent = data;
                byte[] raw = Arrays.copyOf(sent, sent.length / RAW_PART);
                time(rawIn, raw.length, () -> rawWrite(link, raw));
                time(rawOut, raw.length, () -> rawRead(link, raw.length));
                command(link, 'L', 0);
                try (DeviceSession session =
                        DeviceSession.open(link, CLOCK, Deadlines.standard(), ExpectedDevice.any())) {
                    time(in, sent.length, () -> sink(session, sent));
                    time(out, sent.length, () -> source(session, sent.length));
                }
            }
            System.out.printf(
                    "round %d: host to guest %.1f raw, %.1f link; guest to host %.1f raw, %.1f link (kB/s so far)%n",
                    round + 1, rawIn.rate(), in.rate(), rawOut.rate(), out.rate());
        }
        rawIn.print("host to guest, raw", rawIn);
        in.print("host to guest, link", rawIn);
        rawOut.print("guest to host, raw", rawOut);
        out.print("guest to host, link", rawOut);
        Files.delete(elf);
        Files.delete(folder);
    }

    private static long processorNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long id : threads.getAllThreadIds()) {
            sum += Math.max(0, threads.getThreadCpuTime(id));
        }
        return sum;
    }

    private static void time(Tally tally, int bytes, Transfer transfer) throws Exception {
        long processor = processorNanos();
        long start = System.nanoTime();
        transfer.run();
        tally.nanos += System.nanoTime() - start;
        tally.processorNanos += processorNanos() - processor;
        tally.bytes += bytes;
    }

    private static void command(SerialLink link, char letter, int number) throws LinkException {
        byte[] bytes = ByteBuffer.allocate(5)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) letter)
                .putInt(number)
                .array();
        link.write(bytes, PATIENCE);
    }

    private static byte[] receive(SerialLink link, int count) throws LinkException, IOException {
        byte[] all = new byte[count];
        byte[] buffer = new byte[RAW_PIECE];
        int done = 0;
        while (done < count) {
            int got = link.read(buffer, PATIENCE);
            if (got == 0 || done + got > count) {
                throw new IOException("raw loop: " + (done + got) + " of " + count + " bytes");
            }
            System.arraycopy(buffer, 0, all, done, got);
            done += got;
        }
        return all;
    }

    private static void rawWrite(SerialLink link, byte[] data) throws LinkException, IOException {
        command(link, 'R', data.length);
        for (int i = 0; i < data.length; i += RAW_PIECE) {
            link.write(Arrays.copyOfRange(data, i, Math.min(data.length, i + RAW_PIECE)), PATIENCE);
        }
        int crc =
                ByteBuffer.wrap(receive(link, 4)).order(ByteOrder.LITTLE_ENDIAN).getInt();
        require((crc & 0xFFFFFFFFL) == crc(data), "raw bytes to the guest were damaged");
    }

    private static void rawRead(SerialLink link, int count) throws LinkException, IOException {
        command(link, 'W', count);
        byte[] got = receive(link, count);
        for (int i = 0; i < count; i++) {
            require(got[i] == Request.Source.byteAt(i), "raw byte " + i + " from the guest was damaged");
        }
    }

    private static void sink(DeviceSession session, byte[] data) throws SessionException, IOException {
        int chunk = session.chunkBytes();
        Answer.Swallowed swallowed = null;
        for (int i = 0; i < data.length; i += chunk) {
            swallowed = session.sink(i == 0, Arrays.copyOfRange(data, i, Math.min(data.length, i + chunk)));
        }
        require(swallowed.totalBytes() == data.length && swallowed.crc32() == crc(data), "bytes to the guest differ");
    }

    private static void source(DeviceSession session, int count) throws SessionException, IOException {
        int done = 0;
        while (done < count) {
            byte[] part = session.source(done, count - done);
            for (int i = 0; i < part.length; i++) {
                require(part[i] == Request.Source.byteAt(done + i), "byte " + (done + i) + " from the guest differs");
            }
            done += part.length;
        }
    }

    private static long crc(byte[] data) {
        CRC32 crc = new CRC32();
        crc.update(data);
        return crc.getValue();
    }

    private static void require(boolean good, String otherwise) throws IOException {
        if (!good) {
            throw new IOException(otherwise);
        }
    }
}
