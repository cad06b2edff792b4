// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * How a message is cut into packets. A packet is always sent whole: header, payload, and filling up to its size. The
 * header holds how many payload bytes count, most significant byte first, and on the way to the host its highest bit marks
 * the last packet of a message.
 *
 * @param headerBytes 1 up to protocol 3.1, 2 from 3.2 on
 * @param payloadBytes 32 on a UART; what {@code com_param} says on a USB port of the chip, at most 4094
 */
public record PacketFormat(int headerBytes, int payloadBytes) {
    static final int UART_PAYLOAD = 32;
    /** Of the firmware that a USB port of the chip is built into. */
    public static final int LARGEST_PAYLOAD = 4094;
    /** What the device sends when it wants the next packet of a message. */
    static final int NEXT = 0xAA;

    public static final PacketFormat ONE_BYTE_HEADER = new PacketFormat(1, UART_PAYLOAD);
    public static final PacketFormat TWO_BYTE_HEADER = new PacketFormat(2, UART_PAYLOAD);

    public PacketFormat {
        if (headerBytes < 1 || headerBytes > 2 || payloadBytes < 1 || payloadBytes > LARGEST_PAYLOAD) {
            throw new IllegalArgumentException(headerBytes + " + " + payloadBytes + " bytes");
        }
    }

    public PacketFormat withPayload(int bytes) {
        return new PacketFormat(headerBytes, bytes);
    }

    public int packetBytes() {
        return headerBytes + payloadBytes;
    }

    private int lastFlag() {
        return 1 << (Byte.SIZE * headerBytes - 1);
    }

    /** One packet of the bytes from {@code from} on, as many as fit. */
    byte[] packet(byte[] bytes, int from, boolean last) {
        int used = Math.min(payloadBytes, bytes.length - from);
        byte[] packet = new byte[packetBytes()];
        int header = used | (last ? lastFlag() : 0);
        for (int i = 0; i < headerBytes; i++) {
            packet[i] = (byte) (header >>> Byte.SIZE * (headerBytes - 1 - i));
        }
        System.arraycopy(bytes, from, packet, headerBytes, used);
        return packet;
    }

    /** What a device sends for a message: full packets, then one with the rest, which may be empty, marked as the last. */
    public byte[] fromDevice(byte[] message) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int from = 0;
        for (; message.length - from >= payloadBytes; from += payloadBytes) {
            line.writeBytes(packet(message, from, false));
        }
        line.writeBytes(packet(message, from, true));
        return line.toByteArray();
    }

    private int header(byte[] packet) {
        int header = 0;
        for (int i = 0; i < headerBytes; i++) {
            header = header << Byte.SIZE | packet[i] & 0xFF;
        }
        return header;
    }

    /** How many payload bytes count; a damaged packet may say more than there are. */
    public int used(byte[] packet) {
        return header(packet) & ~lastFlag();
    }

    /** True for the last packet of a message from the device. */
    public boolean last(byte[] packet) {
        return (header(packet) & lastFlag()) != 0;
    }

    /** The payload bytes that count. */
    public byte[] payload(byte[] packet) {
        return Arrays.copyOfRange(packet, headerBytes, headerBytes + used(packet));
    }
}
