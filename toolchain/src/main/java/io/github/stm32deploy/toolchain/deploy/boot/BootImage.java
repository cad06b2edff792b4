// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An image as the boot ROM of the STM32N6 and ST's first-stage boot loader take it: a header of version 2.3 ("STM2"),
 * alignment up to 0x400, then the program, which begins with its vector table. The layout was read from public binaries
 * of ST (STM32N6-GettingStarted-ObjectDetection, commit d306ecb, and -FaceDetection, commit 45faf18); packing them anew
 * gives the same bytes but for those of the padding extension, which ST fills at random. That a boot ROM takes an image
 * packed here has been tried on no board.
 *
 * @param payloadLength header field: bytes of the file after 0x240
 * @param checksum header field: sum of these bytes, modulo 2^32
 * @param entryPoint header field: the reset vector, its lowest bit set (Thumb)
 * @param signed true where the signature is not all zeros
 * @param flaws what a boot chain would stumble over, in the order of the fields; empty for a sound image
 */
public record BootImage(
        long version,
        long payloadLength,
        long checksum,
        long entryPoint,
        long optionFlags,
        long type,
        boolean signed,
        List<Flaw> flaws) {
    /** From the beginning of the file to the vector table. */
    public static final int PROGRAM_OFFSET = 0x400;

    static final int HEADER_BYTES = 0x240;
    /** What fills the padding extension: ST's signing tool puts random bytes there, reproducible images cannot. */
    static final int EXTENSION_CONTENT = 0xA8;

    private static final int MAGIC = 0x324D5453; // "STM2"
    private static final int CHECKSUM = 0x64;
    private static final int VERSION = 0x68;
    private static final int PAYLOAD_LENGTH = 0x6C;
    private static final int ENTRY_POINT = 0x70;
    private static final int LOAD_ADDRESS = 0x78;
    private static final int OPTION_FLAGS = 0x84;
    private static final int EXTENSION_LENGTH = 0x88;
    private static final int TYPE = 0x8C;
    private static final int EXTENSION = 0xA0;

    private static final int VERSION_2_3 = 0x0002_0300;
    private static final int NO_LOAD_ADDRESS = 0xFFFF_FFFF;
    private static final int UNSIGNED = 0x8000_0000;
    private static final int PADDING_EXTENSION = 0xFFFF_5453; // "ST", FF, FF
    private static final int PADDING_BYTES = 0x1A0;
    private static final int LENGTH_UNIT = 32;
    private static final int SMALLEST_PROGRAM = 8;

    /** What an image is for. */
    public enum Kind {
        /** Copied to RAM by the first-stage boot loader; {@code -t ssbl} of the signing tool. */
        APPLICATION(0),
        /** Copied to RAM by the boot ROM; {@code -t fsbl}. */
        FSBL(0x10);

        private final int field;

        Kind(int field) {
            this.field = field;
        }
    }

    /** Name of a flaw; each is a diagnosis of its own. */
    public enum FlawKind {
        NO_HEADER,
        OTHER_VERSION,
        LENGTH,
        CHECKSUM,
        NOT_ALIGNED,
        ENTRY,
        TYPE
    }

    /**
     * @param observed what the file holds
     * @param rule what a boot chain needs
     */
    public record Flaw(FlawKind kind, String observed, String rule) {}

    public BootImage {
        flaws = List.copyOf(flaws);
    }

    /**
     * Packs an unsigned development image, what ST's signing tool makes with {@code -nk -hv 2.3 -align}. The same program
     * gives the same bytes: the padding extension is filled with zeros.
     *
     * @param program raw bytes, the vector table first (word 0 the stack, word 1 the reset vector)
     * @throws IllegalArgumentException where the program is too short to hold these two words
     */
    public static byte[] pack(byte[] program, Kind kind) {
        if (program.length < SMALLEST_PROGRAM) {
            throw new IllegalArgumentException("a program of " + program.length + " bytes holds no vector table");
        }
        int length = roundUp(PROGRAM_OFFSET + program.length);
        ByteBuffer file = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(PROGRAM_OFFSET, program);
        file.putInt(0, MAGIC);
        file.putInt(CHECKSUM, (int) sum(file, length));
        file.putInt(VERSION, VERSION_2_3);
        file.putInt(PAYLOAD_LENGTH, length - HEADER_BYTES);
        file.putInt(ENTRY_POINT, file.getInt(PROGRAM_OFFSET + 4));
        file.putInt(LOAD_ADDRESS, NO_LOAD_ADDRESS);
        file.putInt(OPTION_FLAGS, UNSIGNED);
        file.putInt(EXTENSION_LENGTH, PADDING_BYTES);
        file.putInt(TYPE, kind.field);
        file.putInt(EXTENSION, PADDING_EXTENSION);
        file.putInt(EXTENSION + 4, PADDING_BYTES);
        return file.array();
    }

    /** True where a file begins as such an image does. */
    public static boolean hasHeader(byte[] file) {
        return file.length >= HEADER_BYTES
                && ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
    }

    /**
     * Reads an image, whoever made it, and tells everything that is wrong with it. Total: any bytes give an answer.
     *
     * @param file the image without what may follow it in flash
     * @param kind what it shall be
     * @param copiedTo address in RAM that the whole file, header included, is copied to before it is started
     */
    public static BootImage parse(byte[] file, Kind kind, long copiedTo) {
        List<Flaw> flaws = new ArrayList<>();
        if (!hasHeader(file)) {
            String start = file.length < 4 ? file.length + " bytes" : "begins with " + hex(word(file, 0));
            flaws.add(new Flaw(
                    FlawKind.NO_HEADER,
                    start,
                    "the image begins with a header of 0x240 bytes, the first four \"STM2\""));
            return new BootImage(0, 0, 0, 0, 0, 0, false, flaws);
        }
        long version = word(file, VERSION);
        if (version != VERSION_2_3) {
            flaws.add(new Flaw(FlawKind.OTHER_VERSION, "header version " + shown(version), "the STM32N6 takes 2.3"));
        }
        long length = word(file, PAYLOAD_LENGTH);
        if (length != file.length - HEADER_BYTES) {
            flaws.add(new Flaw(
                    FlawKind.LENGTH,
                    "the header counts " + length + " bytes of payload, the file has " + (file.length - HEADER_BYTES),
                    "the boot loader copies what the header counts"));
        }
        long checksum = word(file, CHECKSUM);
        long sum = sum(ByteBuffer.wrap(file), file.length);
        if (checksum != sum) {
            flaws.add(new Flaw(
                    FlawKind.CHECKSUM,
                    "checksum " + hex(checksum) + ", the bytes sum up to " + hex(sum),
                    "the header holds the sum of the bytes after 0x240"));
        }
        entry(file, copiedTo, flaws);
        long type = word(file, TYPE);
        if (type != kind.field) {
            flaws.add(new Flaw(
                    FlawKind.TYPE,
                    "type " + hex(type),
                    (kind == Kind.FSBL ? "a first-stage boot loader has type " : "an application has type ")
                            + hex(kind.field)));
        }
        return new BootImage(
                version,
                length,
                checksum,
                word(file, ENTRY_POINT),
                word(file, OPTION_FLAGS),
                type,
                signed(file),
                flaws);
    }

    private static void entry(byte[] file, long copiedTo, List<Flaw> flaws) {
        long entry = word(file, ENTRY_POINT);
        if (file.length < PROGRAM_OFFSET + SMALLEST_PROGRAM || !vectorsAt(file, PROGRAM_OFFSET, copiedTo)) {
            flaws.add(new Flaw(
                    FlawKind.NOT_ALIGNED,
                    vectorsAt(file, HEADER_BYTES, copiedTo)
                            ? "the vector table lies at 0x240"
                            : "no vector table at 0x400",
                    "the program begins 0x400 bytes into the image: STM32_SigningTool_CLI 2.21 and later need -align for"
                            + " that"));
            return;
        }
        long reset = word(file, PROGRAM_OFFSET + 4);
        if (entry != reset) {
            flaws.add(new Flaw(
                    FlawKind.ENTRY,
                    "entry point " + hex(entry) + ", reset vector " + hex(reset),
                    "the entry point is the reset vector at 0x404"));
        }
    }

    /** A stack at a multiple of 8 in the RAM of a Cortex-M, and a reset vector in Thumb state inside the image. */
    private static boolean vectorsAt(byte[] file, int offset, long copiedTo) {
        if (file.length < offset + SMALLEST_PROGRAM) {
            return false;
        }
        long stack = word(file, offset);
        long reset = word(file, offset + 4);
        boolean inRam = stack >= 0x2000_0000L && stack <= 0xA000_0000L && stack % 8 == 0;
        return inRam && (reset & 1) == 1 && reset > copiedTo + offset && reset < copiedTo + file.length;
    }

    private static boolean signed(byte[] file) {
        for (int i = 4; i < CHECKSUM; i++) {
            if (file[i] != 0) {
                return true;
            }
        }
        return false;
    }

    private static long sum(ByteBuffer file, int length) {
        long sum = 0;
        for (int i = HEADER_BYTES; i < length; i++) {
            sum += file.get(i) & 0xFF;
        }
        return sum & 0xFFFF_FFFFL;
    }

    private static int roundUp(int bytes) {
        return Math.multiplyExact((bytes + LENGTH_UNIT - 1) / LENGTH_UNIT, LENGTH_UNIT);
    }

    private static long word(byte[] file, int offset) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(offset) & 0xFFFF_FFFFL;
    }

    private static String hex(long value) {
        return String.format(Locale.ROOT, "0x%08x", value);
    }

    private static String shown(long version) {
        return (version >> 16) + "." + (version >> 8 & 0xFF);
    }
}
