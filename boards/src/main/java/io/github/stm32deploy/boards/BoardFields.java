// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.stm32deploy.boards.BoardProblem.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields of one YAML object. A field that is absent or of another kind becomes a problem in the list and a harmless
 * value in the answer, so that reading goes on and finds the other problems too.
 */
final class BoardFields {
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,9}) (KiB|MiB|GiB)");
    private static final Map<String, Integer> SHIFT = Map.of("KiB", 10, "MiB", 20, "GiB", 30);

    private final String fileName;
    private final String path;
    private final JsonNode node;
    private final List<BoardProblem> problems;

    BoardFields(String fileName, String path, JsonNode node, List<BoardProblem> problems) {
        this.fileName = fileName;
        this.path = path;
        this.node = node;
        this.problems = problems;
        if (!node.isObject()) {
            problem(Check.FIELD_TYPE, path, shown(node), "an object with named fields");
        }
    }

    /** Reports every field that is none of {@code names}: a misspelt one must not be overlooked. */
    void allow(String... names) {
        Set<String> known = new TreeSet<>(List.of(names));
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                problem(Check.FIELD_UNKNOWN, within(name), name, "fields here are " + String.join(", ", known));
            }
        });
    }

    String text(String name) {
        JsonNode value = required(name);
        if (value != null && (!value.isTextual() || value.textValue().isEmpty())) {
            problem(Check.FIELD_TYPE, within(name), shown(value), "a text that is not empty");
            return "";
        }
        return value == null ? "" : value.textValue();
    }

    Optional<String> optionalText(String name) {
        return node.has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    String oneOf(String name, String... values) {
        JsonNode value = required(name);
        if (value == null) {
            return values[0];
        }
        if (!value.isTextual() || !List.of(values).contains(value.textValue())) {
            problem(Check.VALUE_UNKNOWN, within(name), shown(value), "one of " + String.join(", ", values));
            return values[0];
        }
        return value.textValue();
    }

    <T> T choice(String name, Map<String, T> values, T otherwise) {
        JsonNode value = required(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isTextual() || !values.containsKey(value.textValue())) {
            problem(
                    Check.VALUE_UNKNOWN,
                    within(name),
                    shown(value),
                    "one of " + String.join(", ", new TreeSet<>(values.keySet())));
            return otherwise;
        }
        return values.get(value.textValue());
    }

    Optional<Long> optionalCount(String name) {
        JsonNode value = node.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 1) {
            problem(Check.FIELD_TYPE, within(name), shown(value), "a whole number of at least 1");
            return Optional.empty();
        }
        return Optional.of(value.longValue());
    }

    /** True where at least one of the fields is there. */
    boolean hasAny(String... names) {
        return List.of(names).stream().anyMatch(node::has);
    }

    /** A whole number of at least 1. */
    long count(String name) {
        return required(name) == null ? 1 : optionalCount(name).orElse(1L);
    }

    long address(String name) {
        JsonNode value = required(name);
        if (value != null && (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0)) {
            problem(Check.FIELD_TYPE, within(name), shown(value), "an address, 0x20000000");
            return 0;
        }
        return value == null ? 0 : value.longValue();
    }

    /** As {@link #size(String)}, or 0. */
    long sizeOrNone(String name) {
        JsonNode value = node.get(name);
        return value != null && value.isIntegralNumber() && value.canConvertToLong() && value.longValue() == 0
                ? 0
                : size(name);
    }

    /** Bytes: a whole number, or one with KiB, MiB or GiB. */
    long size(String name) {
        JsonNode value = required(name);
        if (value == null) {
            return 1;
        }
        if (value.isIntegralNumber() && value.canConvertToLong() && value.longValue() > 0) {
            return value.longValue();
        }
        Matcher matcher = SIZE.matcher(value.isTextual() ? value.textValue() : "");
        if (!matcher.matches()) {
            problem(Check.FIELD_TYPE, within(name), shown(value), "a size: 4096, 16 KiB, 4 MiB, 2 GiB");
            return 1;
        }
        return Long.parseLong(matcher.group(1)) << SHIFT.get(matcher.group(2));
    }

    List<String> texts(String name) {
        JsonNode value = required(name);
        if (value == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (!value.isArray()) {
            problem(Check.FIELD_TYPE, within(name), shown(value), "a list of texts");
            return texts;
        }
        for (JsonNode item : value) {
            if (item.isTextual()) {
                texts.add(item.textValue());
            } else {
                problem(Check.FIELD_TYPE, within(name) + "[" + texts.size() + "]", shown(item), "a text");
            }
        }
        return texts;
    }

    BoardFields object(String name) {
        JsonNode value = required(name);
        return value == null
                // Its absence is the problem; that its own fields are absent too adds nothing.
                ? new BoardFields(fileName, within(name), JsonNodeFactory.instance.objectNode(), new ArrayList<>())
                : new BoardFields(fileName, within(name), value, problems);
    }

    Optional<BoardFields> optionalObject(String name) {
        return node.has(name) ? Optional.of(object(name)) : Optional.empty();
    }

    List<BoardFields> objects(String name) {
        JsonNode value = required(name);
        List<BoardFields> objects = new ArrayList<>();
        if (value == null) {
            return objects;
        }
        if (!value.isArray()) {
            problem(Check.FIELD_TYPE, within(name), shown(value), "a list");
            return objects;
        }
        for (JsonNode item : value) {
            objects.add(new BoardFields(fileName, within(name) + "[" + objects.size() + "]", item, problems));
        }
        return objects;
    }

    private JsonNode required(String name) {
        JsonNode value = node.get(name);
        if (value == null && node.isObject()) {
            problem(Check.FIELD_MISSING, within(name), "nothing", "the field is required");
        }
        return value;
    }

    private String within(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() > 60 ? text.substring(0, 57) + "..." : text;
    }

    private void problem(Check check, String field, String observed, String rule) {
        problems.add(new BoardProblem(check, field.isEmpty() ? fileName : fileName + ", " + field, observed, rule));
    }
}
