// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Plays a command line program of ST in tests: takes the arguments of the real one and does what a case folder says, no
 * more. It compiles nothing. Usage: {@code StandIn CASE_FOLDER ARGUMENT...}; {@link StandInInstallation} writes the scripts
 * that start it under the real names.
 *
 * <p>The case folder holds {@code script.txt}, see {@link StandInScript}.
 */
public final class StandIn {
    private StandIn() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments[0]);
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        int status = new StandInPlayer(folder, rest, System.out).play();
        System.out.flush();
        System.exit(status);
    }
}
