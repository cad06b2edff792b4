// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sections and loadable segments of an ELF file, 32 or 64 bits, either byte order (System V gABI, chapters 4 and 5). Every
 * offset is checked before use.
 */
final class ElfFile {
    private static final int SHT_NOBITS = 8;
    private static final int PT_LOAD = 1;
    private static final long SHF_WRITE = 1;
    private static final long SHF_ALLOC = 2;
    private static final long SHF_EXECINSTR = 4;

    /** @param bytes size in memory */
    record Section(String name, long address, long bytes, long flags, boolean occupiesFile) {
        boolean allocated() {
            return (flags & SHF_ALLOC) != 0;
        }

        boolean writable() {
            return (flags & SHF_WRITE) != 0;
        }

        boolean executable() {
            return (flags & SHF_EXECINSTR) != 0;
        }
    }

    /** Bytes that a loader puts at a physical address. */
    @SuppressWarnings("ArrayRecordComponent")
    record Segment(long physicalAddress, byte[] content) {}

    private final ByteBuffer bytes;
    private final boolean wide;

    private ElfFile(ByteBuffer bytes, boolean wide) {
        this.bytes = bytes;
        this.wide = wide;
    }

    /** True where the file begins as an ELF file does. */
    static boolean isElf(Path file) throws IOException {
        try (java.io.InputStream stream = Files.newInputStream(file)) {
            byte[] magic = stream.readNBytes(4);
            return magic.length == 4 && magic[0] == 0x7F && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F';
        }
    }

    /** @throws IOException where the file cannot be read or is no sound ELF file */
    static ElfFile read(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        if (content.length < 52 || content[0] != 0x7F || content[1] != 'E' || content[2] != 'L' || content[3] != 'F') {
            throw new IOException(file.getFileName() + " is no ELF file");
        }
        ByteBuffer bytes = ByteBuffer.wrap(content);
        bytes.order(content[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        return new ElfFile(bytes, content[4] == 2);
    }

    List<Section> sections() throws IOException {
        long table = wide ? word64(40) : word32(32);
        int entry = half(wide ? 58 : 46);
        int count = half(wide ? 60 : 48);
        int names = half(wide ? 62 : 50);
        List<Section> sections = new ArrayList<>();
        long namesOffset = count == 0 ? 0 : address(at(table, entry, names) + (wide ? 24 : 16));
        for (int i = 0; i < count; i++) {
            long header = at(table, entry, i);
            sections.add(new Section(
                    name(namesOffset + word32(header)),
                    address(header + (wide ? 16 : 12)),
                    address(header + (wide ? 32 : 20)),
                    address(header + 8),
                    word32(header + 4) != SHT_NOBITS));
        }
        return sections;
    }

    /** Segments with bytes in the file, in the order of the program headers. */
    List<Segment> segments() throws IOException {
        long table = wide ? word64(32) : word32(28);
        int entry = half(wide ? 54 : 42);
        int count = half(wide ? 56 : 44);
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long header = at(table, entry, i);
            long size = address(header + (wide ? 32 : 16));
            if (word32(header) == PT_LOAD && size > 0) {
                long offset = address(header + (wide ? 8 : 4));
                check(offset, size);
                byte[] content = new byte[Math.toIntExact(size)];
                bytes.get(Math.toIntExact(offset), content);
                segments.add(new Segment(address(header + (wide ? 24 : 12)), content));
            }
        }
        return segments;
    }

    /** Names in the string table of the symbols; empty for a stripped program. */
    Set<String> names() throws IOException {
        long table = wide ? word64(40) : word32(32);
        int entry = half(wide ? 58 : 46);
        List<Section> sections = sections();
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < sections.size(); i++) {
            if (sections.get(i).name().equals(".strtab")) {
                long offset = address(at(table, entry, i) + (wide ? 24 : 16));
                long size = sections.get(i).bytes();
                check(offset, size);
                byte[] text = new byte[Math.toIntExact(size)];
                bytes.get(Math.toIntExact(offset), text);
                names.addAll(List.of(new String(text, StandardCharsets.ISO_8859_1).split("\0")));
            }
        }
        return names;
    }

    private static long at(long table, int entry, int index) {
        return table + (long) entry * index;
    }

    private String name(long offset) throws IOException {
        StringBuilder name = new StringBuilder();
        for (long i = offset; ; i++) {
            check(i, 1);
            byte letter = bytes.get((int) i);
            if (letter == 0) {
                return new String(name.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            }
            name.append((char) (letter & 0xFF));
        }
    }

    private int half(long offset) throws IOException {
        check(offset, 2);
        return bytes.getShort((int) offset) & 0xFFFF;
    }

    private long word32(long offset) throws IOException {
        check(offset, 4);
        return bytes.getInt((int) offset) & 0xFFFF_FFFFL;
    }

    private long word64(long offset) throws IOException {
        check(offset, 8);
        return bytes.getLong((int) offset);
    }

    private long address(long offset) throws IOException {
        return wide ? word64(offset) : word32(offset);
    }

    private void check(long offset, long length) throws IOException {
        if (offset < 0 || length < 0 || offset > bytes.limit() - length) {
            throw new IOException("ELF file is truncated: needs byte " + offset + ", has " + bytes.limit());
        }
    }
}
