// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command without a verb: prints what there is. */
@Command(
        name = "stm32-deploy",
        description = "From a neural model file to a running, measured application on a Cortex-M55.",
        mixinStandardHelpOptions = true,
        versionProvider = StartCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 environment (tool, board, port), 4 vendor tool, 5 internal.",
            "Example: stm32-deploy demo"
        })
final class StartCommand implements Runnable {
    /**
     * The verbs in the order in which help lists them; {@code check} is {@code CheckCommand}. They are no annotation because
     * picocli reads the options of every command that one names, which takes longer than many a command.
     */
    private static final List<Class<?>> VERBS = List.of(
            DemoCommand.class,
            CheckCommand.class,
            CompareCommand.class,
            GalleryCommand.class,
            RepairCommand.class,
            QuantizeCommand.class,
            DiffCommand.class,
            GenerateCommand.class,
            BuildCommand.class,
            FlashCommand.class,
            MeasureCommand.class,
            RunCommand.class,
            StReportCommand.class,
            VectorsCommand.class,
            BoardsCommand.class,
            ModelsCommand.class,
            ExplainCommand.class,
            DoctorCommand.class,
            SetupCommand.class);

    private final Console console;

    @picocli.CommandLine.Spec
    private picocli.CommandLine.Model.CommandSpec spec;

    StartCommand(Console console) {
        this.console = console;
    }

    /** The verbs that {@code arguments} need: the one they begin with, else all. */
    static List<Class<?>> verbs(String... arguments) {
        String first = arguments.length == 0 ? "" : arguments[0];
        return VERBS.stream()
                .filter(verb ->
                        verb.getSimpleName().toLowerCase(Locale.ROOT).equals(first.replace("-", "") + "command"))
                .findFirst()
                .<List<Class<?>>>map(List::of)
                .orElse(VERBS);
    }

    @Override
    public void run() {
        spec.commandLine().usage(console.outWriter(), console.colours());
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = StartCommand.class.getPackage().getImplementationVersion();
            return new String[] {"stm32-deploy " + (version == null ? "development" : version)};
        }
    }
}
