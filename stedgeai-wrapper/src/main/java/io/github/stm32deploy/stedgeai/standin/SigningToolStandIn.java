// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Plays STM32_SigningTool_CLI in tests, for unsigned images of the STM32N6 with header 2.3. As in the real one, releases
 * from 2.21 on leave the program where the header ends unless {@code -align} is given, earlier ones always align and do not
 * know the option, and all ask before a file is overwritten unless {@code -s} is given. The padding, random in the real
 * one, is a pattern. Usage: {@code SigningToolStandIn BOARD_FOLDER ARGUMENT...}. Faults in {@code board.txt}: {@code
 * sign-fail}, {@code sign-hang}, {@code sign-nothing} (success without a file), {@code sign-forgets} (ignores -align).
 */
public final class SigningToolStandIn {
    private static final int HEADER = 0x240;
    private static final int ALIGNED = 0x400;

    private SigningToolStandIn() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        BoardStandIn board = new BoardStandIn(Path.of(arguments[0]));
        board.note("signing-calls.txt", rest);
        int status = run(board, rest);
        System.out.flush();
        System.exit(status);
    }

    private static int run(BoardStandIn board, List<String> arguments) throws IOException, InterruptedException {
        if (board.fault("sign-hang") != null) {
            Thread.sleep(Long.MAX_VALUE);
        }
        String[] version = board.fact("version", "2.20.0").split("\\.");
        boolean asksForAlign = Integer.parseInt(version[0]) > 2 || Integer.parseInt(version[1]) >= 21;
        if (board.fault("sign-fail") != null || arguments.contains("-align") && !asksForAlign) {
            System.out.println("Error: wrong arguments");
            return 1;
        }
        Path target = Path.of(argument(arguments, "-o"));
        if (Files.exists(target) && !arguments.contains("-s")) {
            System.out.print("The output file exists. Overwrite? [y/n] ");
            System.out.flush();
            return System.in.read() < 0 ? 1 : 0;
        }
        boolean aligned = !asksForAlign || arguments.contains("-align") && board.fault("sign-forgets") == null;
        if (board.fault("sign-nothing") == null) {
            byte[] program = Files.readAllBytes(Path.of(argument(arguments, "-bin")));
            Files.write(target, image(program, aligned ? ALIGNED : HEADER, argument(arguments, "-t")));
        }
        System.out.println("The image was created");
        return 0;
    }

    private static byte[] image(byte[] program, int offset, String type) {
        int length = (offset + program.length + 31) / 32 * 32;
        ByteBuffer file = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(offset, program);
        int sum = 0;
        for (int i = HEADER; i < length; i++) {
            sum += file.get(i) & 0xFF;
        }
        for (int i = 0xA8; i < HEADER; i++) {
            file.put(i, (byte) (i * 7));
        }
        int[][] words = {
            {0, 0x324D5453},
            {0x64, sum},
            {0x68, 0x20300},
            {0x6C, length - HEADER},
            {0x70, program.length < 8 ? 0 : file.getInt(offset + 4)},
            {0x78, -1},
            {0x84, 0x8000_0000},
            {0x88, 0x1A0},
            {0x8C, type.equals("fsbl") ? 0x10 : 0},
            {0xA0, 0xFFFF5453},
            {0xA4, 0x1A0}
        };
        for (int[] word : words) {
            file.putInt(word[0], word[1]);
        }
        return file.array();
    }

    private static String argument(List<String> arguments, String option) {
        int at = arguments.indexOf(option);
        return at < 0 || at + 1 >= arguments.size() ? "" : arguments.get(at + 1);
    }
}
