// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.TickScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.zip.CRC32;

/** Measures a device: reloads times (warm-up, runs), always with the same inputs. */
public final class Measurer {
    private static final long NANOS_PER_MICRO = 1000;

    private final SessionSource source;
    private final MonotonicClock clock;

    public Measurer(SessionSource source, MonotonicClock clock) {
        this.source = source;
        this.clock = clock;
    }

    private record Run(Sample sample, List<byte[]> outputs) {}

    /**
     * @param inputs one array per input tensor, in the device's order
     * @param progress told the number of runs done, warm-up included
     * @throws SessionException when not one run could be measured; later trouble ends the measurement with what there is,
     *     and voids it
     * @throws Exception what starting the board throws
     */
    public Measurement measure(MeasurementPlan plan, List<byte[]> inputs, IntConsumer progress) throws Exception {
        List<Sample> samples = new ArrayList<>();
        Answer.Hello device = null;
        Optional<Answer.Memory> memory = Optional.empty();
        List<byte[]> outputs = List.of();
        Optional<String> trouble = Optional.empty();
        int done = 0;
        for (int reload = 0; reload < plan.reloads() && trouble.isEmpty(); reload++) {
            try (SessionSource.Running running = source.start()) {
                DeviceSession session = running.session();
                if (device != null && !device.equals(session.device())) {
                    trouble = Optional.of("after a restart the device was another one");
                    break;
                }
                device = session.device();
                try {
                    session.repaintStack();
                    for (int run = 0; run < plan.warmup() + plan.runs(); run++) {
                        Run result = once(session, inputs);
                        if (run >= plan.warmup()) {
                            samples.add(result.sample());
                            outputs = result.outputs();
                        }
                        progress.accept(++done);
                    }
                    memory = Optional.of(session.memory());
                } catch (SessionException e) {
                    trouble = Optional.of(explained(e, running));
                    if (samples.isEmpty()) {
                        throw e.kind() == SessionException.Kind.LINK ? e.because(trouble.get()) : e;
                    }
                }
            } catch (SessionException e) {
                if (samples.isEmpty()) {
                    throw e;
                }
                trouble = Optional.of(e.getMessage());
            }
        }
        return Measurement.of(device, plan, samples, memory, outputs, trouble);
    }

    private static String explained(SessionException e, SessionSource.Running running) {
        if (e.kind() != SessionException.Kind.LINK) {
            return e.getMessage();
        }
        return running.boardExit()
                .map(exit -> "the board ended with exit code " + exit.exitCode() + ": "
                        + exit.errorOutput().strip())
                .orElse(e.getMessage());
    }

    private Run once(DeviceSession session, List<byte[]> inputs) throws SessionException {
        long start = clock.nanos();
        for (int i = 0; i < inputs.size(); i++) {
            session.writeInput(i, inputs.get(i));
        }
        long written = clock.nanos();
        Answer.RunTicks ticks = session.run();
        long ran = clock.nanos();
        List<byte[]> outputs = new ArrayList<>();
        CRC32 digest = new CRC32();
        for (int i = 0; i < session.device().outputs().size(); i++) {
            byte[] output = session.readOutput(i);
            digest.update(output);
            outputs.add(output);
        }
        long end = clock.nanos();
        // Layer times are read after the clock was: they are no part of an application.
        TickScale scale = session.device().ticks();
        List<Long> layers = session.layerTicks().stream().map(scale::units).toList();
        Sample sample = new Sample(
                scale.units(ticks.inferenceTicks()),
                scale.units(ticks.postprocessingTicks()),
                (written - start + end - ran) / NANOS_PER_MICRO,
                (end - start) / NANOS_PER_MICRO,
                layers,
                digest.getValue());
        return new Run(sample, outputs);
    }
}
