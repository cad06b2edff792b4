// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.firmware.render.TemplateRenderer;
import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** View model of network.c and network.h: names, numbers and escaping are settled here, templates only place them. */
final class NetworkSource {
    private static final String NO_ARRAY = "N6_NO_ARRAY";
    private static final int MAX_RANK = 4;

    private final TemplateRenderer renderer = new TemplateRenderer();

    record Network(
            GenerateOptions options,
            List<CpuNetwork.Edge> inputs,
            List<CpuNetwork.Edge> outputs,
            List<PlacedStep> steps,
            long arenaBytes,
            long weightsBytes) {}

    /** A step with its offsets as C text. */
    record PlacedStep(
            Step step,
            List<Long> inputs,
            long output,
            long scratch,
            String weights,
            String bias,
            String scale,
            String table,
            List<String> partTables) {

        static PlacedStep of(Step step, MemoryLayout memory, int index, WeightsImage image) {
            List<String> partTables = new ArrayList<>();
            if (step instanceof MovementStep.Concat concat) {
                for (MovementStep.Concat.Part part : concat.parts()) {
                    partTables.add(part.table() == null ? NO_ARRAY : Long.toString(image.add(part.table())));
                }
            }
            return new PlacedStep(
                    step,
                    step.inputs().stream().map(memory::offset).toList(),
                    memory.offset(step.output()),
                    memory.scratchOffset(index),
                    step.weights() == null ? NO_ARRAY : Long.toString(image.add(step.weights())),
                    step.bias() == null ? NO_ARRAY : Long.toString(image.add(step.bias())),
                    step.scale() == null ? NO_ARRAY : Long.toString(image.add(step.scale())),
                    step.table() == null ? NO_ARRAY : Long.toString(image.add(step.table())),
                    partTables);
        }
    }

    String render(String template, Network network) {
        Map<String, Object> values = new LinkedHashMap<>();
        GenerateOptions options = network.options;
        values.put("toolVersion", options.toolVersion());
        values.put("modelSha256", options.modelSha256());
        values.put("name", literal(options.name()));
        values.put("identifier", options.identifier());
        values.put("macro", options.identifier().toUpperCase(Locale.ROOT));
        values.put("digest", bytes(options.modelDigest()));
        values.put("arenaBytes", Long.toString(network.arenaBytes));
        values.put("weightsBytes", Long.toString(network.weightsBytes));
        values.put("inputs", network.inputs.stream().map(NetworkSource::edge).toList());
        values.put("outputs", network.outputs.stream().map(NetworkSource::edge).toList());
        List<Map<String, Object>> layers = new ArrayList<>();
        for (int index = 0; index < network.steps.size(); index++) {
            layers.add(layer(index, network.steps.get(index)));
        }
        values.put("layers", layers);
        return renderer.render(TemplateRenderer.FIRMWARE_TEMPLATES + template, values);
    }

    private static Map<String, Object> edge(CpuNetwork.Edge edge) {
        Map<String, Object> row = new LinkedHashMap<>();
        long[] shape = edge.shape().toArray();
        if (shape.length > MAX_RANK) {
            // Leading axes of size 1 carry nothing; more than four real axes are told as one.
            shape = new long[] {edge.bytes()};
        }
        row.put("name", literal(edge.name()));
        row.put("type", edge.element() == ElementType.UINT8 ? "N6_UINT8" : "N6_INT8");
        row.put("scale", CStructure.literal(edge.scale()));
        row.put("zeroPoint", Integer.toString(edge.zeroPoint()));
        row.put("rank", Integer.toString(shape.length));
        row.put(
                "shape",
                shape.length == 0
                        ? "{1}"
                        : LongStream.of(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "{", "}")));
        row.put("offset", Long.toString(edge.arenaOffset()));
        row.put("bytes", Long.toString(edge.bytes()));
        return row;
    }

    private static Map<String, Object> layer(int index, PlacedStep placed) {
        Step step = placed.step;
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("index", Integer.toString(index));
        row.put("name", literal(step.identity().name()));
        row.put("comment", comment(step.identity().operator() + ", " + step.kernel()));
        row.put("run", step.adapter());
        row.put("parts", List.of());
        if (step instanceof MovementStep.Concat concat) {
            List<Map<String, Object>> parts = new ArrayList<>();
            for (int part = 0; part < concat.parts().size(); part++) {
                MovementStep.Concat.Part piece = concat.parts().get(part);
                parts.add(Map.of(
                        "inStride", Long.toString(piece.block()),
                        "outOffset", Long.toString(piece.outOffset()),
                        "block", Long.toString(piece.block()),
                        "table", placed.partTables.get(part)));
            }
            row.put("parts", parts);
            row.put("structure", "n6_concat_t");
            row.put(
                    "fields",
                    ".parts = parts_" + index + ", .outer = " + concat.outer() + ", .out_stride = "
                            + concat.outStride());
        } else {
            CStructure parameters = step.parameters();
            row.put("structure", parameters.type());
            row.put(
                    "fields",
                    parameters.fields().stream()
                            .map(field -> "." + field.name() + " = " + field.value())
                            .collect(Collectors.joining(", ")));
        }
        row.put(
                "inputs",
                placed.inputs.stream().map(offset -> Long.toString(offset)).collect(Collectors.joining(", ")));
        row.put("inputCount", Integer.toString(placed.inputs.size()));
        row.put("output", Long.toString(placed.output));
        row.put("outputBytes", Long.toString(step.output().bytes()));
        row.put("scratch", Long.toString(placed.scratch));
        row.put("scratchBytes", Long.toString(step.scratchBytes()));
        row.put("weights", placed.weights);
        row.put("bias", placed.bias);
        row.put("scale", placed.scale);
        row.put("table", placed.table);
        row.put("macc", Long.toString(Math.min(step.macc(), 0xFFFFFFFFL)));
        return row;
    }

    private static String bytes(byte[] values) {
        StringBuilder text = new StringBuilder();
        for (byte value : values) {
            text.append(text.length() == 0 ? "" : ", ")
                    .append("0x")
                    .append(HexFormat.of().toHexDigits(value));
        }
        return text.toString();
    }

    private static String comment(String text) {
        return text.replaceAll("[^A-Za-z0-9_ ,.]", "_");
    }

    /** A C string literal; anything but printable ASCII as octal escapes of its UTF-8 bytes. */
    static String literal(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (byte raw : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            int value = raw & 0xFF;
            if (value == '"' || value == '\\') {
                literal.append('\\').append((char) value);
            } else if (value == '?' || value < 0x20 || value > 0x7E) {
                // '?' too, so that no trigraph can arise.
                literal.append(String.format(Locale.ROOT, "\\%03o", value));
            } else {
                literal.append((char) value);
            }
        }
        return literal.append('"').toString();
    }
}
