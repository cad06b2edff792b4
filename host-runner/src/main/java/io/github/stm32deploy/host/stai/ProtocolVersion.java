// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

/**
 * A version of the protocol, as {@code syncMsg.version} states it.
 *
 * @param major messages of another one cannot be read
 * @param minor a host reads those of its own and of older ones
 */
public record ProtocolVersion(int major, int minor) {
    /** Of ST Edge AI Core 2.0 to 2.2. */
    public static final ProtocolVersion V3_1 = new ProtocolVersion(3, 1);
    /** Of ST Edge AI Core 4.0. Which one 3.0 has is not known. */
    public static final ProtocolVersion V3_2 = new ProtocolVersion(3, 2);

    static ProtocolVersion of(long field) {
        return new ProtocolVersion((int) (field >>> Byte.SIZE & 0xFF), (int) (field & 0xFF));
    }

    int toField() {
        return major << Byte.SIZE | minor;
    }

    /** True where this host can speak it: the same major number, a minor number that is not newer. */
    public boolean spoken() {
        return major == V3_2.major && minor <= V3_2.minor;
    }

    /** From 3.2 on {@code sysinfoMsg} has {@code com_param} at 5 and its list at 6; before, the list is at 5. */
    boolean statesPacketSize() {
        return minor >= V3_2.minor;
    }

    /** From 3.2 on a model states how long its installation and initialisation took. */
    boolean statesStartTimes() {
        return minor >= V3_2.minor;
    }

    /** From 3.2 on the packet header has two bytes. */
    PacketFormat packets() {
        return minor >= V3_2.minor ? PacketFormat.TWO_BYTE_HEADER : PacketFormat.ONE_BYTE_HEADER;
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
