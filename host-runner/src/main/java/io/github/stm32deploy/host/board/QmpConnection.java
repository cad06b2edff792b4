// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * QEMU's monitor (QMP, JSON lines) over a Unix socket to which QEMU connects. Standard input and output stay free for the
 * supervisor. Every wait has a deadline and ends at once with the process.
 */
final class QmpConnection implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path socket;
    private final ServerSocketChannel server;
    private final Selector selector;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteBuffer buffer = ByteBuffer.allocate(4096).limit(0);
    private SocketChannel channel;
    private volatile boolean ended;

    QmpConnection(Path socket) throws IOException {
        this.socket = socket;
        this.selector = Selector.open();
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Tells the waiting thread that the process has ended. */
    void processEnded() {
        ended = true;
        selector.wakeup();
    }

    /** Waits for QEMU and takes up the conversation. */
    void accept(Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while ((channel = server.accept()) == null) {
            waitUntil(deadline);
        }
        server.close();
        Files.deleteIfExists(socket);
        selector.selectNow(); // forgets the closed server
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        readMessage(deadline); // the greeting
        execute("qmp_capabilities", timeout);
    }

    /** Runs a command without arguments; returns what it returns. */
    JsonNode execute(String command, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        byte[] request = (JSON.writeValueAsString(Map.of("execute", command)) + "\n").getBytes(StandardCharsets.UTF_8);
        channel.write(ByteBuffer.wrap(request)); // a few bytes into an empty socket buffer
        while (true) {
            JsonNode message = readMessage(deadline);
            if (message.has("error")) {
                throw new IOException(command + " failed: " + message.get("error"));
            }
            if (message.has("return")) {
                return message.get("return");
            }
        }
    }

    private JsonNode readMessage(long deadline) throws IOException {
        while (true) {
            while (buffer.hasRemaining()) {
                byte b = buffer.get();
                if (b == '\n') {
                    String text = line.toString(StandardCharsets.UTF_8);
                    line.reset();
                    return parse(text);
                }
                line.write(b);
            }
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count < 0) {
                throw new IOException("the emulator closed its monitor");
            }
            if (count == 0) {
                waitUntil(deadline);
            }
        }
    }

    private static JsonNode parse(String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IOException("the emulator's monitor said: " + text, e);
        }
    }

    private void waitUntil(long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (ended) {
            throw new IOException("the emulator ended");
        }
        if (millis <= 0) {
            throw new IOException("the emulator's monitor did not answer in time");
        }
        selector.select(millis);
        selector.selectedKeys().clear();
    }

    @Override
    public void close() {
        try {
            selector.close();
            server.close();
            if (channel != null) {
                channel.close();
            }
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            // Nothing is left to be done about a socket that does not close.
            ended = true;
        }
    }
}
