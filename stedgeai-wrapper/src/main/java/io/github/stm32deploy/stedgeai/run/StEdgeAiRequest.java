// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One call of {@code stedgeai}, as arguments that its releases 2.0 to 4.0 take (ST Edge AI Core documentation 2.1.0,
 * "command_line_interface"; help of 4.0.1-20581). Always for the NPU: without {@code --st-neural-art} the tool compiles for
 * the Cortex-M55 alone and says nothing.
 */
public sealed interface StEdgeAiRequest {
    /** The command word, {@code generate}. */
    String command();

    /** Everything after the program's name, for a release. */
    List<String> arguments(CoreVersion version);

    /** Which compiler profile is used. */
    record Profile(String name, Path file) {
        public Profile {
            Objects.requireNonNull(name);
            Objects.requireNonNull(file);
        }
    }

    /** Types that the application sees at an input or output. */
    enum DataType {
        FLOAT32,
        INT8,
        UINT8;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Where the channels of an input or output stand. */
    enum ChannelPosition {
        FIRST("chfirst"),
        LAST("chlast");

        private final String word;

        ChannelPosition(String word) {
            this.word = word;
        }
    }

    /**
     * What is compiled, for {@code analyze} and {@code generate}.
     *
     * @param model file
     * @param name prefix of the files and name in C
     * @param output folder of the results
     * @param workspace folder for intermediate files
     * @param profile of the NPU compiler, a file of ours
     * @param inputTypes one for each input; empty leaves the choice to the tool (int8 where the model is quantized)
     * @param outputTypes likewise
     * @param inputChannels where the channels of all inputs stand; empty as in the model
     * @param outputChannels likewise
     * @param dimensions sizes of named dimensions; 4.0 on
     * @param verbosity 0 to 3
     */
    record Compilation(
            Path model,
            String name,
            Path output,
            Path workspace,
            Profile profile,
            List<DataType> inputTypes,
            List<DataType> outputTypes,
            Optional<ChannelPosition> inputChannels,
            Optional<ChannelPosition> outputChannels,
            Map<String, Long> dimensions,
            int verbosity) {
        public Compilation {
            inputTypes = List.copyOf(inputTypes);
            outputTypes = List.copyOf(outputTypes);
            dimensions = Map.copyOf(dimensions);
        }

        /** Everything left to the tool but where files lie. */
        public static Compilation of(Path model, String name, Path output, Path workspace, Profile profile) {
            return new Compilation(
                    model,
                    name,
                    output,
                    workspace,
                    profile,
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Map.of(),
                    1);
        }

        public Compilation withTypes(List<DataType> inputs, List<DataType> outputs) {
            return new Compilation(
                    model,
                    name,
                    output,
                    workspace,
                    profile,
                    inputs,
                    outputs,
                    inputChannels,
                    outputChannels,
                    dimensions,
                    verbosity);
        }

        public Compilation withChannels(Optional<ChannelPosition> inputs, Optional<ChannelPosition> outputs) {
            return new Compilation(
                    model,
                    name,
                    output,
                    workspace,
                    profile,
                    inputTypes,
                    outputTypes,
                    inputs,
                    outputs,
                    dimensions,
                    verbosity);
        }

        private List<String> arguments(String command, CoreVersion version) {
            List<String> arguments = new ArrayList<>(List.of(
                    command,
                    "--model",
                    model.toString(),
                    "--target",
                    "stm32n6",
                    "--st-neural-art",
                    profile.name() + "@" + profile.file(),
                    "--name",
                    name,
                    "--output",
                    output.toString(),
                    "--workspace",
                    workspace.toString(),
                    "--verbosity",
                    Integer.toString(verbosity)));
            if (!inputTypes.isEmpty()) {
                arguments.addAll(List.of("--input-data-type", words(inputTypes)));
            }
            if (!outputTypes.isEmpty()) {
                arguments.addAll(List.of("--output-data-type", words(outputTypes)));
            }
            inputChannels.ifPresent(where -> arguments.addAll(List.of("--inputs-ch-position", where.word)));
            outputChannels.ifPresent(where -> arguments.addAll(List.of("--outputs-ch-position", where.word)));
            if (!dimensions.isEmpty()) {
                if (!version.atLeast(4, 0)) {
                    throw new IllegalArgumentException("open dimensions are fixed by stedgeai from 4.0 on, not by "
                            + version.line() + ": bind them in the model");
                }
                arguments.addAll(List.of(
                        "--fix-parametric-shapes",
                        dimensions.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(size -> "'" + size.getKey() + "':" + size.getValue())
                                .collect(Collectors.joining(",", "{", "}"))));
            }
            return List.copyOf(arguments);
        }

        private static String words(List<DataType> types) {
            return types.stream().map(DataType::word).collect(Collectors.joining(","));
        }
    }

    /** Writes C, weights and reports. */
    record Generate(Compilation compilation) implements StEdgeAiRequest {
        @Override
        public String command() {
            return "generate";
        }

        @Override
        public List<String> arguments(CoreVersion version) {
            return compilation.arguments(command(), version);
        }
    }

    /** Writes reports. */
    record Analyze(Compilation compilation) implements StEdgeAiRequest {
        @Override
        public String command() {
            return "analyze";
        }

        @Override
        public List<String> arguments(CoreVersion version) {
            return compilation.arguments(command(), version);
        }
    }

    /**
     * Runs the network on a board that carries ST's validation firmware.
     *
     * @param compilation the one that was generated: types and channel positions must be those
     * @param description c_info file of that run; spares a second analysis
     * @param port serial port, {@code COM6} or {@code /dev/ttyACM0}
     * @param baud of the firmware: 921600 for ST's NPU_Validation
     * @param samples number of inputs
     */
    record Validate(Compilation compilation, Path description, String port, int baud, int samples)
            implements StEdgeAiRequest {
        @Override
        public String command() {
            return "validate";
        }

        @Override
        public List<String> arguments(CoreVersion version) {
            List<String> arguments = new ArrayList<>(compilation.arguments(command(), version));
            arguments.addAll(List.of("--mode", "target", "--desc", "serial:" + port + ":" + baud));
            if (version.atLeast(2, 1)) {
                arguments.addAll(List.of("--val-json", description.toString()));
            }
            arguments.addAll(List.of("--batch-size", Integer.toString(samples)));
            return List.copyOf(arguments);
        }
    }
}
