// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The parts of a c_info file, and what they say of each other. */
final class CInfoParts {
    private static final String NONE = "__NN__RETURN__";

    private final Problems problems;
    private final CInfoReader reader;

    CInfoParts(Problems problems, CInfoReader reader) {
        this.problems = problems;
        this.reader = reader;
    }

    CInfo info(String file, JsonNode root) {
        JsonNode core = com.fasterxml.jackson.databind.node.MissingNode.getInstance();
        String compiler = "";
        int index = 0;
        for (JsonNode tool : root.path("environment").path("tools")) {
            String name = tool.path("name").asText();
            if (name.equals("ST.EdgeAI.Core")) {
                core = tool;
            } else if (name.contains("ATONN")) {
                // 2.2 puts a long text behind the number.
                compiler = tool.path("version").asText().split(" ", 2)[0];
            }
            index++;
        }
        Optional<ToolVersion> version = ToolVersion.find(core.path("version").asText());
        if (version.isEmpty()) {
            problems.notUnderstood(
                    reader.place("environment.tools[].version"),
                    index == 0 ? "no tools" : core.path("version").toString(),
                    "MAJOR.MINOR.PATCH-BUILD HASH of ST.EdgeAI.Core");
        }
        JsonNode model = core.path("input_model").path("model_files").path(0);
        JsonNode generated = root.path("environment").path("generated_model");
        List<String> files = new ArrayList<>();
        generated
                .path("model_files")
                .forEach(entry -> files.add(entry.path("name").asText()));
        List<CInfo.Pool> pools = pools(root.path("memory_pools"));
        Optional<CInfo.Footprint> footprint = footprint(root.path("memory_footprint"));
        footprint.ifPresent(sizes -> compare(sizes, pools));
        JsonNode nodes = root.path("graphs").path(0).path("nodes");
        Optional<EpochGraph> epochs = epochs(root, nodes, compiler);
        references(root, nodes);
        return new CInfo(
                file,
                version,
                compiler,
                core.path("arguments").asText(),
                model.path("name").asText(),
                model.path("signature").asText(),
                generated.path("name").asText(),
                files,
                root.path("environment").path("device").asText(),
                footprint,
                pools,
                epochs,
                count(nodes, "graphs[0].nodes"),
                sum(nodes, "macc", "graphs[0].nodes[].macc"),
                sum(root.path("power_estimates"), "max_cycles", "power_estimates[].max_cycles"),
                count(root.path("ec_blobs_info"), "ec_blobs_info"),
                validation(root),
                problems.found());
    }

    /** The NPU flow names epochs; nodes of the CPU flow are layers. */
    private Optional<EpochGraph> epochs(JsonNode root, JsonNode nodes, String compiler) {
        if (!nodes.isArray() || nodes.isEmpty()) {
            return Optional.empty();
        }
        boolean named = nodes.path(0).path("name").asText().startsWith("epoch_");
        if (!named) {
            if (!compiler.isEmpty()) {
                problems.notUnderstood(
                        reader.place("graphs[0].nodes[0].name"),
                        nodes.path(0).path("name").toString(),
                        "epoch_0");
            }
            return Optional.empty();
        }
        int index = 0;
        for (JsonNode node : nodes) {
            String mapping = node.path("mapping").asText();
            switch (mapping) {
                case "NODE_HW", "NODE_SW", "NODE_SW_HW", "NODE_EC", "NODE_UNDEF", "NODE_NO_X" -> {}
                default ->
                    problems.notUnderstood(
                            reader.place("graphs[0].nodes[" + index + "].mapping"), mapping, "NODE_HW, NODE_SW, ...");
            }
            index++;
        }
        JsonNode last = nodes.path(nodes.size() - 1);
        boolean ends = false;
        for (JsonNode part : last.path("subgraph_nodes")) {
            ends |= part.path("name").asText().equals(NONE);
        }
        if (!ends) {
            problems.truncated(
                    reader.place("graphs[0].nodes"),
                    "a last epoch " + last.path("name").asText(),
                    "an end, " + NONE);
        }
        return Optional.of(EpochGraph.of(root));
    }

