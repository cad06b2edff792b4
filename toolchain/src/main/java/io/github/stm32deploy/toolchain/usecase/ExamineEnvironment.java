// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.stedgeai.locate.StEdgeAiInstallation;
import io.github.stm32deploy.toolchain.deploy.Tool;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at everything outside this program that it works with. */
public final class ExamineEnvironment {
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
        List<StEdgeAiInstallation> vendor = StEdgeAiInstallation.find(
                System.getenv(), StEdgeAiInstallation.defaultPlaces(Path.of(System.getProperty("user.home"))));
        entries.add(new Entry(
                "ST Edge AI Core",
                vendor.isEmpty() ? "" : vendor.get(0).root().getFileName().toString(),
                vendor.isEmpty() ? "" : vendor.get(0).executable().toString(),
                "compiles for the NPU of the STM32N6; not used by the cpu backend",
                "only ST can supply it; the cpu backend works without (--backend cpu)",
                false));
        return new Result(entries);
    }
}
