// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.stedgeai.standin.StandInInstallation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An installation of ST Edge AI Core that is none: it plays what a test writes. The texts are ours, in the form of release
 * 4.0.1; the numbers in them are made up and belong to no network.
 */
public final class StandInCase {
    /** First line of {@code --version}. */
    public static final String VERSION = "ST Edge AI Core v4.0.1-20581 7ed50de05";

    private static final int ACTIVATIONS = 4096;

    /** Bytes in the flash of the board. */
    private int weights = 1000;

    private final List<Path> networkFiles = new ArrayList<>();
    private final Path root;
    private final Path scene;
    private final List<String> versionActions = new ArrayList<>(List.of("say " + VERSION, "say    ISPU 2.0.1-RC2"));
    private final List<List<String>> generateActions = new ArrayList<>();

    /** @param folder gets the installation and its scene */
    public StandInCase(Path folder) {
        this.root = folder.resolve("STEdgeAI/4.0");
        this.scene = folder.resolve("scene");
    }

    /** Root of the installation, for {@code --stedgeai}. */
    public Path root() {
        return root;
    }

    /** Folder of the script and of what it copies. */
    public Path scene() {
        return scene;
    }

    /** What {@code --version} does. */
    public StandInCase version(String... actions) {
        versionActions.clear();
        versionActions.addAll(List.of(actions));
        return this;
    }

    /** What the next call of {@code generate} does; the last one counts for all later. */
    public StandInCase generate(List<String> actions) {
        generateActions.add(List.copyOf(actions));
        return this;
    }

    /** The same. */
    public StandInCase generate(String... actions) {
        return generate(List.of(actions));
    }

    /**
     * Takes files in place of the network that is none.
     *
     * @param compiled C and constants, as a run leaves them
     * @param bytes of the constants in the flash
     */
    public StandInCase withNetwork(Path compiled, int bytes) throws IOException {
        try (Stream<Path> files = Files.list(compiled)) {
            networkFiles.addAll(files.sorted().toList());
        }
        weights = bytes;
        return this;
    }

