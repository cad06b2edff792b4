// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@link CInfo}; keys that no release is known to write are skipped, known ones must have their type. */
final class CInfoReader {
    private static final String SCHEMA = "2.0";
    private static final Set<String> METRICS = Set.of("acc", "rmse", "mae", "l2r", "mean", "std", "snr", "nse", "cos");
    private static final ObjectMapper MAPPER = mapper();

    private final String file;
    private final Problems problems;

    CInfoReader(String file) {
        this.file = file;
        this.problems = new Problems(file);
    }

    private static ObjectMapper mapper() {
        JsonMapper mapper = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(60)
                        .maxNumberLength(60)
                        .build());
        return mapper;
    }

    CInfo read(InputStream json) throws IOException {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JsonProcessingException broken) {
            int line = broken.getLocation() == null
                    ? 0
                    : Math.max(0, broken.getLocation().getLineNr());
            problems.truncated(
                    new Place(file, line, ""),
                    "JSON that breaks off: " + broken.getOriginalMessage(),
                    "a whole JSON file");
            return empty();
        } catch (EOFException | java.util.zip.ZipException broken) {
            problems.truncated(new Place(file, 0, ""), "packed data that break off", "a whole gzip file");
            return empty();
        }
        boolean known = root.isObject()
                && (root.has("json_schema_version") || root.has("environment"))
                && (root.has("graphs") || root.has("validation") || root.has("memory_footprint"));
        if (!known) {
            problems.add(
                    ReportProblem.Kind.NO_REPORT,
                    place(""),
                    root.isObject() ? "keys " + keys(root) : "JSON without an object",
                    "a c_info file: json_schema_version, environment, graphs");
            return empty();
        }
        String schema = root.path("json_schema_version").asText();
        if (!schema.equals(SCHEMA)) {
            problems.notUnderstood(place("json_schema_version"), schema, SCHEMA);
        }
        return new CInfoParts(problems, this).info(file, root);
    }

    static String keys(JsonNode object) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        return String.join(", ", keys.subList(0, Math.min(8, keys.size())));
    }

    Place place(String path) {
        return new Place(file, 0, path);
    }

    private CInfo empty() {
        return new CInfo(
                file,
                Optional.empty(),
                "",
                "",
                "",
                "",
                "",
                List.of(),
                "",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                problems.found());
    }

    /** A whole or real number under a path; says so where a known key holds something else. */
    Optional<Figure> number(JsonNode parent, String key, String path, String unit) {
        JsonNode node = parent.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        return number(node, path.isEmpty() ? key : path + "." + key, unit);
    }

    Optional<Figure> number(JsonNode node, String path, String unit) {
        if (!node.isNumber()) {
            problems.notUnderstood(place(path), node.toString(), "a number");
            return Optional.empty();
        }
        BigDecimal value = node.decimalValue();
        BigDecimal step = node.isIntegralNumber() ? BigDecimal.ONE : value.ulp();
        return Optional.of(new Figure(value, unit, node.asText(), step, place(path)));
    }

    /** Metrics of a comparison; {@code acc} is a text with a percent sign, or {@code n.a.}. */
    Accuracy accuracy(JsonNode node, String path) {
        Map<String, Figure> metrics = new LinkedHashMap<>();
        node.properties().forEach(field -> {
            if (!METRICS.contains(field.getKey())) {
                return;
            }
            String where = path + "." + field.getKey();
            if (field.getValue().isTextual()) {
                String text = field.getValue().asText();
                if (text.endsWith("%")) {
                    Figure.of(text.substring(0, text.length() - 1), "%", place(where))
                            .ifPresent(figure -> metrics.put(field.getKey(), figure));
                } else if (!text.equals("n.a.")) {
                    problems.notUnderstood(place(where), text, "a percentage or n.a.");
                }
            } else {
                number(field.getValue(), where, "").ifPresent(figure -> metrics.put(field.getKey(), figure));
            }
        });
        return new Accuracy(node.path("desc").asText(), metrics, "");
    }

    /** Ids of a list of objects; says so where one has none or two share one. */
    Map<Long, JsonNode> byId(JsonNode list, String path) {
        Map<Long, JsonNode> found = new HashMap<>();
        int index = 0;
        for (JsonNode item : list) {
            if (!item.path("id").isIntegralNumber()) {
                problems.notUnderstood(
                        place(path + "[" + index + "].id"), item.path("id").toString(), "a whole number");
            } else if (found.put(item.path("id").asLong(), item) != null) {
                problems.add(
                        ReportProblem.Kind.CONTRADICTION,
                        place(path + "[" + index + "].id"),
                        item.path("id").asText() + " a second time",
                        "an id of its own");
            }
            index++;
        }
        return found;
    }
}
