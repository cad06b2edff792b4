// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Memory that a firmware takes, read from the sections of its ELF file.
 *
 * @param textBytes code, with the vector table
 * @param rodataBytes constants that lie in sections of their own; constants between the code count as code
 * @param dataBytes initialised variables, in the file and in RAM
 * @param bssBytes zeroed variables, arena left out
 * @param arenaBytes activations and scratch
 * @param stackBytes stack that the linker script reserves; 0 for a process
 * @param weightsBytes weights image, without the padding that the linker puts behind it
 */
public record Footprint(
        long textBytes,
        long rodataBytes,
        long dataBytes,
        long bssBytes,
        long arenaBytes,
        long stackBytes,
        long weightsBytes) {

    /** @param weightsBytes size of the image that was linked in */
    static Footprint of(Path elf, long weightsBytes) throws IOException {
        long text = 0;
        long rodata = 0;
        long data = 0;
        long bss = 0;
        long arena = 0;
        long stack = 0;
        for (ElfFile.Section section : ElfFile.read(elf).sections()) {
            if (!section.allocated()) {
                continue;
            }
            switch (section.name()) {
                case ".n6_weights", ".weights" -> {
                    // The image itself; counted exactly below.
                    continue;
                }
                case ".arena" -> arena += section.bytes();
                case ".stack" -> stack += section.bytes();
                default -> {
                    if (!section.occupiesFile()) {
                        bss += section.bytes();
                    } else if (section.writable()) {
                        data += section.bytes();
                    } else if (section.executable() || section.name().equals(".vectors")) {
                        text += section.bytes();
                    } else {
                        rodata += section.bytes();
                    }
                }
            }
        }
        return new Footprint(text, rodata, data, bss, arena, stack, weightsBytes);
    }
}
