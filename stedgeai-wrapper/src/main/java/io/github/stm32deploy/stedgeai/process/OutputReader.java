// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Empties the pipe of a tool, so that it never waits for us; keeps the bytes in the log and the lines in memory. */
final class OutputReader {
    private static final Pattern COLOUR = Pattern.compile("\\x1b\\[[0-9;]*[A-Za-z]");

    /** A line longer than this is cut in memory; the arguments of the compiler alone have 1,300 characters. */
    private static final int LONGEST_LINE = 1 << 20;

    private final InputStream stream;
    private final OutputStream log;
    private final Consumer<OutputPiece> heard;
    private final Deque<String> lines = new ArrayDeque<>();
    private final ByteArrayOutputStream open = new ByteArrayOutputStream();
    private final Thread thread = new Thread(this::pump, "tool-output");
    private volatile long lastHeard = System.nanoTime();
    private volatile IOException unwritable;

    OutputReader(InputStream stream, OutputStream log, Consumer<OutputPiece> heard) {
        this.stream = stream;
        this.log = log;
        this.heard = heard;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    long lastHeardNanos() {
        return lastHeard;
    }

    /** @throws IOException where the log could not be written */
    void check() throws IOException {
        if (unwritable != null) {
            throw unwritable;
        }
    }

    /** Waits for the rest of the output; a pipe that somebody still holds is closed from here. */
    void finish(Duration patience) throws IOException, InterruptedException {
        if (!patience.isZero()) {
            thread.join(patience.toMillis());
        }
        if (thread.isAlive()) {
            stream.close();
            thread.join(patience.toMillis() + 1);
        }
        if (!patience.isZero()) {
            check();
        }
    }

    List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    private void pump() {
        byte[] buffer = new byte[8192];
        try {
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                lastHeard = System.nanoTime();
                try {
                    log.write(buffer, 0, count);
                } catch (IOException full) {
                    // The tool goes on being read, or it would wait; the run ends with this reason.
                    unwritable = full;
                }
                for (int i = 0; i < count; i++) {
                    take(buffer[i]);
                }
            }
        } catch (IOException closed) {
            // The tool was killed, or the pipe closed from here.
            lastHeard = System.nanoTime();
        }
        if (open.size() > 0) {
            piece(false);
        }
    }

    private void take(byte next) {
        if (next == '\n') {
            piece(false);
        } else if (next == '\r') {
            piece(true);
        } else if (open.size() < LONGEST_LINE) {
            open.write(next);
        }
    }

    private void piece(boolean overwritten) {
        String text = COLOUR.matcher(open.toString(StandardCharsets.UTF_8)).replaceAll("");
        open.reset();
        OutputPiece piece = new OutputPiece(text.stripTrailing(), overwritten);
        // On Windows a line ends with both, so what came before \r may be a line.
        if (!piece.text().isBlank() && piece.percent().isEmpty()) {
            synchronized (lines) {
                lines.add(piece.text());
                if (lines.size() > ToolOutcome.MOST_LINES) {
                    lines.remove();
                }
            }
        }
        heard.accept(piece);
    }
}
