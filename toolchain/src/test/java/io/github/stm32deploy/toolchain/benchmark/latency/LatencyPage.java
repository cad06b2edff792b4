// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.benchmark.latency.MeasuredRun.Part;
import io.github.stm32deploy.toolchain.latency.LatencyConstant;
import io.github.stm32deploy.toolchain.latency.LatencyData;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.latency.NetworkClass;
import io.github.stm32deploy.toolchain.support.EpochWork;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The prediction errors of the latency model as a Markdown page. */
final class LatencyPage {
    private final LatencyData shipped;
    private final FitData data;
    private final List<LeftOut> left;
    private final StringBuilder page = new StringBuilder();

    private LatencyPage(LatencyData shipped, FitData data, List<LeftOut> left) {
        this.shipped = shipped;
        this.data = data;
        this.left = left;
    }

    static String render(LatencyData shipped, FitData data, List<LeftOut> left) {
        return new LatencyPage(shipped, data, left).render();
    }

    private String render() {
        page.append("""
                # Latency prediction, measured

                How far the predicted time of an inference is from published measurements on STM32N6. Made by
                `toolchain/benchmarks/latency/run.sh --write`; the constants by `toolchain/benchmarks/latency/fit.sh`.
                Predicted values are predictions; measured values are those of the sources (the model zoo for STM32, AI Studio
                and Developer Cloud reports, a user's table).

                **Left out** means: the model that made the prediction had seen neither networks nor single epochs of that
                design. Its fit starts from nothing, as the whole fit does; a
                constant that none of the rest depends on starts in the middle of its range. An error is predicted over
                measured, less one; a median or maximum is of absolute values.

                """);
        classes();
        families();
        rows();
        epochs();
        constants();
        limits();
        return page.toString();
    }

    private void classes() {
        page.append("## By class of network, left out\n\n");
        page.append(
                "| class | networks | designs | median error | 90 % of errors within | in the 80 % interval | interval |\n");
        page.append("|---|---:|---:|---:|---:|---:|---|\n");
        for (NetworkClass kind : NetworkClass.values()) {
            row(kind.description(), one -> one.kind() == kind, shipped.errors().get(kind));
        }
        row("all", one -> true, null);
        page.append("""

                A network counts as running on the NPU where software and hybrid epochs take at most a twentieth of its
                predicted time. Whether a measured value lies in the interval is judged with the interval that the other designs
                give. With few designs the interval is widened (by 2/designs), and for a network that spends its time in work
                that no fitted network has so much of: by four times that share. These
                rules and the share beyond each end were chosen on these data, so the share inside flatters a little.

                """);
    }

