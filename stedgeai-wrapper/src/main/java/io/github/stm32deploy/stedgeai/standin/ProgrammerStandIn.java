// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Plays STM32_Programmer_CLI in tests: takes the arguments of the real one that this project uses, and keeps flash and RAM
 * of a board in files, so that what is read back is what was written. Usage: {@code ProgrammerStandIn BOARD_FOLDER
 * ARGUMENT...}; {@link BoardStandIn} says what the folder holds. Faults:
 *
 * <pre>
 * no-probe           no ST-LINK is there
 * dead               the chip is not reached, however one connects
 * hotplug            attaching fails, connecting under reset works
 * lost BYTES         the connection is lost after so many bytes of a write, which stay
 * loader             the external loader does not run
 * spoil OFFSET       a byte is written wrong, and success reported
 * unwritten          nothing is written, and success reported
 * error-and-zero     an error is printed, and the status is 0
 * fail STATUS        ends with a status and no known words
 * ask                asks a question
 * hang               does not end
 * hang-version       does not say its version
 * short-read         the file read back is shorter than asked for
 * start              the program does not start
 * </pre>
 *
 * The words are those that users report of the real tool; its banner and figures are left out.
 */
public final class ProgrammerStandIn {
    private final BoardStandIn board;
    private final List<String> arguments;
    private final PrintStream out;

    private ProgrammerStandIn(BoardStandIn board, List<String> arguments, PrintStream out) {
        this.board = board;
        this.arguments = arguments;
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        BoardStandIn board = new BoardStandIn(Path.of(arguments[0]));
        int status = new ProgrammerStandIn(board, rest, System.out).run();
        System.out.flush();
        System.exit(status);
    }

    private int run() throws IOException, InterruptedException {
        board.note("programmer-calls.txt", arguments);
        if (arguments.contains("--version")) {
            hang("hang-version");
            out.println("STM32CubeProgrammer version: " + board.fact("version", "2.20.0"));
            return 0;
        }
        if (board.fault("no-probe") != null) {
            return error("Error: No debug probe detected.");
        }
        if (board.fault("dead") != null || arguments.contains("mode=HOTPLUG") && board.fault("hotplug") != null) {
            return error("Error: Unable to get core ID\nError: No STM32 target found!");
        }
        out.println("ST-LINK SN  : 000000000000000000000000");
        out.println("Device name : STM32N6xx");
        hang("hang");
        String status = board.fault("fail");
        if (status != null) {
            out.println("Segmentation of the request is not possible");
            return Integer.parseInt(status);
        }
        if (board.fault("ask") != null) {
            out.print("Do you want to continue? [y/n] ");
            out.flush();
            // The answer is the end of the input, where nobody is there to give one.
            return System.in.read() < 0 ? 1 : 0;
        }
        if (arguments.contains("-w")) {
            return write();
        }
        if (arguments.contains("-r")) {
            return read();
        }
        if (arguments.contains("-run")) {
            board.note("started.txt", arguments);
            return board.fault("start") != null ? error("Error: failed to write core register") : 0;
        }
        return error("Error: Wrong command");
    }

    private int write() throws IOException {
        int at = arguments.indexOf("-w");
        byte[] content = Files.readAllBytes(Path.of(arguments.get(at + 1)));
        long address = Long.decode(arguments.get(at + 2));
        out.println("Memory Programming ...");
        if (BoardStandIn.isFlash(address) && !loaderFits()) {
            return error("Error: failed to download Sector[0]\nError: flash loader cannot be loaded");
        }
        String lost = board.fault("lost");
        if (lost != null) {
            board.write(address, Arrays.copyOf(content, Math.min(content.length, Integer.parseInt(lost))));
            return error("Error: Connection to device 0x486 is lost");
        }
        String spoiled = board.fault("spoil");
        if (spoiled != null && content.length > Integer.parseInt(spoiled)) {
            content[Integer.parseInt(spoiled)] ^= 0x10;
        }
        if (board.fault("unwritten") == null) {
            board.write(address, content);
        }
        if (board.fault("error-and-zero") != null) {
            out.println("Error: failed to erase memory");
            return 0;
        }
        out.println("File download complete");
        return 0;
    }

    private int read() throws IOException {
        int at = arguments.indexOf("-r");
        long address = Long.decode(arguments.get(at + 1));
        int bytes = Integer.decode(arguments.get(at + 2));
        if (BoardStandIn.isFlash(address) && !loaderFits()) {
            return error("Error: flash loader cannot be loaded");
        }
        byte[] content = board.read(address, bytes);
        Files.write(
                Path.of(arguments.get(at + 3)),
                board.fault("short-read") != null ? Arrays.copyOf(content, bytes / 2) : content);
        out.println("Data read successfully");
        return 0;
    }

    private boolean loaderFits() throws IOException {
        int at = arguments.indexOf("-el");
        return at >= 0
                && arguments.get(at + 1).endsWith(board.fact("loader", ".stldr"))
                && board.fault("loader") == null;
    }

    private void hang(String name) throws IOException, InterruptedException {
        if (board.fault(name) != null) {
            out.flush();
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private int error(String text) {
        out.println(text);
        return 1;
    }
}
