// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.stedgeai.run.CoreVersion;
import io.github.stm32deploy.stedgeai.run.StEdgeAiRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two files are strict JSON in ASCII with what ST's own files say. */
class CompilerProfileTest {
    private static final CoreVersion V2_2 = new CoreVersion(2, 2, 0, "20266", "");
    private static final CoreVersion V4_0 = new CoreVersion(4, 0, 1, "20581", "");

    private static final List<MemoryPool> POOLS = List.of(
            new MemoryPool(MemoryPool.Kind.NPU_RAM_3, 0x34200000L, 448 << 10),
            new MemoryPool(MemoryPool.Kind.OCTO_FLASH, 0x71000000L, 112L << 20),
            new MemoryPool(MemoryPool.Kind.HYPER_RAM, 0x90000000L, 32L << 20).withheld());

    @TempDir
    private Path folder;

    @Test
    void profile_names_the_pool_file_absolutely() throws Exception {
        StEdgeAiRequest.Profile profile = new CompilerProfile(POOLS, true).write(folder, V4_0);

        assertThat(profile.name()).isEqualTo("deploy");
        JsonNode written = new ObjectMapper().readTree(profile.file().toFile()).at("/Profiles/" + profile.name());
        assertThat(Path.of(written.get("memory_pool").asText())).isAbsolute().exists();
        assertThat(written.get("options").asText())
                .contains("--enable-epoch-controller", "--native-float", "--Oauto-sched")
                .doesNotContain("--mvei");
    }

    @Test
    void options_follow_the_release() {
        CompilerProfile profile = new CompilerProfile(POOLS, false);

        assertThat(profile.options(V2_2)).contains("--mvei").doesNotContain("--enable-epoch-controller");
        assertThat(profile.options(V4_0)).doesNotContain("--mvei");
    }

    @Test
    void pools_have_the_fields_of_the_files_that_st_ships() throws Exception {
        new CompilerProfile(POOLS, false).write(folder, V4_0);
        byte[] bytes = Files.readAllBytes(folder.resolve("pools.mpool"));

        for (byte one : bytes) {
            assertThat(one).isBetween((byte) '\n', (byte) '~');
        }
        JsonNode pools = new ObjectMapper().readTree(bytes).at("/memory/mempools");
        assertThat(pools).hasSize(3);
        assertThat(pools.get(1).at("/offset/value").asText()).isEqualTo("0x71000000");
        assertThat(pools.get(1).at("/size/value").asText()).isEqualTo("117440512");
        assertThat(pools.get(1).at("/prop/rights").asText()).isEqualTo("ACC_READ");
        assertThat(pools.get(2).at("/size/value").asText()).isEqualTo("0");
    }

    @Test
    void every_pool_is_described_as_in_a_pool_file_of_st() throws Exception {
        Path shared = Path.of(System.getenv().getOrDefault("STM32_DEPLOY_SHARED", "../../shared"));
        Path file = shared.resolve("fixtures/stedgeai/profiles-mpools/st_od_v4_app2_DK.mpool");
        Assumptions.assumeTrue(Files.exists(file), "recorded files are not here");
        ObjectMapper json = new ObjectMapper();
        new CompilerProfile(
                        List.of(MemoryPool.Kind.values()).stream()
                                .map(kind -> new MemoryPool(kind, 0, 0))
                                .toList(),
                        false)
                .write(folder, V4_0);

        JsonNode ours = json.readTree(folder.resolve("pools.mpool").toFile());
        JsonNode theirs = json.readTree(file.toFile());

        assertThat(ours.get("params")).isEqualTo(theirs.get("params"));
        assertThat(ours.at("/memory/cacheinfo")).isEqualTo(theirs.at("/memory/cacheinfo"));
        assertThat(ours.at("/memory/mempools")).hasSameSizeAs(theirs.at("/memory/mempools"));
        for (int i = 0; i < theirs.at("/memory/mempools").size(); i++) {
            JsonNode pool = theirs.at("/memory/mempools/" + i);
            JsonNode same = ours.at("/memory/mempools/" + i);
            for (String field : List.of("fname", "name", "fformat", "prop")) {
                assertThat(same.get(field)).isEqualTo(pool.get(field));
            }
        }
    }

    @Test
    void a_path_that_is_not_ascii_is_refused_before_the_compiler_sees_it() throws Exception {
        Path other = Files.createDirectories(folder.resolve("gr\u00fcn"));

        assertThatThrownBy(() -> new CompilerProfile(POOLS, false).write(other, V4_0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ASCII");
    }
}
