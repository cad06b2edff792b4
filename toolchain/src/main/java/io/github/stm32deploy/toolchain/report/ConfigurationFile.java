// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a user has written down about the machine: {@code stm32-deploy/config.yaml} in the folder for configurations.
 *
 * @param port of any board, a name or {@code serial:} and a serial number; null where it is not stated
 * @param ports by board, before {@code port}
 */
public record ConfigurationFile(String port, Map<String, String> ports) {
    private static final ObjectMapper MAPPER = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public ConfigurationFile {
        ports = ports == null ? Map.of() : new TreeMap<>(ports);
    }

    /** A configuration that says nothing. */
    public static ConfigurationFile none() {
        return new ConfigurationFile(null, Map.of());
    }

    /** The port of a board, where one is stated. */
    public Optional<String> portOf(Optional<String> board) {
        return board.map(ports::get).or(() -> Optional.ofNullable(port));
    }

    /**
     * Reads it; a file that is not there says nothing.
     *
     * @throws IOException with one line that says where it is no such file
     */
    public static ConfigurationFile read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return none();
        }
        try {
            JsonNode content = MAPPER.readTree(file.toFile());
            return content == null || content.isMissingNode() || content.isNull()
                    ? none()
                    : MAPPER.treeToValue(content, ConfigurationFile.class);
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            throw new IOException(
                    where + e.getOriginalMessage().lines().findFirst().orElse(""), e);
        }
    }
}