    /** Writes script and installation. */
    public StandInCase install() {
        try {
            StringBuilder script = new StringBuilder("[--version]\n" + String.join("\n", versionActions) + "\n");
            for (int call = 1; call <= generateActions.size(); call++) {
                script.append("[generate").append(call == 1 ? "" : " " + call).append("]\n");
                generateActions
                        .get(call - 1)
                        .forEach(action -> script.append(action).append('\n'));
            }
            Files.createDirectories(scene);
            Files.writeString(scene.resolve("script.txt"), script);
            StandInInstallation.stedgeai(root, scene);
            Files.writeString(root.resolve("Utilities/linux/atonn"), "");
            return runtime(275);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    /** States the last number of the version of the runtime. */
    public StandInCase runtime(int development) throws IOException {
        Path header = root.resolve("Middlewares/ST/AI/Npu/ll_aton/ll_aton_version.h");
        Files.createDirectories(header.getParent());
        Files.writeString(
                header,
                "#define LL_ATON_VERSION_MAJOR (1)\n#define LL_ATON_VERSION_MINOR (1)\n"
                        + "#define LL_ATON_VERSION_MICRO (3)\n#define LL_ATON_VERSION_DEV   (" + development + ")\n");
        return this;
    }

    /** Puts a runtime into the installation. */
    public StandInCase runtime(Path folder) throws IOException {
        Path target = root.resolve("Middlewares/ST/AI");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(folder.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return this;
    }

    /** What the {@code generate} of the last call was given. */
    public List<String> arguments() throws IOException {
        List<String> calls = Files.readAllLines(scene.resolve("calls-generate.txt"));
        return List.of(calls.get(calls.size() - 1).split("\u0001"));
    }

    /** Calls of {@code generate} so far. */
    public int calls() throws IOException {
        Path calls = scene.resolve("calls-generate.txt");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    /** A run that makes everything that it should, for a board; writes what it copies. */
    public List<String> goodRun(Board board) {
        return run(board, "stm32n6npu", "ss/sa per channel", 0);
    }

    /**
     * A run as {@link #goodRun}, with
     *
     * @param series as the summary says it
     * @param format as the summary says it
     * @param externalBytes in the first external RAM of the board
     */
    public List<String> run(Board board, String series, String format, int externalBytes) {
        try {
            Files.createDirectories(scene);
            Files.writeString(scene.resolve("console.txt"), console(board, series, format, externalBytes));
            Files.writeString(scene.resolve("c_info.json"), description(board, externalBytes));
            Files.writeString(scene.resolve("network.c"), networkSource());
            for (Path file : networkFiles) {
                Files.copy(file, scene.resolve(file.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        List<String> actions = new ArrayList<>(List.of(
                "need --st-neural-art deploy@",
                "say " + VERSION,
                "bar 4",
                "print console.txt",
                "sign network_c_info.json c_info.json"));
        if (networkFiles.isEmpty()) {
            actions.add("copy network.c network.c");
            actions.add("fill network_atonbuf.xSPI2.raw " + weights);
        }
        networkFiles.forEach(file -> actions.add("copy " + file.getFileName() + " " + file.getFileName()));
        return actions;
    }

    /** The same actions with one replaced. */
    public static List<String> with(List<String> actions, String start, String... instead) {
        List<String> changed = new ArrayList<>();
        for (String action : actions) {
            if (action.startsWith(start)) {
                changed.addAll(List.of(instead));
            } else {
                changed.add(action);
            }
        }
        return changed;
    }

    private static String networkSource() {
        return """
                /* Written by a stand-in for tests: no network, and not by the vendor's compiler. */
                #if LL_ATON_VERSION_MAJOR != 1 || LL_ATON_VERSION_MINOR != 1 || LL_ATON_VERSION_MICRO != 3 || LL_ATON_VERSION_DEV != 275
                #warning "stand-in"
                #endif
                int stand_in_network(void) { return 0; }
                """;
    }

    private String console(Board board, String series, String format, int externalBytes) {
        boolean npu = series.equals("stm32n6npu");
        int activations = ACTIVATIONS + externalBytes;
        String head = String.format(Locale.ROOT, """
                 >>>> EXECUTING NEURAL ART COMPILER
                 <<<< DONE EXECUTING NEURAL ART COMPILER

                 Exec/report summary (generate)
                 ---------------------------------------------------------------
                 model file         :   model.onnx
                 type               :   onnx
                 c_name             :   network
                 target/series      :   %s
                 model_fmt          :   %s
                 model_name         :   model
                 ---------------------------------------------------------------
                 macc               :   1,000,000
                 weights (ro)       :   %,d B (%d B) (1 segment)
                 activations (rw)   :   %,d B (%d B) (1 segment) *
                 ---------------------------------------------------------------

                """, series, format, weights, weights, activations, activations);
        String end = "elapsed time (GENERATE): 4.677s\n";
        return npu ? head + pools(board, externalBytes) + epochs() + end : head + end;
    }

    private String pools(Board board, int externalBytes) {
        StringBuilder text = new StringBuilder("""
                Compilation details
                   ---------------------------------------------------------------
                Compiler version: 1.1.3-275
                Compiler arguments:  -i model_OE_3_3_1.onnx
                ====================================================================================
                Memory usage information  (input/output buffers are included in activations)
                   ---------------------------------------------------------------
                """);
        for (Npu.Pool pool : board.npu().orElseThrow().pools()) {
            long weights = weights(pool);
            long activations = activations(pool, externalBytes);
            text.append(String.format(
                    Locale.ROOT,
                    "\t%-10s [0x%X - 0x%X]: %,d  B / %,d  B  (%6.2f %% used) -- weights: %,d  B (%6.2f %% used)  activations: %,d  B (%6.2f %% used)%n",
                    pool.name(),
                    pool.start(),
                    pool.start() + pool.sizeBytes(),
                    weights + activations,
                    pool.sizeBytes(),
                    percent(weights + activations, pool),
                    weights,
                    percent(weights, pool),
                    activations,
                    percent(activations, pool)));
        }
        int activations = ACTIVATIONS + externalBytes;
        text.append(String.format(
                Locale.ROOT,
                "%nTotal:   %,d  B   -- weights: %,d  B   activations: %,d  B%n",
                weights + activations,
                weights,
                activations));
        text.append("====================================================================================\n");
        text.append("Used memory ranges\n   ---------------------------------------------------------------\n");
        for (Npu.Pool pool : board.npu().orElseThrow().pools()) {
            long used = weights(pool) + activations(pool, externalBytes);
            if (used > 0) {
                text.append(String.format(
                        Locale.ROOT,
                        "\t%-10s [0x%X - 0x%X]: 0x%X-0x%X%n",
                        pool.name(),
                        pool.start(),
                        pool.start() + pool.sizeBytes(),
                        pool.start(),
                        pool.start() + (used + 15) / 16 * 16));
            }
        }
        return text + "====================================================================================\n";
    }

    private static String epochs() {
        return """
                Epochs details
                   ---------------------------------------------------------------
                Total number of epochs                               3
                >> pure software (SW) epochs                         0
                >> hybrid epochs (using both software and hardware)  0
                >> pure hardware (HW or EC) epochs                   3  (implemented in 0 epoch controller blobs/meta epochs)

                +----------+------+---------+
                | epoch ID | Type | Details |
                +----------+------+---------+
                | epoch_1  |  HW  |         |
                | epoch_2  |  HW  |         |
                | epoch_3  |  HW  |         |
                +----------+------+---------+
                ====================================================================================
                """;
    }

    private static double percent(long bytes, Npu.Pool pool) {
        return pool.sizeBytes() == 0 ? 0 : 100.0 * bytes / pool.sizeBytes();
    }

    private long weights(Npu.Pool pool) {
        return pool.name().equals("octoFlash") ? weights : 0;
    }

    private static long activations(Npu.Pool pool, int externalBytes) {
        if (pool.kind() == Npu.PoolKind.EXTERNAL_RAM) {
            return externalBytes;
        }
        return pool.name().equals("npuRAM5") ? ACTIVATIONS : 0;
    }

    private String description(Board board, int externalBytes) {
        List<Npu.Pool> pools = board.npu().orElseThrow().pools();
        String described = pools.stream()
                .map(pool -> String.format(
                        Locale.ROOT,
                        "{\"id\": %d, \"name\": \"%s\", \"fname\": \"\", \"address\": \"%d\", \"offset_start\": 0, \"size_bytes\": %d,"
                                + " \"used_size_bytes\": %d, \"rights\": \"%s\", \"subpools\": []}",
                        pools.indexOf(pool) + 1,
                        pool.name(),
                        pool.start(),
                        pool.sizeBytes(),
                        weights(pool) + activations(pool, externalBytes),
                        pool.kind() == Npu.PoolKind.EXTERNAL_FLASH ? "ACC_READ" : "ACC_WRITE"))
                .collect(Collectors.joining(",\n    "));
        return """
                {
                  "json_schema_version": "2.0",
                  "environment": {
                    "generated_model": {"name": "network", "model_files": [{"name": "network.c", "signature": ""}]},
                    "tools": [
                      {"name": "ST.EdgeAI.Core", "version": "4.0.1-20581 7ed50de05", "arguments": "generate",
                       "input_model": {"name": "model", "type": "onnx", "model_files": [{"name": "model.onnx", "signature": "0x0"}]}},
                      {"name": "ATONN Compiler", "version": "1.1.3-275", "arguments": ""}
                    ]
                  },
                  "memory_footprint": {"weights": %d, "activations": %d, "io": [0, 0], "kernel_flash": null, "kernel_ram": null,
                    "series": "generic", "toolchain": null, "toolchain_flash": null, "toolchain_ram": null},
                  "memory_pools": [
                    %s
                  ],
                  "buffers": [],
                  "graphs": [{"id": 1, "name": "network", "inputs": [], "outputs": [], "edges": [], "nodes": [
                    {"id": 10, "name": "epoch_0", "mapping": "NODE_NO_X", "macc": 0, "inputs": [], "outputs": [], "subgraph_nodes": []},
                    {"id": 11, "name": "epoch_1", "mapping": "NODE_HW", "macc": 0, "inputs": [], "outputs": [], "subgraph_nodes": []},
                    {"id": 12, "name": "epoch_2", "mapping": "NODE_HW", "macc": 0, "inputs": [], "outputs": [], "subgraph_nodes": []},
                    {"id": 13, "name": "epoch_3", "mapping": "NODE_HW", "macc": 0, "inputs": [], "outputs": [], "subgraph_nodes": []},
                    {"id": 14, "name": "epoch_4", "mapping": "NODE_NO_X", "macc": 0, "inputs": [], "outputs": [],
                     "subgraph_nodes": [{"id": 15, "name": "__NN__RETURN__", "type": "Return", "subgraph_nodes": []}]}
                  ]}]
                }
                """.formatted(weights, ACTIVATIONS + externalBytes, described);
    }
}
