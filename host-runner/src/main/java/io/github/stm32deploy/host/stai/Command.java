// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

/** What {@code reqMsg.cmd} can ask for (EnumCmd of stm32msg.proto). Those that write memory are left out on purpose. */
public enum Command {
    SYNC(0),
    SYSTEM(1),
    /** Ends a conversation with large packets; from 3.2 on, and without an answer. */
    DISCONNECT(2),
    NETWORK(10),
    RUN(11);

    private final int number;

    Command(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
