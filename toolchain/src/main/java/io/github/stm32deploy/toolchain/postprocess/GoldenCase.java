// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One golden vector file, schema {@code fd-golden-1}: inputs of a decoder and what it has to find in them. */
public record GoldenCase(
        String id,
        String family,
        String kind,
        GoldenNode params,
        Map<String, OutputTensor> inputs,
        GoldenNode expected,
        GoldenNode compare) {
    public static final String SCHEMA = "fd-golden-1";

    /**
     * Reads the content of a file.
     *
     * @throws IllegalArgumentException where it is not of this schema, or a tensor does not hold what its shape says
     */
    public static GoldenCase of(GoldenNode root) {
        if (!root.path("schema").asText().equals(SCHEMA)) {
            throw new IllegalArgumentException("schema \"" + root.path("schema").asText() + "\", not " + SCHEMA);
        }
        Map<String, OutputTensor> inputs = new LinkedHashMap<>();
        for (GoldenNode input : root.path("inputs")) {
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

    /** Place of an input, -1 where there is none of that name. */
    int find(String name) {
        return new ArrayList<>(inputs.keySet()).indexOf(name);
    }

    int outputIndex(String name) {
        int index = find(name);
        if (index < 0) {
            throw new IllegalArgumentException(id + " has no input " + name);
        }
        return index;
    }

    float number(String param, float otherwise) {
        return params.has(param) ? params.path(param).asFloat() : otherwise;
    }

    private static OutputTensor tensor(GoldenNode node) {
        List<Long> sizes = new ArrayList<>();
        node.path("shape").forEach(size -> sizes.add((long) size.asInt()));
        Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
        float[] values = new float[Math.toIntExact(shape.elements())];
        if (node.has("data")) {
            if (node.path("data").size() != values.length) {
                throw new IllegalArgumentException("tensor " + node.path("name") + " " + shape + " has "
                        + node.path("data").size() + " values");
            }
            int i = 0;
            for (GoldenNode value : node.path("data")) {
                values[i++] = value.asFloat();
            }
        } else {
            Arrays.fill(values, node.path("fill").asFloat());
            for (GoldenNode run : node.path("runs")) {
                int at = run.get(0).asInt();
                if (at < 0 || at + run.get(1).size() > values.length) {
                    throw new IllegalArgumentException(
                            "tensor " + node.path("name") + " " + shape + ": a run at " + at + " leaves it");
                }
                for (GoldenNode value : run.get(1)) {
                    values[at++] = value.asFloat();
                }
            }
        }
        GoldenNode quant = node.path("quant");
        return new OutputTensor(
                stored(element(node.path("dtype").asText()), shape, values),
                quant.isObject() ? quant.path("scale").asFloat() : 1.0f,
                quant.isObject() ? quant.path("zero_point").asInt() : 0);
    }

    private static ElementType element(String name) {
        return switch (name) {
            case "float32", "int32", "int16", "int8", "uint8" -> ElementType.valueOf(name.toUpperCase(Locale.ROOT));
            default -> throw new IllegalArgumentException("dtype " + name);
        };
    }

    static TensorData stored(ElementType element, Shape shape, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(element.bytesFor(values.length)))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (element) {
                case FLOAT32 -> bytes.putFloat(value);
                case INT32 -> bytes.putInt((int) value);
                case INT16 -> bytes.putShort((short) value);
                case INT8, UINT8 -> bytes.put((byte) (int) value);
                default -> throw new IllegalStateException("element " + element);
            }
        }
        return TensorData.of(new TensorType(element, shape), bytes.flip());
    }
}
