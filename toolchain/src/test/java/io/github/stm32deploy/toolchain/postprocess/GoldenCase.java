// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One golden vector file, schema {@code fd-golden-1}. */
record GoldenCase(
        String id,
        String family,
        String kind,
        JsonNode params,
        Map<String, OutputTensor> inputs,
        JsonNode expected,
        JsonNode compare) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static GoldenCase read(Path file) throws IOException {
        JsonNode root = JSON.readTree(Files.readAllBytes(file));
        Map<String, OutputTensor> inputs = new LinkedHashMap<>();
        for (JsonNode input : root.path("inputs")) {
            inputs.put(input.path("name").asText(), tensor(input));
        }
        return new GoldenCase(
                root.path("id").asText(),
                root.path("family").asText(),
                root.path("kind").asText(),
                root.path("params"),
                inputs,
                root.path("expected"),
                root.path("compare"));
    }

    List<OutputTensor> outputs() {
        return new ArrayList<>(inputs.values());
    }

    int outputIndex(String name) {
        int index = new ArrayList<>(inputs.keySet()).indexOf(name);
        if (index < 0) {
            throw new IllegalStateException(id + " has no input " + name);
        }
        return index;
    }

    float number(String param, float otherwise) {
        return params.has(param) ? number(params.get(param)) : otherwise;
    }

    /** Numbers; "nan", "inf" and "-inf" as text. */
    static float number(JsonNode node) {
        if (node.isTextual()) {
            return switch (node.asText()) {
                case "nan" -> Float.NaN;
                case "inf" -> Float.POSITIVE_INFINITY;
                case "-inf" -> Float.NEGATIVE_INFINITY;
                default -> throw new IllegalStateException("number " + node);
            };
        }
        // The shortest decimal that rounds to the binary32 value: parse as such, not through binary64.
        return Float.parseFloat(node.asText());
    }

    private static OutputTensor tensor(JsonNode node) {
        List<Long> sizes = new ArrayList<>();
        node.path("shape").forEach(size -> sizes.add(size.asLong()));
        Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
        float[] values = new float[Math.toIntExact(shape.elements())];
        if (node.has("data")) {
            int i = 0;
            for (JsonNode value : node.path("data")) {
                values[i++] = number(value);
            }
        } else {
            Arrays.fill(values, number(node.path("fill")));
            for (JsonNode run : node.path("runs")) {
                int at = run.get(0).asInt();
                for (JsonNode value : run.get(1)) {
                    values[at++] = number(value);
                }
            }
        }
        ElementType element = ElementType.valueOf(node.path("dtype").asText().toUpperCase(Locale.ROOT));
        JsonNode quant = node.path("quant");
        return new OutputTensor(
                stored(element, shape, values),
                quant.isObject() ? number(quant.get("scale")) : 1.0f,
                quant.isObject() ? quant.get("zero_point").asInt() : 0);
    }

    static TensorData stored(ElementType element, Shape shape, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(element.bytesFor(values.length)))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (element) {
                case FLOAT32 -> bytes.putFloat(value);
                case INT32 -> bytes.putInt((int) value);
                case INT8, UINT8 -> bytes.put((byte) (int) value);
                default -> throw new IllegalStateException("element " + element);
            }
        }
        return TensorData.of(new TensorType(element, shape), bytes.flip());
    }
}
