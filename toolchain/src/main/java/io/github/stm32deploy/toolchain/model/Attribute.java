// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.List;

/** A node attribute as ONNX defines it (onnx.proto, AttributeProto). Arrays are not to be modified by callers. */
public sealed interface Attribute {
    record IntValue(long value) implements Attribute {}

    record FloatValue(float value) implements Attribute {}

    record StringValue(String value) implements Attribute {}

    record IntList(List<Long> values) implements Attribute {
        public IntList {
            values = List.copyOf(values);
        }
    }

    record FloatList(List<Float> values) implements Attribute {
        public FloatList {
            values = List.copyOf(values);
        }
    }

    record StringList(List<String> values) implements Attribute {
        public StringList {
            values = List.copyOf(values);
        }
    }

    record TensorValue(TensorData value) implements Attribute {}

    record GraphValue(ModelGraph value) implements Attribute {}

    /** Something this tool does not interpret; kept so that writing the model loses nothing. */
    record Opaque(Object format, String description) implements Attribute {}

    static Attribute of(long value) {
        return new IntValue(value);
    }

    static Attribute of(float value) {
        return new FloatValue(value);
    }

    static Attribute of(String value) {
        return new StringValue(value);
    }

    static Attribute ofInts(long... values) {
        return new IntList(java.util.Arrays.stream(values).boxed().toList());
    }
}
