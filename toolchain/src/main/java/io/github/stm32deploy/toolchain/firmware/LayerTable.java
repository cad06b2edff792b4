// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.util.List;
import java.util.Objects;

/**
 * A network of the cpu backend.
 *
 * @param header file in {@code network/} that declares the description
 * @param symbol name of the {@code n6_network_description_t}
 * @param files {@code network.c} and {@code weights.bin} among them
 * @param arenaBytes memory for activations and scratch
 * @param layers rows of the layer table
 * @param inputs tensors written before a run
 * @param outputs tensors read after it
 */
public record LayerTable(
        String header,
        String symbol,
        List<FirmwareFile> files,
        long arenaBytes,
        int layers,
        int inputs,
        int outputs,
        String modelDigest)
        implements FirmwareNetwork {

    public LayerTable {
        Objects.requireNonNull(header);
        Objects.requireNonNull(symbol);
        Objects.requireNonNull(modelDigest);
        files = List.copyOf(files);
        if (arenaBytes < 1 || layers < 1 || inputs < 1 || outputs < 1) {
            throw new IllegalArgumentException("a network has an arena, layers, inputs and outputs");
        }
    }

    /** Size of the weights image, header included. */
    @Override
    public long weightsBytes() {
        return files.stream()
                .filter(file -> file.path().equals(WEIGHTS))
                .mapToLong(file -> file.content().length)
                .sum();
    }

    @Override
    public long constantBytes() {
        return weightsBytes();
    }

    /** The size of its C text. */
    @Override
    public long tableBytes() {
        return files.stream()
                .filter(file -> file.path().endsWith(".c"))
                .mapToLong(file -> file.content().length)
                .sum();
    }
}