    /** Ids that the parts use must be there. */
    private void references(JsonNode root, JsonNode nodes) {
        if (!root.path("buffers").isArray()) {
            return;
        }
        Map<Long, JsonNode> buffers = reader.byId(root.path("buffers"), "buffers");
        Map<Long, JsonNode> pools = reader.byId(root.path("memory_pools"), "memory_pools");
        int index = 0;
        for (JsonNode node : nodes) {
            for (String side : List.of("inputs", "outputs")) {
                for (JsonNode id : node.path(side)) {
                    if (!buffers.containsKey(id.asLong())) {
                        problems.add(
                                ReportProblem.Kind.CONTRADICTION,
                                reader.place("graphs[0].nodes[" + index + "]." + side),
                                "buffer " + id,
                                "a buffer of the file");
                    }
                }
            }
            index++;
        }
        index = 0;
        for (JsonNode buffer : root.path("buffers")) {
            JsonNode pool = pools.get(buffer.path("mpool_id").asLong(-1));
            String place = "buffers[" + index + "]";
            if (pool == null) {
                problems.add(
                        ReportProblem.Kind.CONTRADICTION,
                        reader.place(place + ".mpool_id"),
                        buffer.path("mpool_id").toString(),
                        "a pool of the file");
            } else {
                fits(buffer, pool, place);
            }
            index++;
        }
    }

    private void fits(JsonNode buffer, JsonNode pool, String place) {
        Optional<Figure> offset = reader.number(buffer, "offset_start", place, "B");
        Optional<Figure> size = reader.number(buffer, "size_bytes", place, "B");
        long room = pool.path("size_bytes").asLong(-1);
        if (room >= 0
                && offset.isPresent()
                && size.isPresent()
                && offset.get().asLong() + size.get().asLong() > room) {
            problems.add(
                    ReportProblem.Kind.CONTRADICTION,
                    reader.place(place),
                    size.get() + " at " + offset.get().printed(),
                    "no more than the " + room + " B of " + pool.path("name").asText());
        }
    }

    private List<CInfo.Pool> pools(JsonNode list) {
        List<CInfo.Pool> pools = new ArrayList<>();
        int index = 0;
        for (JsonNode pool : list) {
            String path = "memory_pools[" + index + "]";
            Optional<Figure> size = reader.number(pool, "size_bytes", path, "B");
            Optional<Figure> used = reader.number(pool, "used_size_bytes", path, "B");
            String rights = pool.path("rights").asText();
            if (!rights.equals("ACC_WRITE") && !rights.equals("ACC_READ")) {
                problems.notUnderstood(reader.place(path + ".rights"), rights, "ACC_READ or ACC_WRITE");
            }
            List<String> parts = new ArrayList<>();
            pool.path("subpools").forEach(part -> parts.add(part.isTextual() ? part.asText() : part.toString()));
            if (size.isPresent() && used.isPresent()) {
                pools.add(new CInfo.Pool(
                        pool.path("name").asText(),
                        pool.path("fname").asText(),
                        pool.path("address").asText(),
                        size.get(),
                        used.get(),
                        rights.equals("ACC_WRITE"),
                        parts));
                boolean open = size.get().value().signum() < 0;
                if (!open && used.get().value().compareTo(size.get().value()) > 0) {
                    problems.add(
                            ReportProblem.Kind.CONTRADICTION,
                            used.get().place(),
                            used.get() + " of " + size.get(),
                            "no more than fits");
                }
            } else {
                problems.notUnderstood(reader.place(path), "a pool without a size", "size_bytes and used_size_bytes");
            }
            index++;
        }
        return pools;
    }

