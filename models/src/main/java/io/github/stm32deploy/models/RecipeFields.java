// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The fields of one object of a recipe. A field of the wrong kind becomes a problem with its path and a harmless value in
 * the answer, so that reading goes on and finds the other problems too.
 */
final class RecipeFields {
    private final String path;
    private final JsonNode node;
    private final List<String> problems;

    RecipeFields(String path, JsonNode node, List<String> problems) {
        this.path = path;
        this.node = node;
        this.problems = problems;
        if (!node.isObject()) {
            problem(path.isEmpty() ? "the file" : path, "is no object with named fields");
        }
    }

    void problem(String where, String what) {
        problems.add(where + ": " + what);
    }

    String within(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Reports every field that is none of {@code names}: a misspelt one must not be overlooked. */
    void allow(String... names) {
        TreeSet<String> known = new TreeSet<>(List.of(names));
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                problem(within(name), "there is no such field; fields here are " + String.join(", ", known));
            }
        });
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    private JsonNode value(String name) {
        JsonNode value = node.path(name);
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    /** Text, or "" where the field is absent. */
    String text(String name) {
        JsonNode value = value(name);
        if (value.isMissingNode()) {
            return "";
        }
        if (!value.isTextual()) {
            problem(within(name), value + " is no text");
            return "";
        }
        return value.textValue().strip();
    }

    /** Text that must be there. */
    String required(String name) {
        if (!has(name) || text(name).isEmpty()) {
            problem(within(name), "is missing");
        }
        return text(name);
    }

    /** Text of a form, or "". */
    String matching(String name, Pattern form, String wanted) {
        String text = text(name);
        if (!text.isEmpty() && !form.matcher(text).matches()) {
            problem(within(name), text + " is not " + wanted);
        }
        return text;
    }

    String choice(String name, String otherwise, List<String> choices) {
        String text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        if (!choices.contains(text)) {
            problem(within(name), text + " is none of " + String.join(", ", choices));
            return otherwise;
        }
        return text;
    }

    boolean flag(String name) {
        JsonNode value = value(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            problem(within(name), value + " is neither true nor false");
        }
        return value.booleanValue();
    }

    OptionalLong count(String name) {
        JsonNode value = value(name);
        if (value.isMissingNode()) {
            return OptionalLong.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            problem(within(name), value + " is no whole number from 0");
            return OptionalLong.empty();
        }
        return OptionalLong.of(value.longValue());
    }

    /** A whole number from 0 to {@code most}; 0 where it is absent. */
    int small(String name, int most) {
        long value = count(name).orElse(0);
        if (value > most) {
            problem(within(name), value + " is more than " + most);
            return 0;
        }
        return (int) value;
    }

    OptionalDouble positive(String name) {
        JsonNode value = value(name);
        if (value.isMissingNode()) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber() || !(value.doubleValue() > 0)) {
            problem(within(name), value + " is no number above 0");
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(value.doubleValue());
    }

    List<Float> numbers(String name) {
        List<Float> numbers = new ArrayList<>();
        for (JsonNode item : items(name)) {
            if (!item.isNumber()) {
                problem(within(name), item + " is no number");
            }
            numbers.add(item.floatValue());
        }
        return List.copyOf(numbers);
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : items(name)) {
            if (!item.isTextual() || item.textValue().isBlank()) {
                problem(within(name), item + " is no text");
            } else {
                texts.add(item.textValue().strip());
            }
        }
        return List.copyOf(texts);
    }

    private Iterable<JsonNode> items(String name) {
        JsonNode value = value(name);
        if (!value.isMissingNode() && !value.isArray()) {
            problem(within(name), value + " is no list");
        }
        return value.isArray() ? value : List.of();
    }

    Optional<RecipeFields> object(String name) {
        JsonNode value = value(name);
        return value.isMissingNode() ? Optional.empty() : Optional.of(new RecipeFields(within(name), value, problems));
    }

    List<RecipeFields> objects(String name) {
        List<RecipeFields> objects = new ArrayList<>();
        for (JsonNode item : items(name)) {
            objects.add(new RecipeFields(within(name) + "[" + objects.size() + "]", item, problems));
        }
        return objects;
    }

    /** Any fields with texts, numbers, truth values, lists or objects of such, in the order of the file. */
    Map<String, Object> free(String name) {
        JsonNode value = value(name);
        if (value.isMissingNode()) {
            return Map.of();
        }
        if (!value.isObject()) {
            problem(within(name), "is no object with named fields");
            return Map.of();
        }
        return fields(value);
    }

    private static Map<String, Object> fields(JsonNode object) {
        Map<String, Object> fields = new LinkedHashMap<>();
        object.properties().forEach(field -> fields.put(field.getKey(), plain(field.getValue())));
        return java.util.Collections.unmodifiableMap(fields);
    }

    private static Object plain(JsonNode value) {
        if (value.isNumber()) {
            return value.numberValue();
        } else if (value.isBoolean()) {
            return value.booleanValue();
        } else if (value.isObject()) {
            return fields(value);
        } else if (value.isArray()) {
            List<Object> items = new ArrayList<>();
            value.forEach(item -> items.add(plain(item)));
            return List.copyOf(items);
        }
        return value.asText();
    }
}
