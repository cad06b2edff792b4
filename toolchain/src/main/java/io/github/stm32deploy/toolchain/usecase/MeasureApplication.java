// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.measure.Distribution;
import io.github.stm32deploy.host.measure.Measurement;
import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.host.measure.Measurer;
import io.github.stm32deploy.host.measure.SessionSource;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/** Boots a built application and measures it; the figures go into its report. */
public final class MeasureApplication {
    private static final long NOISE_SEED = 1;
    /** How long a port that went may take to come back. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Progress progress;

    public MeasureApplication(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param folder made by {@code build}
     * @param deadlines how long the board may take to answer
     * @param image input of every run; empty for seeded noise, whose instruction counts differ only in post-processing
     */
    public record Request(
            Path folder, Optional<String> port, Deadlines deadlines, MeasurementPlan plan, Optional<Path> image) {
        public Request {
            Objects.requireNonNull(folder);
            Objects.requireNonNull(port);
            Objects.requireNonNull(deadlines);
            Objects.requireNonNull(plan);
            Objects.requireNonNull(image);
        }

        /** With the usual deadlines. */
        public Request(Path folder, Optional<String> port, MeasurementPlan plan, Optional<Path> image) {
            this(folder, port, Deadlines.standard(), plan, image);
        }
    }

    /** The report with its new section, and the raw outputs of the last run. */
    public record Result(Report report, List<byte[]> inputs, List<byte[]> outputs) {}

    public Result measure(Request request) {
        BuiltFolder folder = BuiltFolder.open(request.folder());
        List<byte[]> inputs = new ArrayList<>();
        int total = request.plan().reloads()
                * (request.plan().runs() + request.plan().warmup());
        progress.phase("measuring on " + folder.board().id() + ": "
                + request.plan().reloads() + " boots x " + request.plan().runs() + " runs");
        Measurement measurement;
        AtomicReference<RunningBoard> board = new AtomicReference<>();
        try {
            inputs.addAll(inputs(folder, request));
            SessionSource source = new SessionSource() {
                @Override
                public Running start() {
                    board.set(RunningBoard.start(folder, request.port(), request.deadlines()));
                    return running(board.get());
                }

                @Override
                public Optional<Running> resume() {
                    Optional<RunningBoard> again = board.get().resumed(PATIENCE, request.deadlines());
                    again.ifPresent(board::set);
                    return again.map(MeasureApplication::running);
                }
            };
            measurement = new Measurer(source, MonotonicClock.system())
                    .measure(request.plan(), inputs, done -> progress.advance(done, total));
        } catch (SessionException failure) {
            throw board.get().explain(failure);
        } catch (DiagnosedException explained) {
            throw explained;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", interrupted);
        } catch (Exception unexpected) {
            throw new IllegalStateException(unexpected);
        }
        Report.Measurement section = section(folder, measurement);
        folder.saveMeasurement(section);
        return new Result(folder.report().withMeasurement(section), inputs, measurement.outputs());
    }

    /** The inputs for all runs; a short session tells what the board takes. */
    private static List<byte[]> inputs(BuiltFolder folder, Request request) {
        try (RunningBoard board = RunningBoard.start(folder, request.port(), request.deadlines())) {
            Optional<InputContract> contract = folder.contract();
            if (request.image().isPresent()) {
                if (contract.isEmpty()) {
                    throw RunImages.noContract(request.folder());
                }
                return List.of(new BoardInput(board, contract.get())
                        .bytes(ImageFile.read(request.image().get())));
            }
            SplittableRandom noise = new SplittableRandom(NOISE_SEED);
            List<byte[]> inputs = new ArrayList<>();
            for (Answer.Tensor tensor : board.session().device().inputs()) {
                byte[] bytes = new byte[Math.toIntExact(tensor.bytes())];
                noise.nextBytes(bytes);
                inputs.add(bytes);
            }
            return inputs;
        }
    }

    private static SessionSource.Running running(RunningBoard board) {
        return new SessionSource.Running() {
            @Override
            public DeviceSession session() {
                return board.session();
            }

            @Override
            public void close() {
                board.close();
            }
        };
    }

    private static Report.Measurement section(BuiltFolder folder, Measurement measured) {
        Answer.Hello device = measured.device();
        List<Report.LayerTime> layers = new ArrayList<>();
        List<String> names = folder.application().layerNames();
        for (int index = 0; index < measured.layerMedians().size(); index++) {
            String name = index < names.size() ? names.get(index) : "layer " + index;
            layers.add(new Report.LayerTime(
                    name, device.tickUnit(), measured.layerMedians().get(index)));
        }
        boolean decodes = folder.application().decoder() != null;
        return new Report.Measurement(
                new Report.Device(
                        device.board(),
                        device.emulated(),
                        device.clockHertz(),
                        clocks(device),
                        device.firmwareDigest()),
                new Report.Method(
                        measured.plan().reloads(),
                        measured.plan().runs(),
                        measured.plan().warmup(),
                        timeBase(device)),
                spread(measured.inference()),
                decodes ? spread(measured.postprocessing()) : null,
                spread(measured.transfer()),
                spread(measured.endToEnd()),
                layers,
                memory(folder, measured),
                folder.report().model().macc() == null
                        ? 0
                        : folder.report().model().macc(),
                measured.verdict().reportName(),
                measured.trouble().orElseGet(() -> reason(measured)) + interruptions(measured));
    }

    /** As the device's registers say them; null where no clock means anything. */
    private static Map<String, Long> clocks(Answer.Hello device) {
        Map<String, Long> clocks = new LinkedHashMap<>();
        device.clocks().forEach(clock -> clocks.put(clock.name(), clock.hertz()));
        return clocks.isEmpty() ? null : clocks;
    }

    private static String timeBase(Answer.Hello device) {
        if (!device.clocks().isEmpty()) {
            return "cycle counter of a core at " + device.clockHertz() + " Hz, as its registers say";
        }
        return switch (device.tickUnit()) {
            case "instructions" -> "guest instructions, counted by the emulator's virtual time";
            case "microseconds" -> "monotonic clock of this computer";
            default -> device.tickUnit() + " of a core at " + device.clockHertz() + " Hz";
        };
    }

    private static String interruptions(Measurement measured) {
        return measured.interruptions() == 0 ? "" : "; the port went and came back: " + measured.interruptions();
    }

    private static String reason(Measurement measured) {
        return switch (measured.verdict()) {
            case TRUSTED -> measured.samples() + " runs on the firmware that was built, the same outputs in all";
            case UNSTABLE ->
                "the inference times differ by "
                        + (measured.inference().max() - measured.inference().min()) + " "
                        + measured.inference().unit();
            case INSUFFICIENT -> "only " + measured.samples() + " runs";
            case QUARANTINED -> "the figures contradict each other";
        };
    }

    private static Report.Memory memory(BuiltFolder folder, Measurement measured) {
        Answer.Memory memory = measured.memory().orElse(new Answer.Memory(0, 0, 0, 0, 0));
        Report.Build build = folder.report().build();
        long flash =
                build == null ? 0 : build.textBytes() + build.rodataBytes() + build.dataBytes() + build.weightsBytes();
        return new Report.Memory(
                memory.staticBytes() + memory.arenaBytes() + memory.stackPeakBytes(),
                memory.stackPeakBytes(),
                flash,
                memory.arenaBytes(),
                memory.weightsBytes());
    }

    private static Report.Spread spread(Distribution distribution) {
        return new Report.Spread(
                distribution.unit(), distribution.min(), distribution.median(), distribution.p95(), distribution.max());
    }
}
