// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.FrameDecoder;
import io.github.stm32deploy.protocol.FrameEvent;
import io.github.stm32deploy.protocol.Frames;
import io.github.stm32deploy.protocol.MessageCodec;
import io.github.stm32deploy.protocol.Request;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A running firmware at the other end of plain streams: the link without a serial port, for tests of the firmware. */
final class PipeDevice implements AutoCloseable {
    private final Process process;
    private final InputStream fromDevice;
    private final OutputStream toDevice;
    private final FrameDecoder decoder = new FrameDecoder();
    private long sequence;

    private PipeDevice(Process process, InputStream fromDevice, OutputStream toDevice) {
        this.process = process;
        this.fromDevice = fromDevice;
        this.toDevice = toDevice;
    }

    /** QEMU with the link on its standard streams. */
    static PipeDevice qemu(Path elf) throws IOException {
        Process process = new ProcessBuilder(
                        "qemu-system-arm",
                        "-M",
                        "mps3-an547",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-monitor",
                        "none",
                        "-serial",
                        "stdio",
                        "-icount",
                        "shift=5",
                        "-kernel",
                        elf.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new PipeDevice(process, process.getInputStream(), process.getOutputStream());
    }

    /** The host board: its first line names the pseudo-terminal. */
    static PipeDevice host(Path program) throws IOException {
        Process process = new ProcessBuilder(program.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        StringBuilder line = new StringBuilder();
        for (int letter = process.getInputStream().read(); letter != '\n' && letter >= 0; ) {
            line.append((char) letter);
            letter = process.getInputStream().read();
        }
        if (!line.toString().startsWith("pty ")) {
            throw new IOException("host board said '" + line + "'");
        }
        // Two streams: one channel would let only one of reading and writing go on at a time.
        String pty = line.substring(4);
        return new PipeDevice(process, new FileInputStream(pty), new FileOutputStream(pty));
    }

    /** Sends a request and reads its answer. */
    Answer ask(Request<?> request) throws Exception {
        toDevice.write(new byte[] {0});
        toDevice.write(Frames.encode(MessageCodec.encode(++sequence, request)));
        toDevice.flush();
        return answer(request);
    }

    /** Sends bytes that mean nothing, then a request, and reads past whatever the device says about the bytes. */
    Answer askAfterNoise(byte[] noise, Request<?> request) throws Exception {
        long expected = ++sequence;
        byte[] frame = Frames.encode(MessageCodec.encode(expected, request));
        // Refusals come while noise still goes out; nobody may wait for the other.
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            try {
                toDevice.write(noise);
                toDevice.write(0);
                toDevice.write(frame);
                toDevice.flush();
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        });
        byte[] bytes = new byte[4096];
        while (true) {
            int count = fromDevice.read(bytes);
            if (count < 0) {
                throw new IOException("the device is gone");
            }
            for (FrameEvent event : decoder.accept(bytes, 0, count)) {
                if (event instanceof FrameEvent.Frame answered
                        && MessageCodec.sequenceOf(answered.message()) == expected) {
                    writer.join();
                    return MessageCodec.decodeAnswer(answered.message(), request)
                            .value();
                }
            }
        }
    }

    /** A device that stays silent is ended, which ends the read; the test fails instead of hanging. */
    private Answer answer(Request<?> request) throws Exception {
        byte[] bytes = new byte[4096];
        List<FrameEvent> events = new ArrayList<>();
        CompletableFuture<Void> patience = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(30, TimeUnit.SECONDS));
        while (events.isEmpty()) {
            int count = fromDevice.read(bytes);
            if (count < 0) {
                throw new IOException("the device is gone");
            }
            events.addAll(decoder.accept(bytes, 0, count));
        }
        patience.cancel(false);
        if (!(events.get(0) instanceof FrameEvent.Frame frame)) {
            throw new IOException("not a frame: " + events);
        }
        return MessageCodec.decodeAnswer(frame.message(), request).value();
    }

    Process process() {
        return process;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
