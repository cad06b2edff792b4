// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The user's copy of ST's NPU runtime, which a network for the NPU is compiled and linked with. It comes with ST Edge AI
 * Core.
 *
 * @param folder holds {@code Npu/ll_aton}, {@code Inc} and {@code Lib}
 * @param version {@code 1.1.3-262}; empty where its header says none
 */
public record NpuRuntime(Path folder, Optional<String> version) {
    /** Environment variable that names the root of an ST Edge AI Core. */
    public static final String VARIABLE = "STEDGEAI_CORE_DIR";

    /** Where it lies in an installation, in ST's application projects of 2.x, and in those of 4.0. */
    private static final List<String> PLACES =
            List.of("", "Middlewares/ST/AI", "Middlewares/AI_Runtime", "Middlewares/stedgeai-lib");

    private static final String MARK = "Npu/ll_aton/ll_aton_runtime.c";
    private static final String VERSION_HEADER = "Npu/ll_aton/ll_aton_version.h";
    private static final Pattern NUMBER =
            Pattern.compile("#define\\s+LL_ATON_VERSION_(?:MAJOR|MINOR|MICRO|DEV)\\s+\\(?(\\d+)\\)?");

    /**
     * The runtime in the folder that was asked for; else in that of the environment variable. Both may be an installation
     * or the runtime itself.
     *
     * @param needed version that the network was generated for; empty: any
     * @throws DiagnosedException of kind ENVIRONMENT where there is none, or where it is of another release
     */
    public static NpuRuntime require(Optional<Path> asked, Map<String, String> environment, Optional<String> needed) {
        String variable = environment.getOrDefault(VARIABLE, "");
        Optional<Path> named = asked.or(() -> variable.isBlank() ? Optional.empty() : Optional.of(Path.of(variable)));
        NpuRuntime found = named.flatMap(NpuRuntime::find).orElseThrow(() -> missing(named));
        if (needed.isPresent() && found.version().isPresent() && !needed.equals(found.version())) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error(
                                    "NPU-RUNTIME-VERSION",
                                    Stage.BUILD,
                                    "the NPU runtime is of another release than the network")
                            .where(found.folder().toString())
                            .observed("runtime " + found.version().get() + ", network for " + needed.get())
                            .rule("network.c and the runtime come from the same ST Edge AI Core")
                            .effect("no firmware is built")
                            .fix("name the runtime of the release that made the network, or generate the network anew")
                            .build());
        }
        return found;
    }

    /** The runtime in a folder or where an installation keeps it. */
    static Optional<NpuRuntime> find(Path folder) {
        Path root = folder.toAbsolutePath().normalize();
        return PLACES.stream()
                .map(root::resolve)
                .map(Path::normalize)
                .filter(place -> Files.isRegularFile(place.resolve(MARK)))
                .map(place -> new NpuRuntime(place, version(place)))
                .findFirst();
    }

    private static DiagnosedException missing(Optional<Path> named) {
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("NPU-RUNTIME-MISSING", Stage.BUILD, "there is no NPU runtime")
                        .where(named.map(Path::toString).orElse("this computer"))
                        .observed(named.isPresent() ? "no " + MARK : "no --npu-runtime, no " + VARIABLE)
                        .rule(
                                "a network for the NPU is linked with the runtime of ST Edge AI Core, which is not part of"
                                        + " this program")
                        .effect("no firmware is built")
                        .fix("name the installation that made the network: --npu-runtime FOLDER")
                        .build());
    }

    private static Optional<String> version(Path folder) {
        List<String> numbers = new ArrayList<>();
        try {
            Matcher matcher =
                    NUMBER.matcher(Files.readString(folder.resolve(VERSION_HEADER), StandardCharsets.ISO_8859_1));
            while (matcher.find()) {
                numbers.add(matcher.group(1));
            }
        } catch (IOException absent) {
            return Optional.empty();
        }
        return numbers.size() == 4
                ? Optional.of(String.join(".", numbers.subList(0, 3)) + "-" + numbers.get(3))
                : Optional.empty();
    }
}
