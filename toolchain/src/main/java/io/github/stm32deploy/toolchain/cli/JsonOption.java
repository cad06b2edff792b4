// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.usecase.WholeFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The result for machines: into a file, or to standard output with {@code -}. */
final class JsonOption {
    @Option(names = "--json", paramLabel = "FILE", description = "Result as JSON; - writes it to standard output.")
    private String file;

    boolean toStandardOutput() {
        return "-".equals(file);
    }

    boolean wanted() {
        return file != null;
    }

    void write(Console console, byte[] json) {
        if (toStandardOutput()) {
            console.print(json);
        } else if (file != null) {
            WholeFile.write(Path.of(file), json);
        }
    }
}
