// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Path;

/** Checks what the command line wrote against the published schema. */
final class Schemas {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final Path REPORT = Path.of("..", "docs", "reference", "report.schema.json");

    private static final Path VALIDATION = Path.of("..", "docs", "reference", "st-measurement.schema.json");

    private static final Path TABLE = Path.of("..", "docs", "reference", "table.schema.json");

    private static final Path PLAN = Path.of("..", "docs", "reference", "deploy-plan.schema.json");

    private static final Path ST_REPORT = Path.of("..", "docs", "reference", "st-report.schema.json");

    private Schemas() {}

    /** Parses one JSON document with nothing before or after it. */
    static JsonNode parse(byte[] json) throws IOException {
        return MAPPER.readTree(json);
    }

    static JsonNode report(byte[] json) throws IOException {
        JsonNode report = parse(json);
        assertValid(MAPPER.readTree(REPORT.toFile()), report);
        return report;
    }

    static JsonNode table(byte[] json) throws IOException {
        JsonNode table = parse(json);
        assertValid(MAPPER.readTree(TABLE.toFile()), table);
        return table;
    }

    static JsonNode stReport(byte[] json) throws IOException {
        JsonNode report = parse(json);
        assertValid(MAPPER.readTree(ST_REPORT.toFile()), report);
        return report;
    }

    static JsonNode plan(byte[] json) throws IOException {
        JsonNode plan = parse(json);
        assertValid(MAPPER.readTree(PLAN.toFile()), plan);
        return plan;
    }

    /** What measure writes of ST's validation firmware; its measurement is the section of report.json. */
    static JsonNode validation(byte[] json) throws IOException {
        JsonNode file = parse(json);
        ObjectNode schema = (ObjectNode) MAPPER.readTree(VALIDATION.toFile());
        JsonNode report = MAPPER.readTree(REPORT.toFile());
        ObjectNode section =
                (ObjectNode) report.path("properties").path("measurement").deepCopy();
        section.set("required", schema.path("properties").path("measurement").path("required"));
        ObjectNode device = (ObjectNode) section.path("properties").path("device");
        device.set(
                "required",
                schema.path("properties")
                        .path("measurement")
                        .path("properties")
                        .path("device")
                        .path("required"));
        ((ObjectNode) schema.path("properties")).set("measurement", section);
        schema.set("$defs", report.path("$defs"));
        assertValid(schema, file);
        return file;
    }

    /** detections.json has no schema of its own: its content is a section of report.json. */
    static JsonNode detections(byte[] json) throws IOException {
        JsonNode file = parse(json);
        assertThat(file.path("schema").asText()).isEqualTo("stm32-deploy/detections/1");
        JsonNode report = MAPPER.readTree(REPORT.toFile());
        ObjectNode section =
                (ObjectNode) report.path("properties").path("detections").deepCopy();
        section.set("$defs", report.path("$defs"));
        section.set("$schema", JsonNodeFactory.instance.textNode("https://json-schema.org/draft/2020-12/schema"));
        assertValid(section, file.path("detections"));
        return file;
    }

    private static void assertValid(JsonNode schema, JsonNode document) {
        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(schema)
                        .validate(document))
                .isEmpty();
    }
}
