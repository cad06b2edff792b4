// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.fake.FakeValidationDevice;
import io.github.stm32deploy.host.fake.LineFaults;
import io.github.stm32deploy.host.fake.ValidationFirmware;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The bytes on the line, written by hand from the message definition and the packet layout, not by the code under test.
 * Spaces and line breaks are for the reader; {@code ..n} stands for n bytes of filling.
 */
class PacketBytesTest {
    private static byte[] bytes(String text) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String part : text.strip().split("\\s+")) {
            all.writeBytes(
                    part.startsWith("..")
                            ? new byte[Integer.parseInt(part.substring(2))]
                            : HexFormat.of().parseHex(part));
        }
        return all.toByteArray();
    }

    private static FakeValidationDevice device(ProtocolVersion version) {
        return new FakeValidationDevice(
                new ValidationFirmware(ValidationFirmware.Identity.of(version, 40)), LineFaults.none());
    }

    /** reqMsg 1: command 0, parameter 0, no name, option 0; in front of it its length, 10. */
    private static final String SYNC = "0a 0801 1000 1800 2200 2800";

    @Test
    void greetingOfVersion3_2() throws Exception {
        FakeValidationDevice device = device(ProtocolVersion.V3_2);
        StaiSession session = StaiSession.open(device, device, StaiDeadlines.standard());

        assertThat(device.received()).isEqualTo(bytes("000b " + SYNC + " ..21 000b 0a 0802 1000 1800 2200 2800 ..21"));
        // respMsg 1, state 0, sync (10) of 9 bytes: version 0x302, capability 1, runtime 0x010104
        assertThat(device.sent())
                .isEqualTo(bytes("800f 0801 1000 5209 088206 2001 28848204 ..17"
                        + " 800f 0802 1000 5209 088206 2001 28848204 ..17"));
        assertThat(session.firmware().version()).isEqualTo(ProtocolVersion.V3_2);
        assertThat(session.firmware().runtime()).isEqualTo(0x010104);
    }

    /** The older device takes 33 of the 34 bytes as a packet without payload, asks for more, and is then filled up. */
    @Test
    void greetingOfVersion3_1() throws Exception {
        FakeValidationDevice device = device(ProtocolVersion.V3_1);
        StaiSession session = StaiSession.open(device, device, StaiDeadlines.standard());

        assertThat(device.received())
                .isEqualTo(bytes("000b " + SYNC + " ..21  ..32  0b 0a 0802 1000 1800 2200 2800 ..21"
                        + " 0b 0a 0803 1000 1800 2200 2800 ..21"));
        assertThat(device.sent())
                .isEqualTo(bytes("aa aa 8f 0802 1000 5209 088106 2001 28848204 ..17"
                        + " 8f 0803 1000 5209 088106 2001 28848204 ..17"));
        assertThat(session.firmware().version()).isEqualTo(ProtocolVersion.V3_1);
    }

    @Test
    void theChipIsReadByVersion() throws Exception {
        // sysinfoMsg: 0x486, 800 MHz, 400 MHz, cache 3; from 3.2 on com_param 0 at 5; the list at 5 or 6
        String common = "08 8609 10 8090bcfd02 18 8088debe01 2003";
        String list31 = "2800 28 8094ebdc03 28 80d293ad03";
        String list32 = "2800 3000 30 8094ebdc03 30 80d293ad03";
        for (ProtocolVersion version : List.of(ProtocolVersion.V3_1, ProtocolVersion.V3_2)) {
            FakeValidationDevice device = device(version);
            StaiSession session = StaiSession.open(device, device, StaiDeadlines.standard());
            int before = device.sent().length;
            DeviceMessage.ChipDescription chip = session.chip();

            boolean newer = version.equals(ProtocolVersion.V3_2);
            // respMsg with sinfo (11): 31 bytes in version 3.1, 33 in 3.2, of which 32 are in the first packet
            byte[] message = bytes((newer ? "0803 1000 5a21 " + common + list32 : "0804 1000 5a1f " + common + list31));
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            expected.writeBytes(bytes(newer ? "0020" : "20"));
            expected.write(message, 0, 32);
            expected.writeBytes(bytes(newer ? "8007" : "85"));
            expected.write(message, 32, message.length - 32);
            expected.writeBytes(new byte[64 - message.length]);

            byte[] sent = device.sent();
            assertThat(Arrays.copyOfRange(sent, before, sent.length)).isEqualTo(expected.toByteArray());
            assertThat(chip.chip()).isEqualTo(0x486);
            assertThat(chip.coreHertz()).isEqualTo(800_000_000);
            assertThat(chip.npuHertz()).isEqualTo(1_000_000_000);
        }
    }

    /** An input of 40 bytes with its head is two packets; the second goes out when the device has asked for it. */
    @Test
    void anInputIsCutIntoPackets() throws Exception {
        FakeValidationDevice device = device(ProtocolVersion.V3_2);
        StaiSession session = StaiSession.open(device, device, StaiDeadlines.standard());
        DeviceMessage.Network network = session.networks().get(0);
        byte[] input = new byte[40];
        for (int i = 0; i < input.length; i++) {
            input[i] = (byte) (i + 1);
        }
        int before = device.received().length;
        session.run(network, List.of(input), false);

        byte[] received = device.received();
        // reqMsg 5: command 11, parameter 1, name "network", option 1
        // aiDataMsg: type 0, 40 bytes, address 0, data; 48 bytes in all, 30 (hex) in front
        assertThat(Arrays.copyOfRange(received, before, received.length))
                .isEqualTo(bytes("0012 11 0805 100b 1801 2207 6e6574776f726b 2801 ..14"
                        + " 0020 30 0800 1028 1800 2228 " + run(1, 23)
                        + " 0011 " + run(24, 40) + " ..15"
                        + " 0005 04 0800 1000 ..27"));
    }

    private static String run(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i <= to; i++) {
            text.append(String.format("%02x", i));
        }
        return text.toString();
    }

    /** A message that fills its packets to the byte is ended by an empty one. */
    @Test
    void aMessageOfWholePackets() throws Exception {
        byte[] message = new byte[64];
        assertThat(PacketFormat.TWO_BYTE_HEADER.fromDevice(message)).isEqualTo(bytes("0020 ..32 0020 ..32 8000 ..32"));
        assertThat(PacketFormat.ONE_BYTE_HEADER.fromDevice(message)).isEqualTo(bytes("20 ..32 20 ..32 80 ..32"));
        assertThat(PacketFormat.TWO_BYTE_HEADER.withPayload(4094).fromDevice(message))
                .isEqualTo(bytes("8040 ..4094"));
    }

    /** Zero point -128 in the ten bytes that sign extension gives it, and a float least significant byte first. */
    @Test
    void anOutputTensor() throws Exception {
        DeviceMessage.TensorDescription described =
                new DeviceMessage.TensorDescription("o", 0x840440, 2, 0, List.of(1L, 2L), 0.5f, -128, 0x34200000L, 258);
        DeviceAnswer answer =
                new DeviceAnswer(7, DeviceAnswer.State.DONE, new DeviceMessage.Tensor(described, new byte[] {5, -1}));
        // tensor (17) of 59 bytes: description of 41, data of 14
        byte[] expected = bytes("0807 1003 8a013b 0a29 0a016f 10c0889004 1802 2002 2801 2802 350000003f"
                + " 3880ffffffffffffffff01 40808080a103 488202 120e 0800 1002 18808080a103 220205ff");
        AnswerCodec codec = new AnswerCodec(ProtocolVersion.V3_2);
        assertThat(codec.encode(answer)).isEqualTo(expected);
        DeviceMessage.Tensor back =
                (DeviceMessage.Tensor) codec.decode(expected).message();
        assertThat(back.description()).isEqualTo(described);
        assertThat(back.data()).containsExactly(5, -1);
        assertThat(back.description().type()).isEqualTo("int8");
        assertThat(back.description().bytes()).isEqualTo(2);
    }
}
