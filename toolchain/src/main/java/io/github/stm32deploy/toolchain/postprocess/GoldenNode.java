// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A part of a golden vector file: an object, a list, a number, a text, true, false or null. What is not there reads as
 * empty, so that optional fields need no question first.
 *
 * @param value Map, List, Number, String, Boolean, or null
 */
public record GoldenNode(Object value) implements Iterable<GoldenNode> {
    GoldenNode path(String field) {
        return new GoldenNode(value instanceof Map<?, ?> map ? map.get(field) : null);
    }

    GoldenNode get(int index) {
        return new GoldenNode(value instanceof List<?> list && index < list.size() ? list.get(index) : null);
    }

    boolean has(String field) {
        return value instanceof Map<?, ?> map && map.containsKey(field);
    }

    boolean isNull() {
        return value == null;
    }

    boolean isObject() {
        return value instanceof Map;
    }

    /** Number of elements of a list or fields of an object; 0 for others. */
    int size() {
        if (value instanceof Map<?, ?> map) {
            return map.size();
        }
        return value instanceof List<?> list ? list.size() : 0;
    }

    String asText() {
        return asText("");
    }

    String asText(String otherwise) {
        return value == null ? otherwise : value.toString();
    }

    int asInt() {
        return asInt(0);
    }

    int asInt(int otherwise) {
        return value instanceof Number number ? number.intValue() : otherwise;
    }

    double asDouble() {
        return value instanceof Number number ? number.doubleValue() : 0;
    }

    boolean asBoolean(boolean otherwise) {
        return value instanceof Boolean flag ? flag : otherwise;
    }

    /**
     * A binary32 number; "nan", "inf" and "-inf" are text. Numbers are the shortest decimals that round to the binary32
     * value, so they are read as such and not through binary64.
     *
     * @throws IllegalArgumentException for anything else
     */
    float asFloat() {
        if (value instanceof Number) {
            return Float.parseFloat(value.toString());
        }
        return switch (asText()) {
            case "nan" -> Float.NaN;
            case "inf" -> Float.POSITIVE_INFINITY;
            case "-inf" -> Float.NEGATIVE_INFINITY;
            default -> throw new IllegalArgumentException("not a number: " + value);
        };
    }

    @Override
    public Iterator<GoldenNode> iterator() {
        List<GoldenNode> elements = new ArrayList<>();
        if (value instanceof List<?> list) {
            list.forEach(element -> elements.add(new GoldenNode(element)));
        }
        return elements.iterator();
    }

    @Override
    public String toString() {
        return String.valueOf(value);
    }
}
