// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.deploy.boot.BootImage.FlawKind;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The header of the STM32N6's boot images, packed and read. */
class BootImageTest {
    private static final long RAM = 0x3400_0000L;

    /** Stack 0x34100000, reset vector 0x34000409, then a content that can be told apart. */
    static byte[] program(int bytes) {
        ByteBuffer program = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        program.putInt(0x3410_0000).putInt(0x3400_0409);
        for (int i = 8; i < bytes; i++) {
            program.put((byte) i);
        }
        return program.array();
    }

    @Test
    void the_header_is_that_of_the_signing_tool_without_keys() {
        byte[] image = BootImage.pack(program(60), Kind.APPLICATION);

        assertThat(image).hasSize(0x440);
        assertThat(hex(image, 0, 4)).isEqualTo("53544d32");
        assertThat(hex(image, 4, 0x64)).matches("0+");
        // sum of 00 00 10 34 09 04 00 34 and of 8 to 59: 0x44 + 0x41 + 1742 = 1875
        assertThat(hex(image, 0x64, 0x68)).isEqualTo("53070000");
        assertThat(hex(image, 0x68, 0x90))
                .isEqualTo("00030200" + "00020000" + "09040034" + "00000000" + "ffffffff" + "00000000" + "00000000"
                        + "00000080" + "a0010000" + "00000000");
        assertThat(hex(image, 0xA0, 0xA8)).isEqualTo("5354ffff" + "a0010000");
        assertThat(hex(image, 0xA8, 0x400)).matches("0+");
        assertThat(Arrays.copyOfRange(image, 0x400, 0x43C)).isEqualTo(program(60));
        assertThat(hex(BootImage.pack(program(60), Kind.FSBL), 0x8C, 0x90)).isEqualTo("10000000");
    }

    @Property(tries = 300)
    void what_was_packed_is_sound_and_says_what_was_packed(@ForAll @IntRange(min = 16, max = 5000) int bytes) {
        byte[] image = BootImage.pack(program(bytes), Kind.APPLICATION);
        BootImage read = BootImage.parse(image, Kind.APPLICATION, RAM);

        assertThat(read.flaws()).isEmpty();
        assertThat(read.entryPoint()).isEqualTo(0x3400_0409L);
        assertThat(read.payloadLength()).isEqualTo(image.length - 0x240);
        assertThat(read.signed()).isFalse();
        assertThat(image.length % 32).isZero();
        assertThat(image.length - 0x400 - bytes).isBetween(0, 31);
    }

    @Property(tries = 2000)
    void any_bytes_give_an_answer(@ForAll @Size(max = 1200) byte[] bytes) {
        assertThat(BootImage.parse(bytes, Kind.FSBL, RAM).flaws()).isNotEmpty();
    }

    @Property(tries = 2000)
    void any_changed_byte_of_the_payload_is_found(
            @ForAll @IntRange(min = 0x240, max = 0x5FF) int position,
            @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] image = BootImage.pack(program(0x200), Kind.APPLICATION);
        image[position] ^= (byte) change;
        assertThat(BootImage.parse(image, Kind.APPLICATION, RAM).flaws())
                .extracting(BootImage.Flaw::kind)
                .contains(FlawKind.CHECKSUM);
    }

    @Test
    void a_cut_or_lengthened_image_is_found() {
        byte[] image = BootImage.pack(program(200), Kind.APPLICATION);
        assertThat(kinds(Arrays.copyOf(image, image.length - 32))).contains(FlawKind.LENGTH);
        assertThat(kinds(Arrays.copyOf(image, image.length + 32))).containsExactly(FlawKind.LENGTH);
    }

    /** What CubeProgrammer 2.21 makes without -align: the program follows the header at once. */
    @Test
    void a_program_right_behind_the_header_is_told_with_the_option_that_is_missing() {
        byte[] aligned = BootImage.pack(program(2000), Kind.APPLICATION);
        byte[] image = new byte[0x240 + 2016];
        System.arraycopy(aligned, 0, image, 0, 0x240);
        System.arraycopy(program(2000), 0, image, 0x240, 2000);
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putInt(0x6C, 2016);

        BootImage read = BootImage.parse(image, Kind.APPLICATION, RAM);

        assertThat(read.flaws()).singleElement().satisfies(flaw -> {
            assertThat(flaw.kind()).isEqualTo(FlawKind.NOT_ALIGNED);
            assertThat(flaw.observed()).isEqualTo("the vector table lies at 0x240");
            assertThat(flaw.rule()).contains("-align");
        });
    }

    @Test
    void every_field_is_checked() {
        byte[] image = BootImage.pack(program(200), Kind.APPLICATION);
        assertThat(kinds(with(image, 0, 0x324D5443))).containsExactly(FlawKind.NO_HEADER);
        assertThat(kinds(with(image, 0x68, 0x0001_0000))).containsExactly(FlawKind.OTHER_VERSION);
        assertThat(kinds(with(image, 0x70, 0x3400_0501))).containsExactly(FlawKind.ENTRY);
        assertThat(kinds(with(image, 0x8C, 0x10))).containsExactly(FlawKind.TYPE);
        assertThat(kinds(with(image, 0x404, 0x3500_0001))).contains(FlawKind.NOT_ALIGNED);
        assertThat(BootImage.parse(with(image, 0x20, 1), Kind.APPLICATION, RAM).signed())
                .isTrue();
        assertThat(kinds(new byte[0])).containsExactly(FlawKind.NO_HEADER);
    }

    /** Copied elsewhere, the reset vector points out of the image: an application linked for another address. */
    @Test
    void a_program_linked_for_another_address_is_found() {
        byte[] image = BootImage.pack(program(200), Kind.APPLICATION);
        assertThat(BootImage.parse(image, Kind.APPLICATION, 0x3418_0000L).flaws())
                .extracting(BootImage.Flaw::kind)
                .containsExactly(FlawKind.NOT_ALIGNED);
    }

    @Test
    void a_program_without_vectors_is_refused() {
        assertThatThrownBy(() -> BootImage.pack(new byte[7], Kind.FSBL)).isInstanceOf(IllegalArgumentException.class);
    }

    private static java.util.List<FlawKind> kinds(byte[] image) {
        return BootImage.parse(image, Kind.APPLICATION, RAM).flaws().stream()
                .map(BootImage.Flaw::kind)
                .toList();
    }

    private static byte[] with(byte[] image, int offset, int word) {
        byte[] changed = image.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, word);
        return changed;
    }

    private static String hex(byte[] image, int from, int to) {
        return HexFormat.of().formatHex(image, from, to);
    }
}