    private Optional<CInfo.Footprint> footprint(JsonNode node) {
        if (!node.isObject()) {
            return Optional.empty();
        }
        String path = "memory_footprint";
        Optional<Figure> weights = reader.number(node, "weights", path, "B");
        Optional<Figure> activations = reader.number(node, "activations", path, "B");
        JsonNode io = node.path("io");
        Optional<Figure> input = io.size() == 2 ? reader.number(io.path(0), path + ".io[0]", "B") : Optional.empty();
        Optional<Figure> output = io.size() == 2 ? reader.number(io.path(1), path + ".io[1]", "B") : Optional.empty();
        if (weights.isEmpty() || activations.isEmpty() || input.isEmpty() || output.isEmpty()) {
            problems.notUnderstood(
                    reader.place(path), node.toString(), "weights, activations, and io with two numbers");
            return Optional.empty();
        }
        return Optional.of(new CInfo.Footprint(
                weights.get(),
                activations.get(),
                input.get(),
                output.get(),
                reader.number(node, "kernel_flash", path, "B"),
                reader.number(node, "kernel_ram", path, "B"),
                node.path("series").asText()));
    }

    /** The footprint is the sum of the pools; those that span others repeat their bytes. */
    private void compare(CInfo.Footprint footprint, List<CInfo.Pool> pools) {
        if (pools.isEmpty()) {
            problems.truncated(reader.place("memory_pools"), "no memory pools", "the pools that the footprint sums up");
            return;
        }
        problems.expect(
                footprint.weightsBytes(), used(pools, false), BigDecimal.ZERO, "the used bytes of the pools to read");
        problems.expect(
                footprint.activationsBytes(),
                used(pools, true),
                BigDecimal.ZERO,
                "the used bytes of the pools to write");
    }

    private static BigDecimal used(List<CInfo.Pool> pools, boolean writable) {
        return pools.stream()
                .filter(pool -> pool.writable() == writable && pool.parts().isEmpty())
                .map(pool -> pool.usedBytes().value())
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private Optional<CInfo.Validation> validation(JsonNode root) {
        JsonNode times = root.path("aton_execution_time");
        JsonNode metrics = root.path("validation").path("val_metrics");
        if (!times.isArray() && !metrics.isArray()) {
            return Optional.empty();
        }
        List<CInfo.DeviceTime> read = new ArrayList<>();
        int index = 0;
        for (JsonNode time : times) {
            String path = "aton_execution_time[" + index + "]";
            Optional<Figure> millis = reader.number(time, "duration_ms", path, "ms");
            List<Figure> cycles = new ArrayList<>();
            time.path("counters")
                    .forEach(node -> reader.number(node, path + ".counters", "").ifPresent(cycles::add));
            Optional<Figure> all = reader.number(time, "cycles", path, "");
            if (millis.isEmpty() || cycles.size() != 3) {
                problems.notUnderstood(reader.place(path), time.toString(), "duration_ms and three counters");
            } else {
                all.ifPresent(total -> problems.expect(
                        total,
                        cycles.stream().map(Figure::value).reduce(BigDecimal.ZERO, BigDecimal::add),
                        BigDecimal.valueOf(2),
                        "the sum of the counters"));
                read.add(new CInfo.DeviceTime(
                        millis.get(), new DeviceProfile.Cycles(cycles.get(0), cycles.get(1), cycles.get(2))));
            }
            index++;
        }
        List<Accuracy> accuracy = new ArrayList<>();
        for (int row = 0; row < metrics.size(); row++) {
            accuracy.add(reader.accuracy(metrics.path(row), "validation.val_metrics[" + row + "]"));
        }
        return Optional.of(new CInfo.Validation(read, accuracy));
    }

    private Optional<Figure> count(JsonNode list, String path) {
        return list.isArray() ? Figure.of(Integer.toString(list.size()), "", reader.place(path)) : Optional.empty();
    }

    private Optional<Figure> sum(JsonNode list, String key, String path) {
        if (!list.isArray()) {
            return Optional.empty();
        }
        BigDecimal total = BigDecimal.ZERO;
        for (JsonNode item : list) {
            Optional<Figure> part = reader.number(item, key, path, "");
            total = total.add(part.map(Figure::value).orElse(BigDecimal.ZERO));
        }
        return Optional.of(new Figure(total, "", total.toPlainString(), BigDecimal.ONE, reader.place(path)));
    }
}
