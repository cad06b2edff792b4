// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every figure that somebody read by hand from the recorded reports is the one that the readers give. */
class RecordedFiguresTest {
    private static final BigDecimal HALF = new BigDecimal("0.5");

    /** What one case, or one of its files, holds. */
    private record Reading(List<TextReport> reports, List<CInfo> infos) {
        List<ToolRun> runs() {
            return reports.stream().flatMap(report -> report.runs().stream()).toList();
        }

        List<ReportProblem> problems() {
            List<ReportProblem> all = new ArrayList<>();
            reports.forEach(report -> all.addAll(report.problems()));
            infos.forEach(info -> all.addAll(info.problems()));
            return all;
        }
    }

    @TestFactory
    Stream<DynamicTest> every_figure_of_every_case() throws IOException {
        Path folder = Fixtures.folder();
        JsonNode index = new ObjectMapper()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .readTree(folder.resolve("index.json").toFile());
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode entry : index.path("cases")) {
            tests.add(DynamicTest.dynamicTest(entry.path("case").asText(), () -> check(folder, entry)));
        }
        return tests.stream();
    }

    private static void check(Path folder, JsonNode entry) throws IOException {
        Path cases = folder.resolve(entry.path("case").asText());
        List<String> files = new ArrayList<>();
        entry.path("files").forEach(file -> files.add(file.path("file").asText()));
        List<String> main =
                files.stream().filter(file -> !file.contains("same_model")).toList();
        Reading whole = read(cases, main);
        assertThat(whole.problems()).as("real files").isEmpty();
        version(entry.path("tool").asText(), whole);
        entry.path("atonn")
                .properties()
                .forEach(field -> compiler(field.getValue().asText(), field.getKey(), whole));
        figures(entry.path("figures"), cases, whole);
        JsonNode older = entry.path("figures_v2_1_0");
        if (older.isObject()) {
            Reading other = read(
                    cases,
                    files.stream().filter(file -> file.contains("same_model")).toList());
            assertThat(other.problems()).isEmpty();
            version(older.path("tool").asText(), other);
            figures(older, cases, other);
        }
    }

    private static void figures(JsonNode figures, Path cases, Reading reading) throws IOException {
        for (Map.Entry<String, JsonNode> figure : figures.properties()) {
            if (figure.getValue().isObject()) {
                Reading file = read(cases, List.of(figure.getKey()));
                assertThat(file.problems()).isEmpty();
                figures(figure.getValue(), cases, file);
            } else if (!figure.getKey().equals("tool")) {
                figure(figure.getKey(), figure.getValue(), reading);
            }
        }
    }

    private static Reading read(Path folder, List<String> files) throws IOException {
        List<TextReport> reports = new ArrayList<>();
        List<CInfo> infos = new ArrayList<>();
        for (String file : files) {
            Path path = folder.resolve(file);
            if (file.contains("c_info.json")) {
                infos.add(CInfo.read(file, new ByteArrayInputStream(Fixtures.bytes(path))));
            } else if (file.endsWith(".txt") || file.endsWith(".txt.gz")) {
                reports.add(TextReport.read(file, Fixtures.text(path)));
            }
        }
        return new Reading(reports, infos);
    }

    private static void version(String printed, Reading reading) {
        List<String> versions = Stream.concat(
                        reading.runs().stream().flatMap(run -> run.version().stream()),
                        reading.infos().stream().flatMap(info -> info.version().stream()))
                .map(version -> "ST Edge AI Core v" + version)
                .distinct()
                .toList();
        if (printed.startsWith("ST Edge")) {
            assertThat(versions).containsExactly(printed);
        }
    }

    private static void compiler(String expected, String source, Reading reading) {
        List<String> versions = source.equals("c_info")
                ? reading.infos().stream().map(CInfo::compilerVersion).toList()
                : reading.runs().stream()
                        .flatMap(run -> run.compiler().stream())
                        .map(CompilerCall::version)
                        .toList();
        assertThat(versions).isNotEmpty().allMatch(expected.split(" ")[0]::equals);
    }

    private static void figure(String key, JsonNode expected, Reading reading) {
        if (expected.isNull()) {
            assertThat(reading.runs()).as(key).noneMatch(run -> run.profile().isPresent());
        } else if (key.equals("errors") || key.equals("error")) {
            List<String> errors = reading.runs().stream()
                    .flatMap(run -> run.errors().stream())
                    .map(ToolMessage::text)
                    .toList();
            List<JsonNode> texts = new ArrayList<>();
            (expected.isArray() ? expected : List.of(expected)).forEach(texts::add);
            assertThat(errors).hasSameSizeAs(texts);
            for (JsonNode text : texts) {
                String start = text.asText().replace(" - [...]", "");
                assertThat(errors).anyMatch(error -> error.startsWith(start));
            }
        } else if (key.equals("warning")) {
            assertThat(reading.runs().stream().flatMap(run -> run.messages().stream()))
                    .anyMatch(message -> message.text().contains(expected.asText()));
        } else if (key.equals("sw_ops")) {
            List<String> operators = new ArrayList<>();
            expected.forEach(text -> operators.add(text.asText()));
            assertThat(one(reading, ToolRun::epochs).operators(EpochKind.SOFTWARE))
                    .isEqualTo(operators);
        } else if (key.endsWith("_text")) {
            MemoryUsage memory = one(reading, ToolRun::memory);
            assertThat((key.startsWith("weights") ? memory.weights() : memory.activations()).toString())
                    .isEqualTo(expected.asText());
        } else if (expected.isArray()) {
            List<Figure> found = list(key, reading);
            assertThat(found).as(key).hasSize(expected.size());
            for (int index = 0; index < found.size(); index++) {
                equal(key, found.get(index), expected.path(index));
            }
        } else {
            List<Figure> found = numbers(key, reading);
            assertThat(found).as(key).isNotEmpty();
            found.forEach(figure -> equal(key, figure, expected));
        }
    }

    /** Equal to the last digit that the index has. */
    private static void equal(String key, Figure figure, JsonNode expected) {
        BigDecimal value = expected.decimalValue();
        BigDecimal tolerance =
                expected.isIntegralNumber() ? BigDecimal.ZERO : value.ulp().multiply(HALF);
        assertThat(figure.agrees(value, tolerance))
                .as("%s: %s at %s, expected %s", key, figure, figure.place(), expected)
                .isTrue();
        if (figure.exact()) {
            assertThat(figure.asLong()).as(key).isEqualTo(value.longValue());
        }
    }

    private static List<Figure> list(String key, Reading reading) {
        DeviceProfile profile = one(reading, ToolRun::profile);
        return switch (key) {
            case "cpu_cycles" ->
                List.of(
                        profile.cycles().before(),
                        profile.cycles().during(),
                        profile.cycles().after());
            case "node_ms" ->
                profile.nodes().stream().map(DeviceProfile.Node::millis).toList();
            default -> throw new AssertionError("no reader for " + key);
        };
    }

    private static <T> T one(Reading reading, Function<ToolRun, Optional<T>> part) {
        List<T> found =
                reading.runs().stream().flatMap(run -> part.apply(run).stream()).toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static List<Figure> runs(Reading reading, Function<ToolRun, Optional<Figure>> part) {
        return reading.runs().stream().flatMap(run -> part.apply(run).stream()).toList();
    }

    private static List<Figure> infos(Reading reading, Function<CInfo, Optional<Figure>> part) {
        return reading.infos().stream()
                .flatMap(info -> part.apply(info).stream())
                .toList();
    }

    private static List<Figure> summaries(
            Reading reading, String command, Function<ExecSummary, Optional<Figure>> part) {
        return runs(
                reading,
                run -> run.command().equals("validate") == command.equals("validate")
                        ? run.summary().flatMap(part)
                        : Optional.empty());
    }

    private static List<Figure> profiles(Reading reading, Function<DeviceProfile, Optional<Figure>> part) {
        return runs(reading, run -> run.profile().flatMap(part));
    }

    private static List<Figure> epochs(Reading reading, Function<EpochCounts, Optional<Figure>> part) {
        return runs(reading, run -> run.epochs().flatMap(part));
    }

    private static Optional<Figure> rows(EpochCounts epochs, EpochKind kind) {
        return Figure.of(
                Integer.toString(epochs.count(kind)), "", epochs.total().place());
    }

    private static Optional<Figure> number(Reading reading, long value) {
        return Figure.of(Long.toString(value), "", reading.runs().get(0).first());
    }

    @SafeVarargs
    private static List<Figure> both(List<Figure>... lists) {
        List<Figure> all = new ArrayList<>();
        for (List<Figure> list : lists) {
            all.addAll(list);
        }
        return all;
    }

    private static List<Figure> numbers(String key, Reading reading) {
        return switch (key) {
            case "macc_report", "macc_model" -> runs(reading, run -> run.model().map(ModelTable::macc));
            case "macc" ->
                both(
                        runs(reading, run -> run.model().flatMap(ModelTable::generatedMacc)),
                        summaries(reading, "", ExecSummary::macc),
                        infos(reading, CInfo::nodeMacc));
            case "macc_console", "macc_console_generate" -> summaries(reading, "generate", ExecSummary::macc);
            case "macc_console_validate" -> summaries(reading, "validate", ExecSummary::macc);
            case "weights_console_validate" -> summaries(reading, "validate", ExecSummary::weightsBytes);
            case "activations_console_validate" -> summaries(reading, "validate", ExecSummary::activationsBytes);
            case "weights_model_bytes" -> runs(reading, run -> run.model().map(ModelTable::weightsBytes));
            case "weights_bytes", "weights_bytes_approx" ->
                both(
                        runs(reading, ToolRun::weightsBytes),
                        infos(reading, info -> info.footprint().map(CInfo.Footprint::weightsBytes)));
            case "activations_bytes" ->
                both(
                        runs(reading, ToolRun::activationsBytes),
                        infos(reading, info -> info.footprint().map(CInfo.Footprint::activationsBytes)));
            case "hyperram_bytes" ->
                both(
                        runs(
                                reading,
                                run -> run.memory()
                                        .flatMap(block -> block.pool("hyperRAM"))
                                        .map(MemoryUsage.Pool::used)),
                        infos(reading, info -> info.pool("hyperRAM").map(CInfo.Pool::usedBytes)));
            case "io_bytes" ->
                runs(reading, run -> run.sections().map(sizes -> sizes.io().bss()));
            case "total_flash_bytes" -> runs(reading, run -> run.sections().map(SectionSizes::flashBytes));
            case "total_ram_bytes" -> runs(reading, run -> run.sections().map(SectionSizes::ramBytes));
            case "rt_flash_bytes" ->
                both(
                        runs(reading, run -> run.sections().map(SectionSizes::runtimeFlashBytes)),
                        infos(reading, info -> info.footprint().flatMap(CInfo.Footprint::runtimeFlashBytes)));
            case "rt_ram_bytes" ->
                both(
                        runs(reading, run -> run.sections().map(SectionSizes::runtimeRamBytes)),
                        infos(reading, info -> info.footprint().flatMap(CInfo.Footprint::runtimeRamBytes)));
            case "c_info_nodes" -> infos(reading, CInfo::nodes);
            case "power_estimates_max_cycles_sum" -> infos(reading, CInfo::maxCycles);
            case "n_nodes_device" -> runs(reading, run -> run.device().flatMap(DeviceSummary::nodes));
            case "mcu_mhz" -> runs(reading, run -> run.device().flatMap(device -> device.megahertz("mcu_freq")));
            case "npu_mhz" -> runs(reading, run -> run.device().flatMap(device -> device.megahertz("npu_freq")));
            case "elapsed_generate_s" -> elapsed(reading, "generate");
            case "elapsed_validate_s" -> elapsed(reading, "validate");
            case "elapsed_analyze_s" -> elapsed(reading, "analyze");
            case "exit_status" -> runs(reading, ToolRun::exitStatus);
            case "bytes_left_unallocated" ->
                reading.runs().stream()
                        .flatMap(run -> run.unallocatedBytes().stream())
                        .toList();
            case "minimal_bytes" -> runs(reading, ToolRun::minimalBytes);
            case "warnings_not_quantized" ->
                number(
                                reading,
                                reading.runs().stream()
                                        .mapToInt(ToolRun::notQuantized)
                                        .sum())
                        .stream()
                        .toList();
            case "rmse", "mae", "l2r", "mean", "std", "snr", "nse", "cos" ->
                both(
                        reading.runs().stream()
                                .flatMap(run -> run.accuracy().stream())
                                .flatMap(row -> row.metric(key).stream())
                                .toList(),
                        reading.infos().stream()
                                .flatMap(info -> info.validation().stream())
                                .flatMap(validation -> validation.accuracy().stream())
                                .flatMap(row -> row.metric(key).stream())
                                .toList());
            default ->
                key.startsWith("epoch")
                                || key.startsWith("first_epoch")
                                || key.startsWith("last_epoch")
                                || key.equals("ec_blobs")
                        ? epochFigures(key, reading)
                        : profileFigures(key, reading);
        };
    }

    private static List<Figure> elapsed(Reading reading, String command) {
        return runs(reading, run -> run.command().equals(command) ? run.elapsedSeconds() : Optional.empty());
    }

    private static List<Figure> epochFigures(String key, Reading reading) {
        if (key.equals("epochs_total")
                && reading.runs().stream().noneMatch(run -> run.epochs().isPresent())) {
            return number(reading, 0).stream().toList();
        }
        return switch (key) {
            case "epochs_total" ->
                both(
                        epochs(reading, epochs -> Optional.of(epochs.total())),
                        infos(
                                reading,
                                info -> info.epochs()
                                        .flatMap(graph ->
                                                number(reading, graph.epochs().size()))));
            case "epochs_sw" ->
                both(
                        epochs(reading, epochs -> Optional.of(epochs.software())),
                        infos(
                                reading,
                                info -> info.epochs()
                                        .flatMap(graph -> number(
                                                reading,
                                                graph.epochs().stream()
                                                        .filter(epoch -> epoch.kind() == EpochKind.SOFTWARE)
                                                        .count()))));
            case "epochs_hybrid" ->
                epochs(
                        reading,
                        epochs -> Optional.of(epochs.hybrid()
                                .orElse(rows(epochs, EpochKind.HYBRID).orElseThrow())));
            case "epochs_hybrid_qq" -> epochs(reading, epochs -> rows(epochs, EpochKind.HYBRID));
            case "epochs_ec" -> epochs(reading, epochs -> rows(epochs, EpochKind.CONTROLLER));
            case "epochs_hw" -> epochs(reading, epochs -> epochs.hardware().or(() -> rows(epochs, EpochKind.HARDWARE)));
            case "ec_blobs" ->
                both(epochs(reading, EpochCounts::controllerBlobs), infos(reading, CInfo::controllerBlobs));
            case "first_epoch_id" ->
                number(reading, one(reading, ToolRun::epochs).rows().get(0).first()).stream()
                        .toList();
            case "last_epoch_id" -> {
                List<EpochTable.Row> all = one(reading, ToolRun::epochs).rows();
                yield number(reading, all.get(all.size() - 1).last()).stream().toList();
            }
            default -> throw new AssertionError("no reader for " + key);
        };
    }

    private static List<Figure> profileFigures(String key, Reading reading) {
        return switch (key) {
            case "samples" -> profiles(reading, profile -> Optional.of(profile.samples()));
            case "latency_ms" -> profiles(reading, profile -> Optional.of(profile.meanMillis()));
            case "latency_min_ms" -> profiles(reading, profile -> Optional.of(profile.minMillis()));
            case "latency_max_ms" -> profiles(reading, profile -> Optional.of(profile.maxMillis()));
            case "latency_std_ms" -> profiles(reading, profile -> Optional.of(profile.deviationMillis()));
            case "inf_per_s" -> profiles(reading, DeviceProfile::inferencesPerSecond);
            case "init_ms" -> profiles(reading, DeviceProfile::initializeMillis);
            case "hw_pct" -> profiles(reading, DeviceProfile::hardwarePercent);
            case "sw_pct" -> profiles(reading, DeviceProfile::softwarePercent);
            case "swctrl_pct" -> profiles(reading, DeviceProfile::controlPercent);
            default -> throw new AssertionError("no reader for " + key);
        };
    }
}
