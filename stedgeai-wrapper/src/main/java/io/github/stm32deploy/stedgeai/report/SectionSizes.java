// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;

/**
 * The table "Requested memory size by section": what the linker would place. It is there only where arm-none-eabi-gcc ran.
 *
 * @param target {@code stm32n6npu} for the NPU flow, {@code stm32n6} for the CPU flow
 * @param runtime the run-time without weights and activations ({@code RT total})
 * @param flashBytes TOTAL of the summary
 * @param ramBytes likewise
 */
public record SectionSizes(
        String target,
        List<Row> modules,
        Row runtime,
        Row weights,
        Row activations,
        Row io,
        Row total,
        Figure runtimeFlashBytes,
        Figure runtimeRamBytes,
        Figure flashBytes,
        Figure ramBytes) {
    public SectionSizes {
        modules = List.copyOf(modules);
    }

    /** Bytes of one module in the four sections. */
    public record Row(String module, Figure text, Figure rodata, Figure data, Figure bss) {}
}
