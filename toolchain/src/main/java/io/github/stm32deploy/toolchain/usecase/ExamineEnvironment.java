// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.locate.StEdgeAiInstallation;
import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.toolchain.deploy.Tool;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.deploy.programmer.CubeProgrammer;
import io.github.stm32deploy.toolchain.deploy.programmer.ProgrammerPlaces;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at everything outside this program that it works with. */
public final class ExamineEnvironment {
    /** A list of tools is not to hang; a build waits longer. */
    private static final Duration VERSION_PATIENCE = Duration.ofSeconds(30);

    /**
     * @param path where it is, "" where it is absent
     * @param required whether the virtual and the host board cannot do without it
     */
    public record Entry(String name, String version, String path, String purpose, String remedy, boolean required) {}

    /** All entries, found or not. */
    public record Result(List<Entry> tools) {
        /** True where nothing required is absent. */
        public boolean complete() {
            return tools.stream()
                    .noneMatch(tool -> tool.required() && tool.path().isEmpty());
        }

        public byte[] json() {
            return JsonFiles.toBytes(this);
        }
    }

    public Result examine() {
        List<Entry> entries = new ArrayList<>();
        entries.add(new Entry(
                "java",
                System.getProperty("java.version") + " " + System.getProperty("java.vendor"),
                System.getProperty("java.home"),
                "runs stm32-deploy",
                "",
                true));
        for (Tool tool : new ToolLocator().all()) {
            entries.add(new Entry(
                    tool.name(),
                    tool.version().orElse("version unknown"),
                    tool.found().map(Path::toString).orElse(""),
                    tool.purpose(),
                    "stm32-deploy setup    (apt: " + tool.packages().apt() + "; Homebrew: "
                            + tool.packages().brew() + "; winget: "
                            + tool.packages().winget() + ")",
                    true));
        }
        entries.add(vendorTool());
        Optional<Path> programmer = CubeProgrammer.first(ProgrammerPlaces.of(
                System.getenv(), Path.of(System.getProperty("user.home")), System.getProperty("os.name")));
        entries.add(new Entry(
                "STM32CubeProgrammer",
                "",
                programmer.map(Path::toString).orElse(""),
                "writes the flash of an STM32N6 board; not used by the virtual and the host board",
                "install it from st.com, or name it with " + ProgrammerPlaces.VARIABLE,
                false));
        return new Result(entries);
    }

    /** What would be taken, its release as it says it, and why this one. */
    private static Entry vendorTool() {
        String purpose = "compiles for the NPU of the STM32N6; not used by the cpu backend";
        List<StEdgeAiInstallation> found = StEdgeAiInstallation.find(
                System.getenv(), StEdgeAiInstallation.defaultPlaces(Path.of(System.getProperty("user.home"))));
        if (found.isEmpty()) {
            return new Entry(
                    "ST Edge AI Core",
                    "",
                    "",
                    purpose,
                    "only ST can supply it; the cpu backend works without (--backend cpu)",
                    false);
        }
        StEdgeAiInstallation taken = found.get(0);
        return new Entry(
                "ST Edge AI Core",
                version(taken) + (taken.npuCompiler().isPresent() ? "" : ", without the compiler for the NPU"),
                taken.executable().toString(),
                purpose + "; found by " + taken.foundBy()
                        + (found.size() > 1 ? ", before " + (found.size() - 1) + " more" : ""),
                "",
                false);
    }

    private static String version(StEdgeAiInstallation installation) {
        try {
            Path log = Files.createTempFile("stm32-deploy-", ".log");
            try {
                return InstallationChoice.version(installation, VERSION_PATIENCE, log, new Cancellation())
                        .toString();
            } catch (InstallationChoice.NoInstallation silent) {
                return "version unknown: " + silent.getMessage();
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException unwritable) {
            return "version unknown: " + unwritable.getMessage();
        }
    }
}
