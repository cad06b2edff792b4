// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.util.List;

/** A network in C, as the firmware needs to know it. */
public sealed interface FirmwareNetwork permits LayerTable, NpuNetwork {
    /** The weights image that is linked into a program that runs a layer table. */
    String WEIGHTS = "weights.bin";

    /** Every file of the {@code network/} folder. */
    List<FirmwareFile> files();

    /** Lower-case hexadecimal SHA-256 of the model file. */
    String modelDigest();

    /** Memory for activations that the program itself reserves. */
    long arenaBytes();

    /** Weights that are linked into the program. */
    long weightsBytes();

    /** Weights of the network, wherever they are programmed. */
    long constantBytes();

    /** Constants that the C of the network compiles to, an upper bound. */
    long tableBytes();
}
