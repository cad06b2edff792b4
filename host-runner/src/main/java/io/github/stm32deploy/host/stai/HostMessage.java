// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

/** What the host sends. Numbers in the comments are those of the fields. */
public sealed interface HostMessage {
    /** As bytes without the length in front. */
    byte[] encode();

    /**
     * {@code reqMsg}.
     *
     * @param id 1, comes back in every answer
     * @param command 2, a number of {@link Command}
     * @param parameter 3
     * @param name 4, of a network; at most 63 bytes reach the firmware
     * @param option 5
     */
    record Request(long id, int command, long parameter, String name, long option) implements HostMessage {
        @Override
        public byte[] encode() {
            return new WireWriter()
                    .number(1, id)
                    .number(2, command)
                    .number(3, parameter)
                    .text(4, name)
                    .number(5, option)
                    .toBytes();
        }

        public static Request decode(byte[] bytes) throws StaiException {
            WireFields fields = new WireFields("reqMsg", bytes);
            return new Request(
                    fields.number(1), (int) fields.number(2), fields.number(3), fields.text(4), fields.number(5));
        }
    }

    /** {@code ackMsg} with 1 param and 2 error. */
    record Acknowledge(long parameter, int error) implements HostMessage {
        @Override
        public byte[] encode() {
            return new WireWriter().number(1, parameter).number(2, error).toBytes();
        }

        public static Acknowledge decode(byte[] bytes) throws StaiException {
            WireFields fields = new WireFields("ackMsg", bytes);
            return new Acknowledge(fields.number(1), (int) fields.number(2));
        }
    }

    /** {@code aiDataMsg} with 1 type, 2 size, 3 address, 4 data: an input, as the bytes lie in the device's memory. */
    record Data(long type, long address, byte[] bytes) implements HostMessage {
        @Override
        public byte[] encode() {
            return new WireWriter()
                    .number(1, type)
                    .number(2, bytes.length)
                    .number(3, address)
                    .bytes(4, bytes)
                    .toBytes();
        }

        public static Data decode(byte[] bytes) throws StaiException {
            WireFields fields = new WireFields("aiDataMsg", bytes);
            fields.number(2);
            return new Data(fields.number(1), fields.number(3), fields.bytes(4));
        }
    }
}
