// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code stedgeai generate} made for the NPU, checked to be complete. All paths are relative to {@link #folder}.
 *
 * @param folder where the files lie
 * @param name of the network in C and prefix of the files, {@code network}
 * @param sources C files to compile
 * @param headers C files that these include, epoch controller blobs among them
 * @param images weights, by ascending address
 * @param api which functions of the runtime the application calls
 * @param core release that made it; the runtime library must be of the same
 * @param compiler version of {@code atonn}, {@code 1.1.3-262}
 * @param epochBlobs {@code network_ecblobs.h}; empty without epoch controller
 * @param report text report; empty where the release wrote none
 * @param description the c_info file
 */
public record GeneratedNetwork(
        Path folder,
        String name,
        List<Path> sources,
        List<Path> headers,
        List<WeightImage> images,
        Api api,
        CoreVersion core,
        String compiler,
        Optional<Path> epochBlobs,
        Optional<Path> report,
        Path description) {

    /** Which functions of the runtime an application calls. */
    public enum Api {
        /** {@code LL_ATON_RT_*}, all releases. */
        LL_ATON,
        /** {@code stai_network_*} above it, from 3.0 on: {@code stai_network.c} is there. */
        STAI
    }

    public GeneratedNetwork {
        sources = List.copyOf(sources);
        headers = List.copyOf(headers);
        images = List.copyOf(images);
    }

    /** The same with its files in another folder. */
    public GeneratedNetwork in(Path moved) {
        return new GeneratedNetwork(
                moved, name, sources, headers, images, api, core, compiler, epochBlobs, report, description);
    }
}
