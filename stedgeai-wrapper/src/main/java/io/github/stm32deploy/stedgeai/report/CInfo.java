// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * A {@code c_info} file, json_schema_version 2.0: the machine-readable result of generate or analyze, or what validate put in
 * its place. The compiler's own file in the workspace has no {@code memory_footprint}.
 *
 * @param file its name, without folders
 * @param version of ST Edge AI Core
 * @param compilerVersion of the NPU compiler; "" in the CPU flow and after validate
 * @param command line of the run
 * @param modelFile file that was compiled, as named by the tool
 * @param modelHash MD5 of that file, {@code 0x...}
 * @param networkName C name
 * @param generatedFiles names of what was written
 * @param device what the board said of itself; after validate only, else ""
 * @param footprint deployed sizes; absent in the compiler's own file and after validate
 * @param pools where the compiler put buffers
 * @param epochs absent in the CPU flow and after validate
 * @param nodes nodes of the graph as the file counts them, the pseudo nodes at both ends included
 * @param nodeMacc sum over the nodes; 0 in the NPU flow, where no node has one
 * @param maxCycles sum of the compiler's estimate over the epochs, NPU cycles; absent where the file has none
 * @param controllerBlobs programs of the epoch controller; absent up to 2.1
 * @param validation after validate only
 */
public record CInfo(
        String file,
        Optional<ToolVersion> version,
        String compilerVersion,
        String command,
        String modelFile,
        String modelHash,
        String networkName,
        List<String> generatedFiles,
        String device,
        Optional<Footprint> footprint,
        List<Pool> pools,
        Optional<EpochGraph> epochs,
        Optional<Figure> nodes,
        Optional<Figure> nodeMacc,
        Optional<Figure> maxCycles,
        Optional<Figure> controllerBlobs,
        Optional<Validation> validation,
        List<ReportProblem> problems) {
    public CInfo {
        generatedFiles = List.copyOf(generatedFiles);
        pools = List.copyOf(pools);
        problems = List.copyOf(problems);
    }

    /**
     * @param inputBytes and output: 0 where they are part of the activations
     * @param runtimeFlashBytes absent where no C compiler ran
     */
    public record Footprint(
            Figure weightsBytes,
            Figure activationsBytes,
            Figure inputBytes,
            Figure outputBytes,
            Optional<Figure> runtimeFlashBytes,
            Optional<Figure> runtimeRamBytes,
            String series) {}

    /**
     * @param address decimal or a symbol, "NULL" in the CPU flow
     * @param writable false for pools of constants
     * @param parts pools that this one spans; their bytes are counted there as well
     */
    public record Pool(
            String name,
            String rawFile,
            String address,
            Figure sizeBytes,
            Figure usedBytes,
            boolean writable,
            List<String> parts) {
        public Pool {
            parts = List.copyOf(parts);
        }
    }

    /** Times and accuracy that validate measured. */
    public record Validation(List<DeviceTime> times, List<Accuracy> accuracy) {
        public Validation {
            times = List.copyOf(times);
            accuracy = List.copyOf(accuracy);
        }
    }

    /** One epoch on the board. */
    public record DeviceTime(Figure millis, DeviceProfile.Cycles cycles) {}

    /** True where the file is of the NPU flow. */
    public boolean npuFlow() {
        return epochs.isPresent();
    }

    /** The pool of this name, those that span others included. */
    public Optional<Pool> pool(String name) {
        return pools.stream().filter(pool -> pool.name().equals(name)).findFirst();
    }

    /**
     * Reads a file.
     *
     * @param file name that places carry
     * @param json unpacked bytes
     * @throws IOException where the stream cannot be read; broken or foreign JSON gives problems instead
     */
    public static CInfo read(String file, InputStream json) throws IOException {
        return new CInfoReader(file).read(json);
    }
}
