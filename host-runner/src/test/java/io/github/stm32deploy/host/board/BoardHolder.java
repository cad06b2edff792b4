// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.nio.file.Path;

/** A program that starts a board and then waits to be killed: {@code BoardHolder qemu|host FILE}. */
final class BoardHolder {
    private BoardHolder() {}

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[1]);
        Board board = arguments[0].equals("qemu")
                ? VirtualBoard.start(new EmulatorLaunch("qemu-system-arm", "mps3-an547", 5, file))
                : HostBoard.start(file);
        System.out.println(board.port());
        while (System.in.read() >= 0) {
            // until the end of input, which does not come
        }
        throw new IllegalStateException("the test ended first");
    }
}
