// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers of published c_info files, laid anew: every pool must end where the compiler's own placement ends. */
class NpuPlacementAgainstReportsTest {
    private static final Npu DISCOVERY = Boards.byId("stm32n6570-dk").npu().orElseThrow();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v2.1.0-generate-facerec-swheavy/face_recognition_c_info.json.gz",
                "v2.2.0-generate-yolo-float32-hyperram/yolo_deer_best.onnx_c_info.json.gz",
                "v3.0.0-generate-mobilenetv2/network_c_info.json.gz"
            })
    void every_pool_is_used_as_far_as_the_compiler_uses_it(String name) throws IOException {
        Path file = SharedFiles.folder("fixtures/stedgeai").resolve(name);
        assumeTrue(Files.exists(file), "../shared/fixtures/stedgeai is not on this machine");
        JsonNode report = read(file);
        PoolSpace onChip = new PoolSpace(pools(Npu.PoolKind.ON_CHIP));
        PoolSpace external = new PoolSpace(pools(Npu.PoolKind.EXTERNAL_RAM));

        NpuMemoryPlanner.place(buffers(report), onChip, external);

        Map<String, Long> placed = new TreeMap<>();
        for (Npu.Pool pool : DISCOVERY.pools()) {
            placed.put(pool.name(), onChip.used(pool) + external.used(pool));
        }
        assertThat(placed).isEqualTo(used(report));
    }

    private static List<Npu.Pool> pools(Npu.PoolKind kind) {
        return DISCOVERY.pools().stream()
                .filter(pool -> pool.kind() == kind && pool.sizeBytes() > 0)
                .toList();
    }

    private static Map<String, Long> used(JsonNode report) {
        Map<String, Long> used = new TreeMap<>();
        for (JsonNode pool : report.get("memory_pools")) {
            if (pool.get("subpools").isEmpty()) {
                boolean flash = pool.get("rights").asText().equals("ACC_READ");
                used.put(
                        pool.get("name").asText(),
                        flash ? 0 : pool.get("used_size_bytes").asLong());
            }
        }
        return used;
    }

    /** Activations; several names of one place at one time are one buffer. */
    private static List<PlacedBuffer> buffers(JsonNode report) {
        Map<Integer, String> rights = new HashMap<>();
        report.get("memory_pools")
                .forEach(pool ->
                        rights.put(pool.get("id").asInt(), pool.get("rights").asText()));
        Map<String, List<int[]>> lives = new LinkedHashMap<>();
        Map<String, Long> sizes = new HashMap<>();
        for (JsonNode buffer : report.get("buffers")) {
            boolean activation = !buffer.get("is_param").asBoolean()
                    && "ACC_WRITE".equals(rights.get(buffer.get("mpool_id").asInt()));
            if (activation && buffer.get("size_bytes").asLong() > 0) {
                String place = buffer.get("mpool_id").asText() + ":"
                        + buffer.get("offset_start").asText() + ":"
                        + buffer.get("size_bytes").asText();
                sizes.put(place, buffer.get("size_bytes").asLong());
                lives.computeIfAbsent(place, key -> new ArrayList<>()).add(new int[] {
                    buffer.get("epochs").get("start").asInt(),
                    buffer.get("epochs").get("end").asInt()
                });
            }
        }
        List<PlacedBuffer> buffers = new ArrayList<>();
        lives.forEach((place, times) -> {
            times.sort((left, right) -> left[0] - right[0]);
            int[] current = times.get(0);
            for (int[] next : times.subList(1, times.size())) {
                if (next[0] < current[1]) {
                    current[1] = Math.max(current[1], next[1]);
                } else {
                    buffers.add(new PlacedBuffer(place, sizes.get(place), current[0], current[1]));
                    current = next;
                }
            }
            buffers.add(new PlacedBuffer(place, sizes.get(place), current[0], current[1]));
        });
        return buffers;
    }

    private static JsonNode read(Path file) throws IOException {
        try (InputStream stream = new GZIPInputStream(Files.newInputStream(file))) {
            return new ObjectMapper().readTree(stream);
        }
    }
}
