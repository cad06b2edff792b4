// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.memory;

import io.github.stm32deploy.toolchain.benchmark.macc.MaccPage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Prints predicted beside published memory and operations; see {@code toolchain/benchmarks/memory/run.sh}. */
public final class MemoryTable {
    private static final double FLASH_BOUND = 5;
    private static final double RAM_BOUND = 12;

    private MemoryTable() {}

    /** Arguments: shared folder, then a folder to write {@code memory.md} and {@code macc.md} to. */
    public static void main(String[] arguments) throws IOException {
        Path shared = Path.of(arguments[0]);
        List<MemoryRow> rows = MemoryRow.all(shared);
        String memory = MemoryPage.render(rows, shared);
        String macc = MaccPage.render(shared);
        PrintStream out =
                new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
        out.print(memory);
        out.println();
        out.print(macc);
        if (arguments.length > 1) {
            Files.writeString(Path.of(arguments[1], "memory.md"), memory);
            Files.writeString(Path.of(arguments[1], "macc.md"), macc);
        }
        boolean kept = MemoryErrors.flash(rows).median() <= FLASH_BOUND
                && MemoryErrors.ram(rows).median() <= RAM_BOUND;
        if (!kept) {
            System.exit(1);
        }
    }
}
