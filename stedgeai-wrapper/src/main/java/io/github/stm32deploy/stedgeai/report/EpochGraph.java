// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The graph of epochs in a c_info file (json_schema_version 2.0) of the NPU flow.
 *
 * @param version of ST Edge AI Core, {@code 3.0.0}; "" where the file does not say it
 * @param epochs in order, begin and end of the network left out
 */
public record EpochGraph(String version, List<Epoch> epochs) {
    public EpochGraph {
        epochs = List.copyOf(epochs);
    }

    /**
     * @param name {@code epoch_12}
     * @param parts what it computes, parameters left out
     * @param reads activations that it streams in, each once
     * @param writes activations that it streams out, each once
     */
    public record Epoch(String name, EpochKind kind, List<Part> parts, List<Buffer> reads, List<Buffer> writes) {
        public Epoch {
            parts = List.copyOf(parts);
            reads = List.copyOf(reads);
            writes = List.copyOf(writes);
        }

        /** False for a change of layout in name only: it streams nothing and does not run on the device. */
        public boolean streams() {
            return !reads.isEmpty() || !writes.isEmpty();
        }
    }

    /**
     * @param name {@code Conv2D_11_mul_scale_3}: layer, number in the imported graph, and what of it
     * @param kind ONNX operator ({@code Conv})
     */
    public record Part(String name, String kind) {}

    /** @param shape batch first, as the file has it */
    public record Buffer(String name, List<Long> shape, long bytes) {
        public Buffer {
            shape = List.copyOf(shape);
        }

        public long elements() {
            return shape.stream().reduce(1L, (a, b) -> a * b);
        }
    }

    /**
     * Reads a c_info file.
     *
     * @throws IOException where the bytes are no JSON
     * @throws IllegalArgumentException where they are no c_info file of the NPU flow; the message says what is missing
     */
    public static EpochGraph read(InputStream json) throws IOException {
        return of(new ObjectMapper().readTree(json));
    }

    static EpochGraph of(JsonNode root) {
        JsonNode nodes = root.path("graphs").path(0).path("nodes");
        if (!nodes.isArray()) {
            throw new IllegalArgumentException("no graphs[0].nodes in the file");
        }
        Map<Long, JsonNode> buffers = new HashMap<>();
        root.path("buffers").forEach(buffer -> buffers.put(buffer.path("id").asLong(), buffer));
        List<Epoch> epochs = new ArrayList<>();
        for (JsonNode node : nodes) {
            List<Part> parts = parts(node);
            boolean end = node.path("name").asText().equals("epoch_0")
                    || parts.stream().anyMatch(part -> part.kind().equals("Return"));
            if (!end) {
                epochs.add(new Epoch(
                        node.path("name").asText(),
                        kind(node.path("mapping").asText()),
                        parts,
                        activations(node.path("inputs"), buffers),
                        activations(node.path("outputs"), buffers)));
            }
        }
        return new EpochGraph(version(root), epochs);
    }

    private static String version(JsonNode root) {
        for (JsonNode tool : root.path("environment").path("tools")) {
            if (tool.path("name").asText().equals("ST.EdgeAI.Core")) {
                String text = tool.path("version").asText();
                int end = text.indexOf('-');
                return end < 0 ? text : text.substring(0, end);
            }
        }
        return "";
    }

    private static List<Part> parts(JsonNode epoch) {
        List<Part> parts = new ArrayList<>();
        for (JsonNode part : epoch.path("subgraph_nodes")) {
            // The kind stood in the description up to 2.2 and has a field of its own since 3.0.
            String kind = part.path("type").asText();
            if (kind.isEmpty()) {
                kind = part.path("description").asText().replace("Node kind=", "");
            }
            if (!kind.equals("Param")) {
                parts.add(new Part(part.path("name").asText(), kind));
            }
        }
        return parts;
    }

    private static List<Buffer> activations(JsonNode ids, Map<Long, JsonNode> buffers) {
        List<Buffer> found = new ArrayList<>();
        for (JsonNode id : ids) {
            JsonNode buffer = buffers.get(id.asLong());
            if (buffer == null || buffer.path("is_param").asBoolean()) {
                continue;
            }
            String name = buffer.path("name").asText();
            if (found.stream().anyMatch(known -> known.name().equals(name))) {
                continue;
            }
            List<Long> shape = new ArrayList<>();
            buffer.path("shape").forEach(size -> shape.add(size.asLong()));
            found.add(new Buffer(name, shape, buffer.path("size_bytes").asLong()));
        }
        return found;
    }

    private static EpochKind kind(String mapping) {
        return switch (mapping) {
            case "NODE_HW" -> EpochKind.HARDWARE;
            case "NODE_EC" -> EpochKind.CONTROLLER;
            case "NODE_SW" -> EpochKind.SOFTWARE;
            case "NODE_SW_HW" -> EpochKind.HYBRID;
            default -> EpochKind.NONE;
        };
    }
}
