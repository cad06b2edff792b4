// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps an emulator on one core: its threads hand over at each serial byte, which is several times faster there. */
final class HostCores {
    private static final Pattern ALLOWED = Pattern.compile("(?m)^Cpus_allowed_list:\\s*(\\S+)$");

    private HostCores() {}

    /** {@code taskset -c N} for a core that this program may use; empty where that is not to be had. */
    static List<String> pinning() {
        if (Programs.find("taskset").isEmpty()) {
            return List.of();
        }
        try {
            List<Integer> cores = allowed(Files.readString(Path.of("/proc/self/status")));
            if (cores.isEmpty()) {
                return List.of();
            }
            // Several programs at a time shall not all meet on one core.
            int core = cores.get((int) (ProcessHandle.current().pid() % cores.size()));
            return List.of("taskset", "-c", Integer.toString(core));
        } catch (IOException e) {
            return List.of(); // no /proc: slower, but right
        }
    }

    /** The numbers in {@code Cpus_allowed_list: 0-2,5}. */
    static List<Integer> allowed(String status) {
        List<Integer> cores = new ArrayList<>();
        Matcher matcher = ALLOWED.matcher(status);
        if (matcher.find()) {
            for (String range : matcher.group(1).split(",")) {
                String[] ends = range.split("-");
                int last = Integer.parseInt(ends[ends.length - 1]);
                for (int core = Integer.parseInt(ends[0]); core <= last; core++) {
                    cores.add(core);
                }
            }
        }
        return cores;
    }
}
