// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;
import java.util.Optional;

/**
 * One run of ST Edge AI Core as far as a text shows it: a report file holds one, a console log often two (generate and
 * validate). What a command does not print is absent.
 *
 * @param command {@code generate}, {@code analyze}, {@code validate}; "" where the text does not say it
 * @param version absent where the text begins behind it, as logs of the developer cloud do
 * @param parameters command line as the report has it, "" in consoles
 * @param sections only where a C compiler for the target ran
 * @param unallocatedBytes what did not fit, one for each configuration that the compiler tried
 * @param notQuantized layers that the tool names as not quantized
 * @param exitStatus of the tool, where the log has it
 * @param first first line of the run in the text
 * @param ended true where the text shows the end of the run: a whole report, or the elapsed time, or the exit status
 */
public record ToolRun(
        String command,
        Optional<ToolVersion> version,
        String parameters,
        Optional<ModelTable> model,
        Optional<CompilerCall> compiler,
        Optional<MemoryUsage> memory,
        Optional<EpochCounts> epochs,
        Optional<SectionSizes> sections,
        Optional<ExecSummary> summary,
        List<String> generatedFiles,
        Optional<DeviceSummary> device,
        Optional<DeviceProfile> profile,
        List<Accuracy> accuracy,
        Optional<Figure> elapsedSeconds,
        Optional<Figure> exitStatus,
        List<Figure> unallocatedBytes,
        Optional<Figure> minimalBytes,
        int notQuantized,
        List<ToolMessage> messages,
        Place first,
        boolean ended) {
    public ToolRun {
        generatedFiles = List.copyOf(generatedFiles);
        accuracy = List.copyOf(accuracy);
        unallocatedBytes = List.copyOf(unallocatedBytes);
        messages = List.copyOf(messages);
    }

    /** What the tool called an error, in order, each once. */
    public List<ToolMessage> errors() {
        return messages.stream()
                .filter(message -> message.kind() == ToolMessage.Kind.ERROR)
                .toList();
    }

    /** True where the text shows that the NPU compiler made the network; false for the CPU flow or where it is not shown. */
    public boolean npuFlow() {
        return epochs.isPresent()
                || summary.map(block -> block.series().equals(ExecSummary.NPU_SERIES))
                        .orElse(false)
                || sections.map(block -> block.target().equals(ExecSummary.NPU_SERIES))
                        .orElse(false);
    }

    /**
     * Deployed weights, the most exact figure that the text has: table of sections, console summary of generate or
     * analyze, C model of the CPU flow, table of pools.
     */
    public Optional<Figure> weightsBytes() {
        return sections.map(block -> block.weights().rodata())
                .or(() -> deployed().flatMap(ExecSummary::weightsBytes))
                .or(() -> model.flatMap(ModelTable::generatedWeightsBytes))
                .or(() -> memory.map(MemoryUsage::weights));
    }

    /** Activations, inputs and outputs among them from 2.1 on; the most exact figure, as for the weights. */
    public Optional<Figure> activationsBytes() {
        return sections.map(block -> block.activations().bss())
                .or(() -> deployed().flatMap(ExecSummary::activationsBytes))
                .or(() -> model.flatMap(ModelTable::activationsBytes))
                .or(() -> memory.map(MemoryUsage::activations));
    }

    /** The summary of validate is about another network than the deployed one. */
    private Optional<ExecSummary> deployed() {
        return command.equals("validate") ? Optional.empty() : summary;
    }
}
