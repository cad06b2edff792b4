// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.util.List;
import java.util.Locale;

/** Intel HEX with 32-bit addresses (Intel, Hexadecimal Object File Format Specification, revision A, 1988). */
final class IntelHex {
    private static final int DATA = 0;
    private static final int END = 1;
    private static final int EXTENDED_LINEAR_ADDRESS = 4;
    private static final int BYTES_A_RECORD = 16;
    private static final int BANK = 0x1_0000;

    private IntelHex() {}

    static String of(List<ElfFile.Segment> blocks) {
        StringBuilder text = new StringBuilder();
        long bank = 0;
        for (ElfFile.Segment block : blocks) {
            int offset = 0;
            while (offset < block.content().length) {
                long address = block.physicalAddress() + offset;
                if (address / BANK != bank) {
                    bank = address / BANK;
                    record(text, EXTENDED_LINEAR_ADDRESS, 0, new byte[] {(byte) (bank >> 8), (byte) bank}, 0, 2);
                }
                int inBank = (int) (address % BANK);
                // A record must not run over the end of its bank.
                int count = Math.min(Math.min(BYTES_A_RECORD, block.content().length - offset), BANK - inBank);
                record(text, DATA, inBank, block.content(), offset, count);
                offset += count;
            }
        }
        record(text, END, 0, new byte[0], 0, 0);
        return text.toString();
    }

    private static void record(StringBuilder text, int type, int address, byte[] content, int offset, int count) {
        int sum = count + (address >> 8) + address + type;
        text.append(String.format(Locale.ROOT, ":%02X%04X%02X", count, address, type));
        for (int i = offset; i < offset + count; i++) {
            sum += content[i];
            text.append(String.format(Locale.ROOT, "%02X", content[i] & 0xFF));
        }
        text.append(String.format(Locale.ROOT, "%02X\n", -sum & 0xFF));
    }
}
