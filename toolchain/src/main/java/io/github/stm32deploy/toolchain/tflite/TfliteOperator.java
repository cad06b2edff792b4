// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.google.flatbuffers.Table;
import org.tensorflow.lite.schema.Operator;

/**
 * An operator as the file describes it.
 *
 * @param name name of the builtin operator ({@code CONV_2D}), or for a custom one the name it carries
 * @param inputs tensor indices; -1 where an optional input is absent
 * @param outputs tensor indices
 */
record TfliteOperator(int index, String name, boolean custom, int[] inputs, int[] outputs, Operator table) {
    /** Index of input {@code position}, -1 where it is absent. */
    int input(int position) {
        return position < inputs.length ? inputs[position] : -1;
    }

    boolean hasInput(int position) {
        return input(position) >= 0;
    }

    int output() {
        return outputs[0];
    }

    /**
     * The options of this operator read into {@code empty}.
     *
     * @param type number of the options table (class {@code BuiltinOptions} of the schema)
     * @throws NotConvertible where the operator has no options of this type
     */
    <T extends Table> T options(T empty, byte type) {
        T options = optionsOrNull(empty, type);
        if (options == null) {
            throw new NotConvertible("operator " + name + " has no options");
        }
        return options;
    }

    <T extends Table> T optionsOrNull(T empty, byte type) {
        if (table.builtinOptionsType() != type || table.builtinOptions(empty) == null) {
            return null;
        }
        return empty;
    }
}
