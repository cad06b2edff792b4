// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.List;
import java.util.OptionalInt;

/** An element-wise function of one byte: {@code output[i] = table[input[i] & 0xFF]}. */
record LookupStep(Identity identity, byte[] table, Buffer input, Buffer output) implements Step {
    @Override
    public List<Buffer> inputs() {
        return List.of(input);
    }

    @Override
    public LookupStep withInput(int index, Buffer newInput) {
        return new LookupStep(identity, table, newInput, output);
    }

    @Override
    public LookupStep withOutput(Buffer newOutput) {
        return new LookupStep(identity, table, input, newOutput);
    }

    @Override
    public String kernel() {
        return "n6_lookup_8";
    }

    @Override
    public String adapter() {
        return "n6_layer_lookup";
    }

    @Override
    public CStructure parameters() {
        return CStructure.NONE;
    }

    @Override
    public OptionalInt inPlaceInput() {
        return OptionalInt.of(0);
    }

    /** The table of this one applied to the result of {@code first}. */
    static byte[] composed(byte[] first, byte[] second) {
        byte[] table = new byte[256];
        for (int index = 0; index < 256; index++) {
            table[index] = second[first[index] & 0xFF];
        }
        return table;
    }
}
