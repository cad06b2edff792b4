// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Who compiles the graph: our own C for the CPU, or the vendor's compiler for the NPU. */
final class BackendOption {
    private String backend = "cpu";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--backend",
            paramLabel = "npu|cpu",
            description = "cpu: our own C (default). npu: ST Edge AI Core.")
    private void backend(String value) {
        if (!List.of("cpu", "npu").contains(value)) {
            throw new ParameterException(command.commandLine(), "--backend is cpu or npu, not " + value);
        }
        backend = value;
    }

    String name() {
        return backend;
    }
}
