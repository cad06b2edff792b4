// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.deployable;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import io.github.stm32deploy.toolchain.usecase.CheckModel;
import io.github.stm32deploy.toolchain.usecase.Progress;
import io.github.stm32deploy.toolchain.usecase.QuantizationChoice;
import io.github.stm32deploy.toolchain.usecase.QuantizeModel;
import io.github.stm32deploy.toolchain.usecase.RepairModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One file on its way: checked, repaired, quantized, checked again.
 *
 * @param file relative to the folder of models
 * @param recipe id of the recipe that knows it, "" where none does
 * @param repairs repairs that were kept
 * @param reverted repairs that were reverted
 * @param together what all kept repairs together moved, first graph against last; "" where fewer than two were kept
 * @param calibration what the ranges come from; "" where nothing was quantized
 * @param sqnrDb worst output against the float model; empty where nothing was quantized
 * @param stopped the diagnosis that stopped the way; "" where none did
 */
record DeployableRow(
        String file,
        String recipe,
        String before,
        List<String> beforeErrors,
        List<String> repairs,
        List<String> reverted,
        String together,
        String calibration,
        Optional<Double> sqnrDb,
        String after,
        List<String> afterErrors,
        String stopped) {
    private static final Set<String> ON_NPU = Set.of("npu", "npu+cpu");

    /** True where the result is what the NPU runs, with no finding that stops it. */
    boolean deployable() {
        return ON_NPU.contains(after) && afterErrors.isEmpty();
    }

    static DeployableRow of(Path model, String name, Path images, Path work) {
        Progress silent = Progress.silent();
        CheckModel.Result before = check(model, silent);
        Way way = new Way();
        Path mended = work.resolve("mended.onnx");
        Path quantized = work.resolve("quantized.onnx");
        CheckModel.Result after = null;
        try {
            Files.deleteIfExists(work.resolve("mended.yaml"));
            RepairModel.Result repaired = new RepairModel(silent)
                    .repair(new RepairModel.Request(
                            model, Optional.of(mended), List.of(), SdkVersion.newest(), Map.of()));
            repaired.repairs().forEach(repair -> (repair.parity().kept() ? way.kept : way.reverted).add(repair.id()));
            way.together = repaired.total().map(DeployableRow::together).orElse("");
            after = check(mended, silent);
            if (!ON_NPU.contains(after.report().verdict()) || !errors(after).isEmpty()) {
                way.quantize(mended, quantized, images);
                after = check(quantized, silent);
            }
        } catch (DiagnosedException stopped) {
            way.stopped = stopped.diagnoses().get(0).code() + ": "
                    + stopped.diagnoses().get(0).happened() + " ("
                    + stopped.diagnoses().get(0).observed() + ")";
        } catch (java.io.IOException unwritable) {
            throw new java.io.UncheckedIOException(unwritable);
        }
        return new DeployableRow(
                name,
                before.report().known() == null ? "" : before.report().known().recipe(),
                before.report().verdict(),
                errors(before),
                List.copyOf(way.kept),
                List.copyOf(way.reverted),
                way.together,
                way.calibration,
                way.sqnrDb,
                after == null || !way.stopped.isEmpty() ? "" : after.report().verdict(),
                after == null || !way.stopped.isEmpty() ? List.of() : errors(after),
                way.stopped);
    }

    /** Quanta where an output is quantized, else the largest difference as a share of the largest value. */
    private static String together(Report.Total total) {
        if (total.differing() == 0) {
            return "equal";
        }
        return total.maxQuanta() > 0
                ? String.format(Locale.ROOT, "%.0f quanta", total.maxQuanta())
                : String.format(Locale.ROOT, "%.1e", total.maxRelativeError());
    }

    private static final class Way {
        private String together = "";
        private final Set<String> kept = new LinkedHashSet<>();
        private final Set<String> reverted = new LinkedHashSet<>();
        private String calibration = "";
        private Optional<Double> sqnrDb = Optional.empty();
        private String stopped = "";

        void quantize(Path mended, Path quantized, Path images) {
            QuantizeModel.Result result;
            try {
                calibration = "images";
                result = quantizer().quantize(request(mended, quantized, images.toString()));
            } catch (DiagnosedException unfit) {
                if (!unfit.diagnoses().get(0).code().equals("QUANT-CALIBRATION-UNUSABLE")) {
                    throw unfit;
                }
                // Sound, key points, attributes: pictures are not what these networks take.
                calibration = "noise";
                result = quantizer().quantize(request(mended, quantized, "random"));
            }
            result.quantization()
                    .ifPresent(quantization -> sqnrDb = quantization.outputs().stream()
                            .map(Report.OutputError::sqnrDb)
                            .map(value -> value == null ? Double.POSITIVE_INFINITY : value)
                            .min(Double::compare));
        }

        private static QuantizeModel quantizer() {
            return new QuantizeModel(Progress.silent());
        }

        private static QuantizeModel.Request request(Path model, Path output, String calibration) {
            return new QuantizeModel.Request(model, Map.of(), QuantizationChoice.of(calibration), output);
        }
    }

    private static CheckModel.Result check(Path model, Progress progress) {
        Board board = Boards.byId("stm32n6570-dk");
        return new CheckModel(progress)
                .check(new CheckModel.Request(model, board, CheckModel.NPU, SdkVersion.newest(), Map.of()));
    }

    private static List<String> errors(CheckModel.Result result) {
        List<String> codes = new ArrayList<>();
        result.report().diagnoses().stream()
                .filter(finding -> finding.severity().equals("error"))
                .map(Report.Finding::code)
                .distinct()
                .forEach(codes::add);
        return codes;
    }
}
