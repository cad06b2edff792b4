// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The board that a stand-in of the programmer is connected to: a folder with its flash and RAM as files, and {@code
 * board.txt} with what it is and what goes wrong:
 *
 * <pre>
 * version 2.20.0                 release of the tools
 * loader MX66UW1G45G_STM32N6570-DK.stldr
 * fault NAME [ARGUMENT] [once]   see {@link ProgrammerStandIn}
 * </pre>
 */
final class BoardStandIn {
    static final long FLASH = 0x7000_0000L;
    private static final long FLASH_END = 0x8000_0000L;
    static final int ERASE_BYTES = 64 << 10;
    private static final byte BLANK = (byte) 0xFF;

    private final Path folder;
    private final Map<String, String> facts = new HashMap<>();
    private final List<String> faults = new ArrayList<>();

    BoardStandIn(Path folder) throws IOException {
        this.folder = folder;
        for (String line : Files.readAllLines(folder.resolve("board.txt"))) {
            String[] words = line.strip().split(" ", 2);
            if (words[0].equals("fault")) {
                faults.add(words[1]);
            } else if (words.length == 2) {
                facts.put(words[0], words[1]);
            }
        }
    }

    String fact(String name, String otherwise) {
        return facts.getOrDefault(name, otherwise);
    }

    /** The argument of a fault, "" where it has none; null where it does not happen. {@code once} faults happen once. */
    String fault(String name) throws IOException {
        for (String fault : faults) {
            List<String> words = new ArrayList<>(Arrays.asList(fault.split(" ")));
            if (words.remove(0).equals(name)) {
                boolean once = words.remove("once");
                Path mark = folder.resolve("happened-" + name);
                if (once && Files.exists(mark)) {
                    return null;
                }
                Files.writeString(mark, "");
                return String.join(" ", words);
            }
        }
        return null;
    }

    static boolean isFlash(long address) {
        return address >= FLASH && address < FLASH_END;
    }

    /** Writes; flash is erased in whole blocks before, as a loader does. */
    void write(long address, byte[] content) throws IOException {
        try (RandomAccessFile memory = open(address)) {
            long base = isFlash(address) ? FLASH : address & 0xF000_0000L;
            if (isFlash(address)) {
                long first = (address - base) / ERASE_BYTES * ERASE_BYTES;
                long last = (address - base + content.length + ERASE_BYTES - 1) / ERASE_BYTES * ERASE_BYTES;
                long length = memory.length();
                byte[] blank = new byte[ERASE_BYTES];
                Arrays.fill(blank, BLANK);
                for (long block = Math.min(first, length / ERASE_BYTES * ERASE_BYTES);
                        block < last;
                        block += ERASE_BYTES) {
                    if (block >= first || block >= length) {
                        memory.seek(block);
                        memory.write(blank);
                    }
                }
            }
            memory.seek(address - base);
            memory.write(content);
        }
    }

    byte[] read(long address, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        Arrays.fill(content, BLANK);
        try (RandomAccessFile memory = open(address)) {
            long base = isFlash(address) ? FLASH : address & 0xF000_0000L;
            long offset = address - base;
            if (offset < memory.length()) {
                memory.seek(offset);
                memory.readFully(content, 0, (int) Math.min(bytes, memory.length() - offset));
            }
        }
        return content;
    }

    private RandomAccessFile open(long address) throws IOException {
        return new RandomAccessFile(
                folder.resolve(isFlash(address) ? "flash.img" : "ram.img").toFile(), "rw");
    }

    void note(String file, List<String> arguments) throws IOException {
        Files.writeString(
                folder.resolve(file),
                String.join(" ", arguments) + "\n",
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
    }
}
