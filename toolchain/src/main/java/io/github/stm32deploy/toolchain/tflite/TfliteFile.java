// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Signature;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The content of a TFLite file (schema.fbs, version 3).
 *
 * @param subgraphs the first one is the model; the others are bodies of its control flow or serve other signatures
 */
record TfliteFile(List<TfliteSubgraph> subgraphs, List<Signature> signatures) {
    /**
     * @throws IndexOutOfBoundsException where the file refers to bytes behind its end
     * @throws IllegalArgumentException where the file contradicts itself
     */
    static TfliteFile of(ByteBuffer bytes) {
        return new TfliteParser(bytes.slice().order(ByteOrder.LITTLE_ENDIAN)).parse();
    }

    TfliteSubgraph main() {
        return subgraphs.get(0);
    }
}
