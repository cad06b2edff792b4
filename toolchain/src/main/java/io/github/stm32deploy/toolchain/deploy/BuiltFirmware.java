// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A firmware that was built.
 *
 * @param elf the program
 * @param map the linker's map, folders of this machine cut out
 * @param footprint empty where the program is no ELF file (macOS)
 * @param toolVersions first line of {@code --version} by tool name
 * @param plan what lies where
 */
public record BuiltFirmware(
        Path elf, Path map, Optional<Footprint> footprint, Map<String, String> toolVersions, DeployPlan plan) {}
