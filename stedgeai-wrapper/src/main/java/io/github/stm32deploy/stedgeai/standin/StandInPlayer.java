// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Carries out one call of a stand-in. */
final class StandInPlayer {
    private static final int BAR_WIDTH = 10;

    private final Path folder;
    private final List<String> arguments;
    private final PrintStream out;

    StandInPlayer(Path folder, List<String> arguments, PrintStream out) {
        this.folder = folder;
        this.arguments = arguments;
        this.out = out;
    }

    /** @return exit status */
    int play() throws IOException, InterruptedException {
        String command = arguments.isEmpty() ? "" : arguments.get(0);
        for (List<String> action :
                StandInScript.read(folder.resolve("script.txt")).actions(command, call(command))) {
            String rest = filled(action.get(1));
            String[] words = rest.split(" ");
            switch (action.get(0)) {
                case "say" -> out.println(rest);
                case "print" -> out.write(bytes(rest));
                case "bar" -> bar(Integer.parseInt(rest));
                case "wait" -> Thread.sleep(Long.parseLong(rest));
                case "copy" -> put(words[0], bytes(words[1]));
                case "sign" -> put(words[0], signed(bytes(words[1])));
                case "place" -> put(words[0], placed(signed(bytes(words[1]))));
                case "cut" -> put(words[0], java.util.Arrays.copyOf(bytes(words[1]), Integer.parseInt(words[2])));
                case "fill" -> put(words[0], pattern(Integer.parseInt(words[1])));
                case "write" ->
                    put(words[0], (rest.substring(words[0].length() + 1) + "\n").getBytes(StandardCharsets.UTF_8));
                case "drop" -> drop();
                case "child" -> child();
                case "need" -> {
                    if (!String.join(" ", arguments).contains(rest)) {
                        out.println("CLI ERROR: the stand-in was to be called with " + rest);
                        return 2;
                    }
                }
                case "hang" -> {
                    out.flush();
                    Thread.sleep(Long.MAX_VALUE);
                }
                case "die" -> die(rest);
                case "exit" -> {
                    return Integer.parseInt(rest);
                }
                default -> throw new IOException("the script says " + action.get(0));
            }
            out.flush();
        }
        return 0;
    }

    /** Calls of a command are counted in a file, and their arguments kept for the test. */
    private int call(String command) throws IOException {
        String key = command.replaceAll("[^A-Za-z0-9]", "");
        Path calls = folder.resolve("calls-" + key + ".txt");
        Files.writeString(
                calls, String.join("\u0001", arguments) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return Files.readAllLines(calls).size();
    }

    private String filled(String text) {
        return text.replace("${model}", argument("--model"))
                .replace("${output}", argument("--output"))
                .replace("${workspace}", argument("--workspace"))
                .replace("${name}", argument("--name"));
    }

    private String argument(String option) {
        int at = arguments.indexOf(option);
        return at < 0 || at + 1 >= arguments.size() ? "" : arguments.get(at + 1);
    }

    private byte[] bytes(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!name.endsWith(".gz")) {
            return Files.readAllBytes(file);
        }
        try (InputStream packed = new GZIPInputStream(Files.newInputStream(file))) {
            return packed.readAllBytes();
        }
    }

    private void put(String name, byte[] bytes) throws IOException {
        Path target = Path.of(argument("--output")).resolve(name);
        Files.createDirectories(target.getParent());
        Files.write(target, bytes);
    }

    /** A recorded c_info names the model that was compiled then; this one is asked about now. */
    private byte[] signed(byte[] description) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(Files.readAllBytes(Path.of(argument("--model"))));
            String text = new String(description, StandardCharsets.UTF_8);
            return text.replaceFirst(
                            "(\"input_model\"[\\s\\S]*?\"signature\"\\s*:\\s*\")[^\"]*",
                            "$10x" + HexFormat.of().formatHex(digest))
                    .getBytes(StandardCharsets.UTF_8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has MD5", impossible);
        }
    }

    /** A recorded c_info has the addresses of the pools of then; the compiler takes those that it is given. */
    private byte[] placed(byte[] description) throws IOException {
        String text = new String(description, StandardCharsets.UTF_8);
        String profile = argument("--st-neural-art");
        Matcher file = Pattern.compile("\"memory_pool\"\\s*:\\s*\"([^\"]+)")
                .matcher(Files.readString(Path.of(profile.substring(profile.indexOf('@') + 1))));
        if (!file.find()) {
            throw new IOException("no memory_pool in " + profile);
        }
        Matcher pool = Pattern.compile("\"name\": \"(\\w+)\"[\\s\\S]*?\"offset\": \\{ \"value\": \"0x([0-9a-f]+)\"")
                .matcher(Files.readString(Path.of(file.group(1))));
        while (pool.find()) {
            Matcher named =
                    Pattern.compile("\"name\"\\s*:\\s*\"" + pool.group(1) + '"').matcher(text);
            if (named.find()) {
                // The keys of a pool are in alphabetical order.
                int key = text.lastIndexOf("\"address\"", named.start());
                int start = text.indexOf('"', text.indexOf(':', key)) + 1;
                text = text.substring(0, start)
                        + Long.parseLong(pool.group(2), 16)
                        + text.substring(text.indexOf('"', start));
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] pattern(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        return bytes;
    }

    /** As tqdm draws it: each state over the one before it, blanks at the end. */
    private void bar(int steps) {
        for (int step = 0; step <= steps; step++) {
            int percent = 100 * step / steps;
            out.print("\rPASS: " + String.format("%3d", percent) + "%|" + "#".repeat(percent * BAR_WIDTH / 100)
                    + " ".repeat(BAR_WIDTH - percent * BAR_WIDTH / 100) + "| " + step + "/" + steps
                    + " [00:00<?, ?it/s]");
            out.flush();
        }
        out.print("\r" + " ".repeat(60) + "\r\n");
    }

    private void drop() throws IOException {
        try (Stream<Path> tree = Files.walk(Path.of(argument("--output")))) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private void child() throws IOException {
        Process process = new ProcessBuilder("sleep", "600")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        Files.writeString(folder.resolve("child.pid"), Long.toString(process.pid()));
    }

    private void die(String signal) throws IOException, InterruptedException {
        out.flush();
        new ProcessBuilder(
                        "kill",
                        "-" + signal,
                        Long.toString(ProcessHandle.current().pid()))
                .start()
                .waitFor();
        Thread.sleep(60_000);
    }
}
