// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A program (or library) that some step needs, and whether this machine has it.
 *
 * @param name as users know it, {@code arm-none-eabi-gcc}
 * @param purpose what it is for, in a few words
 * @param found where it is; empty where it is missing
 * @param version first line it says about itself; empty where it is missing or says none
 * @param packages what to install
 */
public record Tool(String name, String purpose, Optional<Path> found, Optional<String> version, Packages packages) {
    public Tool {
        Objects.requireNonNull(name);
        Objects.requireNonNull(purpose);
        Objects.requireNonNull(found);
        Objects.requireNonNull(version);
        Objects.requireNonNull(packages);
    }

    /** Names of the package in Debian and Ubuntu, Homebrew, and winget; "" where there is none. */
    public record Packages(String apt, String brew, String winget) {}
}
