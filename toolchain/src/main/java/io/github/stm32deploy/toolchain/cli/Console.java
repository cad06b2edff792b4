// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Help;

/**
 * The only owner of standard input, output and error. Results go to standard output; progress, questions and diagnoses go
 * to standard error, so that {@code --json -} stays clean.
 */
public final class Console {
    private final ResultStream result;
    private final PrintStream out;
    private final PrintStream err;
    private final InputStream in;
    private final boolean terminal;
    private final boolean colour;
    private volatile boolean silent;

    Console(OutputStream out, OutputStream err, InputStream in, boolean terminal, boolean colour) {
        this.result = new ResultStream(out);
        this.out = new PrintStream(result, false, StandardCharsets.UTF_8);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.in = in;
        this.terminal = terminal;
        this.colour = colour;
    }

    static Console ofProcess() {
        Map<String, String> environment = System.getenv();
        boolean terminal = System.console() != null && !"dumb".equals(environment.get("TERM"));
        String noColour = environment.get("NO_COLOR");
        boolean colour = terminal && (noColour == null || noColour.isEmpty());
        return new Console(new FileOutputStream(FileDescriptor.out), System.err, System.in, terminal, colour);
    }

    /** Whether a person reads along: only then are there progress bars, colours and questions. */
    public boolean isTerminal() {
        return terminal;
    }

    boolean hasColour() {
        return colour;
    }

    /** A line of the result. */
    public void print(String line) {
        if (silent) {
            return;
        }
        out.println(line);
    }

    /** Bytes of the result as they are. */
    void print(byte[] bytes) {
        if (silent) {
            return;
        }
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    /** A line about the work, not part of the result. */
    public void say(String line) {
        synchronized (err) {
            if (!silent) {
                out.flush();
                err.println(line);
            }
        }
    }

    /** Asks a yes-or-no question; anything but yes is no, and without a terminal nobody is asked. */
    boolean confirm(String question) {
        if (!terminal) {
            return false;
        }
        String answer = ask(question + " [y/N] ").strip();
        return answer.equalsIgnoreCase("y") || answer.equalsIgnoreCase("yes");
    }

    /** The line that a person answers; empty without a terminal, where nobody is asked. */
    String ask(String question) {
        if (!terminal) {
            return "";
        }
        err.print(question);
        err.flush();
        try {
            String answer = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
            return answer == null ? "" : answer;
        } catch (IOException unreadable) {
            return "";
        }
    }

    PrintWriter outWriter() {
        return new PrintWriter(out, true, StandardCharsets.UTF_8);
    }

    PrintWriter errWriter() {
        return new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    PrintStream errStream() {
        return err;
    }

    Help.ColorScheme colours() {
        return Help.defaultColorScheme(colour ? Help.Ansi.ON : Help.Ansi.OFF);
    }

    String bold(String text) {
        return styled("1", text);
    }

    String styled(String code, String text) {
        return colour ? "\u001B[" + code + "m" + text + "\u001B[0m" : text;
    }

    /** The last line of this program: whatever comes after it is not shown. */
    void sayLast(String line) {
        synchronized (err) {
            say(line);
            silent = true;
        }
    }

    /** @return why standard output did not take everything; empty where it did, or its reader went away */
    Optional<String> flush() {
        out.flush();
        err.flush();
        return result.refusal();
    }

    /** Standard output that remembers why it refused bytes: a {@link PrintStream} only knows that it did. */
    private static final class ResultStream extends FilterOutputStream {
        private volatile String refusal;

        ResultStream(OutputStream out) {
            super(new BufferedOutputStream(out));
        }

        Optional<String> refusal() {
            // "| head" has seen what it wanted to see.
            return Optional.ofNullable(refusal).filter(reason -> !reason.contains("Broken pipe"));
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            try {
                out.write(bytes, offset, count);
            } catch (IOException refused) {
                refusal = refused.getMessage();
                throw refused;
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException refused) {
                refusal = refused.getMessage();
                throw refused;
            }
        }
    }
}
