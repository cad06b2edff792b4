// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of an Intel HEX file (Intel, Hexadecimal Object File Format Specification, revision A, 1988), as ST gives its
 * boot loader away.
 */
public final class IntelHexFile {
    private static final int DATA = 0;
    private static final int END = 1;
    private static final int EXTENDED_SEGMENT_ADDRESS = 2;
    private static final int START_SEGMENT_ADDRESS = 3;
    private static final int EXTENDED_LINEAR_ADDRESS = 4;
    private static final int START_LINEAR_ADDRESS = 5;
    private static final long ADDRESS_SPACE = 1L << 32;

    private IntelHexFile() {}

    /** Bytes without a gap from an address on. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Block(long address, byte[] content) {
        long end() {
            return address + content.length;
        }
    }

    /** The text is no sound Intel HEX file. */
    public static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(int line, String reason) {
            super("line " + line + ": " + reason);
        }
    }

    /**
     * @return blocks by address; records that touch are one block
     * @throws Malformed at the first record that is not sound, at bytes given twice, or where the end record is missing
     */
    public static List<Block> read(String text) throws Malformed {
        Map<Long, byte[]> records = new TreeMap<>();
        long base = 0;
        int number = 0;
        boolean ended = false;
        for (String line : text.split("\\R")) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            if (ended) {
                throw new Malformed(number, "stands after the end record");
            }
            byte[] bytes = bytes(line, number);
            int count = bytes[0] & 0xFF;
            int offset = (bytes[1] & 0xFF) << 8 | bytes[2] & 0xFF;
            switch (bytes[3] & 0xFF) {
                case DATA -> {
                    long address = base + offset;
                    if (address + count > ADDRESS_SPACE) {
                        throw new Malformed(number, "lies beyond 32 bits of address");
                    }
                    byte[] content = java.util.Arrays.copyOfRange(bytes, 4, 4 + count);
                    if (count > 0 && records.put(address, content) != null) {
                        throw new Malformed(number, "gives bytes a second time");
                    }
                }
                case END -> ended = true;
                case EXTENDED_SEGMENT_ADDRESS -> base = 16 * half(bytes, number);
                case EXTENDED_LINEAR_ADDRESS -> base = half(bytes, number) << 16;
                case START_SEGMENT_ADDRESS, START_LINEAR_ADDRESS -> {
                    // Where a debugger would start: no bytes.
                }
                default -> throw new Malformed(number, "has record type " + (bytes[3] & 0xFF));
            }
        }
        if (!ended) {
            throw new Malformed(number, "is the last, and no end record");
        }
        return joined(records);
    }

    private static long half(byte[] bytes, int number) throws Malformed {
        if (bytes[0] != 2) {
            throw new Malformed(number, "an address record has two bytes");
        }
        return (bytes[4] & 0xFF) << 8 | bytes[5] & 0xFF;
    }

    private static byte[] bytes(String line, int number) throws Malformed {
        byte[] bytes;
        try {
            bytes = HexFormat.of().parseHex(line.strip().substring(1));
        } catch (IllegalArgumentException noDigits) {
            throw new Malformed(number, "is not made of hexadecimal digits");
        }
        if (line.charAt(0) != ':' || bytes.length < 5 || bytes.length != (bytes[0] & 0xFF) + 5) {
            throw new Malformed(number, "is no record, or not as long as it says");
        }
        int sum = 0;
        for (byte b : bytes) {
            sum += b;
        }
        if ((sum & 0xFF) != 0) {
            throw new Malformed(number, "its checksum does not fit its bytes");
        }
        return bytes;
    }

    private static List<Block> joined(Map<Long, byte[]> records) throws Malformed {
        List<Block> blocks = new ArrayList<>();
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        long start = 0;
        for (Map.Entry<Long, byte[]> record : records.entrySet()) {
            long end = start + open.size();
            if (open.size() > 0 && record.getKey() < end) {
                throw new Malformed(0, "two records give the byte at 0x" + Long.toHexString(record.getKey()));
            }
            if (open.size() > 0 && record.getKey() > end) {
                blocks.add(new Block(start, open.toByteArray()));
                open.reset();
            }
            if (open.size() == 0) {
                start = record.getKey();
            }
            open.writeBytes(record.getValue());
        }
        if (open.size() > 0) {
            blocks.add(new Block(start, open.toByteArray()));
        }
        return blocks;
    }
}
