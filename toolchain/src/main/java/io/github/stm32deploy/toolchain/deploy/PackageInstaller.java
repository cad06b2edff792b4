// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Installs Debian packages with apt, as root or through sudo. */
public final class PackageInstaller {
    private static final int LINES_KEPT = 12;

    /** How packages can be installed on this machine. */
    public enum Means {
        APT_AS_ROOT,
        APT_WITH_SUDO,
        /** No apt here, or no right to use it. */
        NONE
    }

    private PackageInstaller() {}

    /** Looks for apt-get and, where this user is not root, for sudo. */
    public static Means available() {
        if (!onPath("apt-get")) {
            return Means.NONE;
        }
        if ("root".equals(System.getProperty("user.name"))) {
            return Means.APT_AS_ROOT;
        }
        return onPath("sudo") ? Means.APT_WITH_SUDO : Means.NONE;
    }

    /**
     * Installs packages and their dependencies.
     *
     * @param packages Debian package names
     * @param progress gets each line that apt prints
     * @throws DiagnosedException where apt fails; nothing is said about why beyond what apt printed
     */
    public static void install(List<String> packages, Consumer<String> progress) {
        List<String> prefix = new ArrayList<>();
        if (available() == Means.APT_WITH_SUDO) {
            prefix.add("sudo");
            if (System.console() == null) {
                prefix.add("-n");
            }
        }
        prefix.addAll(List.of("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"));
        // A stale package list is no reason to stop: the install that follows tells whether it was good enough.
        run(prefix, List.of("update"), progress);
        List<String> arguments = new ArrayList<>(List.of("install", "--no-install-recommends"));
        arguments.addAll(packages);
        Outcome outcome = run(prefix, arguments, progress);
        if (outcome.status() != 0) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("SETUP-INSTALL-FAILED", Stage.SETUP, "apt could not install the tools")
                            .where(String.join(" ", packages))
                            .observed("apt-get ended with status " + outcome.status() + "\n"
                                    + String.join("\n", outcome.lastLines()))
                            .effect("steps that need these tools cannot run")
                            .fix("install them by hand: apt-get install " + String.join(" ", packages))
                            .build());
        }
    }

    private record Outcome(int status, List<String> lastLines) {}

    private static Outcome run(List<String> prefix, List<String> arguments, Consumer<String> progress) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(arguments);
        Deque<String> last = new ArrayDeque<>();
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    progress.accept(line);
                    last.addLast(line);
                    if (last.size() > LINES_KEPT) {
                        last.removeFirst();
                    }
                }
            }
            return new Outcome(process.waitFor(), List.copyOf(last));
        } catch (IOException unstartable) {
            return new Outcome(-1, List.of(String.valueOf(unstartable.getMessage())));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Outcome(-1, List.of("interrupted"));
        }
    }

    private static boolean onPath(String program) {
        String path = System.getenv("PATH");
        if (path == null) {
            return false;
        }
        for (String folder : path.split(File.pathSeparator)) {
            if (new File(folder, program).canExecute()) {
                return true;
            }
        }
        return false;
    }
}
