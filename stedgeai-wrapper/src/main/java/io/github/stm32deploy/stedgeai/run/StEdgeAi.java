// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.process.OutputPiece;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.process.ToolProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Starts one installation of {@code stedgeai}. */
public final class StEdgeAi {
    private final Path executable;
    private final CoreVersion version;
    private final Limits limits;

    /**
     * How long things may take. Published runs take 4 to 60 s; models with hundreds of epochs, minutes.
     *
     * @param run one command
     * @param silence without a line or a step of the progress bar
     */
    public record Limits(Duration run, Duration silence) {
        public static final Limits USUAL = new Limits(Duration.ofMinutes(60), Duration.ofMinutes(15));
    }

    /** @param executable of that version */
    public StEdgeAi(Path executable, CoreVersion version, Limits limits) {
        this.executable = executable;
        this.version = version;
        this.limits = limits;
    }

    public CoreVersion version() {
        return version;
    }

    /** Program and arguments of a request. */
    public List<String> commandLine(StEdgeAiRequest request) {
        List<String> line = new ArrayList<>();
        line.add(executable.toString());
        line.addAll(request.arguments(version));
        return line;
    }

    /**
     * Runs a request to its end.
     *
     * @param folder the tool runs in; ASCII only, as all paths of the request must be
     * @param log file that its output is appended to
     * @param heard output as it comes
     * @throws IOException where the tool cannot be started or the log cannot be written
     * @throws InterruptedException where the thread was interrupted; nothing of the tool is left then
     */
    public ToolOutcome run(
            StEdgeAiRequest request, Path folder, Path log, Cancellation cancellation, Consumer<OutputPiece> heard)
            throws IOException, InterruptedException {
        return ToolProcess.run(
                new ToolProcess.Command(commandLine(request), folder, Map.of(), limits.run(), limits.silence(), log),
                cancellation,
                heard);
    }
}
