// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Initializer of a C structure: its type and designated fields in order. An empty type: no structure is needed. */
record CStructure(String type, List<Field> fields) {
    static final CStructure NONE = new CStructure("", List.of());

    record Field(String name, String value) {}

    CStructure {
        fields = List.copyOf(fields);
    }

    static Builder of(String type) {
        return new Builder(type);
    }

    /** Shortest decimal that gives the same binary32 back. */
    static String literal(float value) {
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            throw new IllegalArgumentException("no C literal for " + value);
        }
        return Float.toString(value) + "f";
    }

    static final class Builder {
        private final String type;
        private final List<Field> fields = new ArrayList<>();

        private Builder(String type) {
            this.type = type;
        }

        Builder put(String name, long value) {
            return put(name, Long.toString(value));
        }

        Builder put(String name, float value) {
            return put(name, literal(value));
        }

        Builder put(String name, int[] values) {
            return put(
                    name,
                    Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining(", ", "{", "}")));
        }

        Builder put(String name, String value) {
            fields.add(new Field(name, value));
            return this;
        }

        CStructure build() {
            return new CStructure(type, fields);
        }
    }
}
