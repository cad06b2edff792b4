// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.fake;

/** What a {@link FakeDevice} does wrong, once, counted from its start. Bytes and frames are those that it sends. */
public sealed interface Fault {

    /** Loses one byte that it sends. */
    record DropSentByte(long position) implements Fault {}

    /** Loses one byte on its way to the device. */
    record DropReceivedByte(long position) implements Fault {}

    /** Sends one byte twice. */
    record DoubleSentByte(long position) implements Fault {}

    /** One byte arrives twice at the device. */
    record DoubleReceivedByte(long position) implements Fault {}

    /** Sends a frame with a wrong CRC. */
    record WrongCrc(long frame) implements Fault {}

    /** Restarts instead of answering its n-th run, 0 being the first. */
    record RebootInRun(long run) implements Fault {}

    /** Sends nothing from a certain frame on. */
    record SilentFrom(long frame) implements Fault {}

    /** Changes a byte of the input after it was received, without the link noticing. */
    record SpoiledInput(int times) implements Fault {}

    /** The line is gone from a certain frame on. */
    record GoneFrom(long frame) implements Fault {}
}
