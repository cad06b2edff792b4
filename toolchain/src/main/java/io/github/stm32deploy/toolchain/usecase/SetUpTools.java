// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.deploy.PackageInstaller;
import io.github.stm32deploy.toolchain.deploy.Tool;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** Makes sure that the tools a command needs are there: finds them, and installs what is missing where that is possible. */
public final class SetUpTools {
    private final Progress progress;
    private final ToolLocator locator;

    public SetUpTools(Progress progress) {
        this(progress, new ToolLocator());
    }

    SetUpTools(Progress progress, ToolLocator locator) {
        this.progress = progress;
        this.locator = locator;
    }

    /** Tools that building for a board and running there need; none where nothing is built for it. */
    public static Set<ToolLocator.Kind> neededFor(Board board) {
        if (!board.buildable()) {
            return EnumSet.noneOf(ToolLocator.Kind.class);
        }
        Set<ToolLocator.Kind> needed = EnumSet.of(ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER);
        if (board.toolchain().compiler().startsWith("arm-none-eabi")) {
            needed.add(ToolLocator.Kind.ARM_GCC);
            needed.add(ToolLocator.Kind.NEWLIB);
        } else {
            needed.add(ToolLocator.Kind.HOST_GCC);
        }
        if (board.emulated()) {
            needed.add(ToolLocator.Kind.QEMU);
        }
        return needed;
    }

    /**
     * @param consent asked with one sentence before anything is installed
     * @return what was installed; empty where everything was there
     * @throws DiagnosedException of kind ENVIRONMENT where something is missing and was not installed
     */
    public List<Tool> ensure(Set<ToolLocator.Kind> needed, Predicate<String> consent) {
        List<Tool> missing = missing(needed);
        if (missing.isEmpty()) {
            return List.of();
        }
        Set<String> packages = new LinkedHashSet<>();
        missing.forEach(tool -> packages.addAll(List.of(tool.packages().apt().split(" "))));
        String names = String.join(", ", missing.stream().map(Tool::name).toList());
        if (PackageInstaller.available() == PackageInstaller.Means.NONE) {
            throw absent(missing, names);
        }
        String with = PackageInstaller.available() == PackageInstaller.Means.APT_WITH_SUDO ? "sudo apt-get" : "apt-get";
        if (!consent.test("missing: " + names + ". Install " + String.join(" ", packages) + " with " + with + "?")) {
            throw absent(missing, names);
        }
        progress.phase("installing " + String.join(" ", packages) + " with " + with
                + " (about 1 GB on disk with the cross compiler; a minute or two)");
        PackageInstaller.install(List.copyOf(packages), line -> {});
        List<Tool> still = missing(needed);
        if (!still.isEmpty()) {
            throw absent(still, String.join(", ", still.stream().map(Tool::name).toList()));
        }
        return missing;
    }

    private List<Tool> missing(Set<ToolLocator.Kind> needed) {
        List<Tool> missing = new ArrayList<>();
        for (ToolLocator.Kind kind : needed) {
            if (!locator.isPresent(kind)) {
                missing.add(locator.find(kind));
            }
        }
        return missing;
    }

    private static DiagnosedException absent(List<Tool> missing, String names) {
        Set<String> apt = new LinkedHashSet<>();
        Set<String> brew = new LinkedHashSet<>();
        Set<String> winget = new LinkedHashSet<>();
        for (Tool tool : missing) {
            apt.addAll(List.of(tool.packages().apt().split(" ")));
            brew.addAll(List.of(tool.packages().brew().split(" ")));
            winget.addAll(List.of(tool.packages().winget().split(" ")));
        }
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String command;
        if (system.contains("mac")) {
            command = "brew install " + words(brew);
        } else if (system.contains("windows")) {
            command = "winget install " + words(winget);
        } else {
            command = "apt-get install " + words(apt);
        }
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("SETUP-TOOL-MISSING", Stage.SETUP, "tools are missing: " + names)
                        .observed(String.join(
                                "\n",
                                missing.stream()
                                        .map(tool -> tool.name() + ": " + tool.purpose())
                                        .toList()))
                        .effect("nothing was built or run")
                        .fix(command + "\nor stm32-deploy setup --yes, on Debian and Ubuntu as root or with sudo")
                        .build());
    }

    private static String words(Set<String> packages) {
        return String.join(
                " ", packages.stream().filter(name -> !name.isEmpty()).toList());
    }
}
