// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.profile;

import io.github.stm32deploy.stedgeai.run.CoreVersion;
import io.github.stm32deploy.stedgeai.run.StEdgeAiRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the NPU compiler is told: options, and the memory that it may use. Written as the two files that
 * {@code --st-neural-art NAME@FILE} takes.
 *
 * <p>Both are strict JSON in ASCII: a comment, a byte order mark or another character makes the compiler refuse the pools,
 * and what it then prints ("bytes left unallocated") means nothing. Paths are absolute: which folder a relative one refers to is not
 * documented.
 *
 * @param pools in ascending order of addresses
 * @param epochController true joins epochs into blobs that the NPU starts by itself: faster, without times of single epochs
 */
public record CompilerProfile(List<MemoryPool> pools, boolean epochController) {
    /** Name of the profile in its file. */
    public static final String NAME = "deploy";

    public CompilerProfile {
        pools = List.copyOf(pools);
    }

    /**
     * Options as ST's own application projects give them: {@code --mvei} up to 2.2, a scheduler chosen by the compiler from 2.1 on
     * (ST Edge AI Core 2.1.0, "stneuralart_neural_art_compiler"; STM32N6-GettingStarted projects of 2.1 and 4.0).
     */
    public List<String> options(CoreVersion version) {
        List<String> options = new ArrayList<>(List.of("--optimization", "3", "--all-buffers-info"));
        if (!version.atLeast(3, 0)) {
            options.add("--mvei");
        }
        options.add("--cache-maintenance");
        options.add(version.atLeast(2, 1) ? "--Oauto-sched" : "--Oalt-sched");
        options.addAll(
                List.of("--native-float", "--enable-virtual-mem-pools", "--Omax-ca-pipe", "4", "--Ocache-opt", "--Os"));
        if (epochController) {
            options.add("--enable-epoch-controller");
        }
        return options;
    }

    /** Writes {@code profile.json} and {@code pools.mpool} into a folder and says how they are named to the tool. */
    public StEdgeAiRequest.Profile write(Path folder, CoreVersion version) throws IOException {
        Path pools = folder.resolve("pools.mpool").toAbsolutePath();
        Path profile = folder.resolve("profile.json").toAbsolutePath();
        Files.write(pools, ascii(poolFile()));
        Files.write(profile, ascii(profileFile(pools, version)));
        return new StEdgeAiRequest.Profile(NAME, profile);
    }

    String profileFile(Path poolFile, CoreVersion version) {
        return "{\n  \"Globals\": {},\n  \"Profiles\": {\n    \"" + NAME + "\": {\n      \"memory_pool\": \""
                // ST's files have forward slashes on Windows, too.
                + poolFile.toString().replace('\\', '/') + "\",\n      \"options\": \""
                + String.join(" ", options(version)) + "\"\n    }\n  }\n}\n";
    }

    String poolFile() {
        return """
                {
                  "params": {
                    "param": [
                      { "paramname": "max_onchip_sram_size", "value": "1024", "magnitude": "KBYTES" }
                    ]
                  },
                  "memory": {
                    "cacheinfo": [
                      {
                        "nlines": 512,
                        "linesize": 64,
                        "associativity": 8,
                        "bypass_enable": 1,
                        "prop": { "rights": "ACC_WRITE", "throughput": "MID", "latency": "MID", "byteWidth": 8, "freqRatio": 2.50, "read_power": 13.584, "write_power": 12.645 }
                      }
                    ],
                    "mem_file_prefix": "atonbuf",
                    "mempools": [
                """ + pools.stream().map(CompilerProfile::entry).collect(Collectors.joining(",\n")) + """

                    ]
                  }
                }
                """;
    }

    private static String entry(MemoryPool pool) {
        return "      {\n        \"fname\": \"" + pool.kind().fileSuffix() + "\",\n        \"name\": \"" + pool.name()
                + "\",\n        \"fformat\": \"FORMAT_RAW\",\n        \"prop\": "
                + pool.kind().properties() + ",\n        \"offset\": { \"value\": \"0x"
                + Long.toHexString(pool.start()) + "\", \"magnitude\": \"BYTES\" },\n        \"size\": { \"value\": \""
                + pool.bytes() + "\", \"magnitude\": \"BYTES\" }\n      }";
    }

    private static byte[] ascii(String text) {
        if (!StandardCharsets.US_ASCII.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("a profile is ASCII; a path in it is not");
        }
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