    private void row(String name, Predicate<LeftOut> of, LatencyData.Errors errors) {
        List<LeftOut> some = left.stream().filter(of).toList();
        if (some.isEmpty()) {
            return;
        }
        List<Double> sorted = sorted(some);
        long inside = some.stream().filter(this::inside).count();
        page.append(String.format(
                Locale.ROOT,
                "| %s | %d | %d | %.1f %% | %.0f %% | %d of %d (%.0f %%) | %s |\n",
                name,
                some.size(),
                LeftOut.families(some.stream().map(LeftOut::run).toList()).size(),
                quantile(sorted, 0.5),
                quantile(sorted, 0.9),
                inside,
                some.size(),
                100.0 * inside / some.size(),
                errors == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "%+.0f %% to %+.0f %%",
                                100 * Math.expm1(errors.low()),
                                100 * Math.expm1(errors.high()))));
    }

    private boolean inside(LeftOut one) {
        List<LeftOut> others = left.stream()
                .filter(other -> !other.run().family().equals(one.run().family()))
                .toList();
        LatencyData.Errors errors = LeftOut.errors(others).getOrDefault(one.kind(), LatencyData.Errors.UNKNOWN);
        double wider = LatencyModel.wider(one.distance());
        return one.residual() >= errors.low() * wider && one.residual() <= errors.high() * wider;
    }

    private static List<Double> sorted(List<LeftOut> some) {
        return some.stream().map(one -> 100 * Math.abs(one.error())).sorted().toList();
    }

    private static double quantile(List<Double> sorted, double share) {
        double at = share * (sorted.size() - 1);
        int below = (int) at;
        int above = Math.min(sorted.size() - 1, below + 1);
        return sorted.get(below) + (at - below) * (sorted.get(above) - sorted.get(below));
    }

    private void families() {
        page.append("## By design, left out\n\n");
        page.append("| design | networks | median error | largest error | classes |\n|---|---:|---:|---:|---|\n");
        for (String family : LeftOut.families(data.fitted())) {
            List<LeftOut> some = left.stream()
                    .filter(one -> one.run().family().equals(family))
                    .toList();
            List<Double> sorted = sorted(some);
            List<String> kinds = some.stream()
                    .map(one -> one.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .distinct()
                    .toList();
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %.1f %% | %.0f %% | %s |\n",
                    family,
                    some.size(),
                    quantile(sorted, 0.5),
                    sorted.get(sorted.size() - 1),
                    String.join(", ", kinds)));
        }
        page.append('\n');
    }

    private void rows() {
        page.append("## Every network\n\n");
        page.append("| network, release | clocks | measured ms | left out ms | error | shipped model ms | error |\n");
        page.append("|---|---|---:|---:|---:|---:|---:|\n");
        List<MeasuredRun> all = new ArrayList<>(data.networks());
        for (MeasuredRun run : all) {
            LeftOut one = left.stream()
                    .filter(other -> other.run() == run)
                    .findFirst()
                    .orElse(null);
            double with = run.predictedMicros(shipped.constants());
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s%s | %s | %s | %s | %s | %+.1f %% |\n",
                    run.name(),
                    run.clocks().name(),
                    run.epochController() ? ", epoch controller" : "",
                    millis(run.micros()),
                    one == null ? "" : millis(one.predictedMicros()),
                    one == null ? "" : String.format(Locale.ROOT, "%+.1f %%", 100 * one.error()),
                    millis(with),
                    100 * (with / run.micros() - 1)));
        }
        page.append("""

                Single layers are not fitted on as networks, their one epoch is programmed from cold; its core time is.

                """);
    }

    private static String millis(double micros) {
        double millis = micros / 1000;
        return String.format(Locale.ROOT, millis < 1 ? "%.3f" : millis < 1000 ? "%.2f" : "%.0f", millis);
    }

    private void epochs() {
        page.append("## Single epochs, shipped model\n\n");
        page.append("| work | part | epochs | median error | largest error |\n|---|---|---:|---:|---:|\n");
        Map<String, List<Double>> errors = new TreeMap<>();
        for (MeasuredRun run : data.epochs()) {
            EpochWork work = run.loads().get(0).work();
            String kind = run.loads().get(0).kind().name().toLowerCase(Locale.ROOT);
            String part = run.part() == Part.WHOLE
                    ? kind + ", whole"
                    : kind + ", " + run.part().name().toLowerCase(Locale.ROOT);
            errors.computeIfAbsent(work.name().toLowerCase(Locale.ROOT) + " | " + part, key -> new ArrayList<>())
                    .add(100 * Math.abs(run.predictedMicros(shipped.constants()) / run.micros() - 1));
        }
        errors.forEach((name, some) -> {
            some.sort(Double::compare);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %.1f %% | %.0f %% |\n",
                    name,
                    some.size(),
                    quantile(some, 0.5),
                    some.get(some.size() - 1)));
        });
        page.append('\n');
    }

    private void constants() {
        page.append("## Constants\n\nFitted: ");
        page.append(shipped.provenance().get("rows")).append(". Method: ");
        page.append(shipped.provenance().get("method")).append(". Digest of the data file: `");
        page.append(shipped.digest()).append("`.\n\n");
        page.append("| constant | value | unit | physical range |\n|---|---:|---|---|\n");
        Map<LatencyConstant, Double> values = new EnumMap<>(shipped.constants().values());
        values.forEach((constant, value) -> page.append(String.format(
                Locale.ROOT,
                "| %s | %.4g | %s | %.4g to %.4g |\n",
                constant.name(),
                value,
                constant.unit(),
                constant.low(),
                constant.high())));
        page.append('\n');
    }

    private void limits() {
        page.append("""
                ## What the data cannot carry

                - Figures of the model zoo are taken as made with the epoch controller on. The zoo's pages do not say so; its
                  profiles do, and the times leave no room for anything else.
                - Spill to external RAM has two rates, one of activations (DeepLabv3 at 416x416, DBFace at 480x640) and one of
                  partial sums of 7x7 convolutions (DLA, ResNet, SqueezeNet). The order of access is not in the model.
                - Hybrid epochs before release 4.0 rest on one network with concatenations (HarDNet-39DS) and on the resizing of
                  ST-YOLO-X; from 4.0 on four epochs of YOLOv8n. Interpolation on the CPU rests on DeepLabv3.
                - No dense 3x3 layer over many channels has a time of its own; the rate of windows is from whole networks.
                - Integer products on the CPU (attention) rest on four epochs of YOLO11n.
                - int4 weights: the networks that have them do not publish which layers are int4, so none is fitted on; their bytes
                  are counted as half.
                - Transformers, recurrent networks and audio networks are measured, but their graphs are not published.

                Rows that are not used:

                """);
        data.left().forEach(line -> page.append("- ").append(line).append('\n'));
    }
}
