// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** The serial port of a board that runs already. */
final class PortOption {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Serial port of a board that runs already (/dev/ttyACM0, COM5). "
                    + "Default: start the virtual or host board.")
    private String port;

    Optional<String> name() {
        return Optional.ofNullable(port);
    }
}
