// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.usecase.WholeFile;
import java.nio.file.Path;
import java.util.function.Supplier;
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

    /**
     * @param json asked only where somebody wants it: the classes that write JSON take longer to load than a small model
     */
    void write(Console console, Supplier<byte[]> json) {
        if (toStandardOutput()) {
            console.print(json.get());
        } else if (file != null) {
            WholeFile.write(Path.of(file), json.get());
        }
    }
}
