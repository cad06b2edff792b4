// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.stedgeai.report.CInfo;
import io.github.stm32deploy.stedgeai.report.EpochCounts;
import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.stedgeai.report.ToolVersion;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.StReport;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Our prediction for a model beside what files of the vendor's tool say of it. */
final class StReportComparison {
    private final ReadStReports.Request request;
    private final Progress progress;
    private final Map<SdkVersion, Expected> expected = new EnumMap<>(SdkVersion.class);

    /** What is predicted for a release line. */
    private record Expected(Report report, NpuSchedule schedule) {}

    StReportComparison(ReadStReports.Request request, Progress progress) {
        this.request = request;
        this.progress = progress;
    }

    /** One for each file that says sizes, epochs or times of a network on the NPU. */
    List<StReport.Comparison> of(List<ReadStReports.Read> reads) {
        List<StReport.Comparison> comparisons = new ArrayList<>();
        for (ReadStReports.Read read : reads) {
            StReport.File file = StReportParts.file(read);
            for (int index = 0; index < file.runs().size(); index++) {
                StReport.Run run = file.runs().get(index);
                Optional<EpochGraph> graph = read.description().flatMap(CInfo::epochs);
                int place = index;
                Optional<EpochCounts> table =
                        read.text().map(text -> text.runs().get(place)).flatMap(ToolRun::epochs);
                if (!run.flow().equals("cpu")) {
                    compare(file.file(), run, graph, table).ifPresent(comparisons::add);
                }
            }
        }
        return comparisons;
    }

    private Optional<StReport.Comparison> compare(
            String file, StReport.Run run, Optional<EpochGraph> graph, Optional<EpochCounts> table) {
        SdkVersion sdk = request.sdk()
                .or(() -> ToolVersion.find(run.release()).flatMap(version -> SdkVersion.of(version.release())))
                .orElse(SdkVersion.newest());
        Expected ours = expected.computeIfAbsent(sdk, this::predict);
        Prediction prediction = ours.report().prediction();
        List<StReport.Row> rows = new ArrayList<>();
        add(rows, run, "macc", ours.report().model().macc());
        if (prediction != null) {
            add(rows, run, "weightsBytes", prediction.weightsBytes());
            for (Prediction.Pool pool : prediction.pools()) {
                add(rows, run, "pool." + pool.name() + ".usedBytes", pool.usedBytes());
            }
            if (prediction.latencyMs() != null) {
                add(rows, run, "latencyMillis", BigDecimal.valueOf(prediction.latencyMs()));
            }
        }
        Optional<EpochMatch> match = graph.map(epochs -> EpochMatch.of(ours.schedule(), epochs))
                .or(() -> table.flatMap(epochs -> EpochMatch.of(
                        ours.schedule(), epochs.rows(), (int) epochs.total().asLong())));
        match.ifPresent(epochs -> rows.add(row(
                "epochs",
                BigDecimal.valueOf(epochs.predictedEpochs()),
                BigDecimal.valueOf(epochs.obtainedEpochs()),
                graph.isPresent() ? "graphs[0].nodes that stream data" : "Epochs details")));
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        Path model = request.model().orElseThrow();
        return Optional.of(new StReport.Comparison(
                file,
                model.getFileName().toString(),
                request.board().id(),
                sdk.label(),
                prediction == null ? Prediction.AS_IS : prediction.graph(),
                rows,
                // A repaired graph is another than the one whose epochs are compared.
                match.filter(epochs -> prediction != null && prediction.graph().equals(Prediction.AS_IS))
                        .map(StReportComparison::placement)
                        .orElse(null)));
    }

    private Expected predict(SdkVersion sdk) {
        Path model = request.model().orElseThrow();
        Report report = new CheckModel(progress)
                .check(new CheckModel.Request(model, request.board(), CheckModel.NPU, sdk, request.inputs()))
                .report();
        ModelSource source = ModelSource.open(model);
        NpuSchedule schedule = NpuScheduler.schedule(BoundInputs.bind(source.model(), request.inputs()), sdk);
        return new Expected(report, schedule);
    }

    private static void add(List<StReport.Row> rows, StReport.Run run, String name, Long predicted) {
        if (predicted != null) {
            add(rows, run, name, BigDecimal.valueOf(predicted));
        }
    }

    private static void add(List<StReport.Row> rows, StReport.Run run, String name, BigDecimal predicted) {
        run.figures().stream()
                .filter(figure -> figure.name().equals(name))
                .findFirst()
                .ifPresent(figure -> rows.add(row(name, predicted, figure.value(), figure.where())));
    }

    private static StReport.Row row(String name, BigDecimal predicted, BigDecimal obtained, String where) {
        Double difference = obtained.signum() == 0
                ? null
                : Math.round(1e4 * (predicted.doubleValue() / obtained.doubleValue() - 1)) / 1e4;
        return new StReport.Row(name, predicted, obtained, difference, where);
    }

    static StReport.Placement placement(EpochMatch match) {
        return new StReport.Placement(
                match.hits().size(),
                match.predictedOnCpu(),
                match.obtainedOnCpu(),
                rounded(match.precision()),
                rounded(match.recall()),
                EpochMatch.counted(match.extra()),
                EpochMatch.counted(match.missed()));
    }

    private static Double rounded(OptionalDouble share) {
        return share.isPresent() ? Math.round(1000 * share.getAsDouble()) / 1000.0 : null;
    }
}
