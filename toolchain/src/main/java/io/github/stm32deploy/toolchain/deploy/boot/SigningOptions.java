// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * Arguments of STM32_SigningTool_CLI for an unsigned image of the STM32N6. Releases of STM32CubeProgrammer from 2.21 on
 * align the program only when told to (reports of users: without it the entry point of the header lies in the middle of
 * the code and the board stays silent); earlier ones always do and do not know the option.
 */
public final class SigningOptions {
    /** The first release that needs {@code -align}. */
    public static final ToolVersion ALIGN_FROM = new ToolVersion(2, 21, 0);

    /** The first release of STM32CubeProgrammer that knows the STM32N6. */
    public static final ToolVersion N6_FROM = new ToolVersion(2, 18, 0);

    private SigningOptions() {}

    /**
     * Without the names of the files.
     *
     * <p>{@code -nk} no keys, {@code -t ssbl} for the application, {@code -hv 2.3} header version, {@code -s} no question
     * before a file is overwritten.
     */
    public static List<String> arguments(ToolVersion version) {
        List<String> arguments = new ArrayList<>(List.of("-nk", "-t", "ssbl", "-hv", "2.3"));
        if (version.atLeast(ALIGN_FROM)) {
            arguments.add("-align");
        }
        arguments.add("-s");
        return arguments;
    }

    /** The section of the plan. */
    public static DeployPlan.Signing section(String program) {
        return new DeployPlan.Signing(
                "unsigned development image, header 2.3, packed by stm32-deploy; padding zero, random in ST's",
                "STM32_SigningTool_CLI",
                program,
                List.of(
                        new DeployPlan.Options(N6_FROM.toString(), arguments(N6_FROM)),
                        new DeployPlan.Options(ALIGN_FROM.toString(), arguments(ALIGN_FROM))));
    }
}
