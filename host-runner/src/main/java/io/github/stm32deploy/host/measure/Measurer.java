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
    /** A cable that is loose more often is no cable. */
    private static final int MOST_INTERRUPTIONS = 5;

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
        int interruptions = 0;
        int done = 0;
        for (int reload = 0; reload < plan.reloads() && trouble.isEmpty(); reload++) {
            SessionSource.Running running = null;
            try {
                running = source.start();
                if (device != null && !device.equals(running.session().device())) {
                    trouble = Optional.of("after a restart the device was another one");
                    break;
                }
                device = running.session().device();
                int run = 0;
                boolean fresh = true;
                while (run < plan.warmup() + plan.runs()) {
                    try {
                        if (fresh) {
                            running.session().repaintStack();
                            fresh = false;
                        }
                        Run result = once(running.session(), inputs);
                        if (run >= plan.warmup()) {
                            samples.add(result.sample());
                            outputs = result.outputs();
                        }
                        run++;
                        progress.accept(++done);
                    } catch (SessionException e) {
                        Optional<SessionSource.Running> again =
                                e.kind() == SessionException.Kind.LINK && interruptions < MOST_INTERRUPTIONS
                                        ? source.resume()
                                        : Optional.empty();
                        if (again.isEmpty()) {
                            throw e;
                        }
                        running.close();
                        running = again.get();
                        if (!device.equals(running.session().device())) {
                            throw new SessionException(
                                    SessionException.Kind.OTHER_FIRMWARE,
                                    "after the port came back the device was another one");
                        }
                        interruptions++;
                        fresh = true; // the run is repeated; a board that lost its power too has forgotten the paint
                    }
                }
                memory = Optional.of(running.session().memory());
            } catch (SessionException e) {
                if (running == null) {
                    if (samples.isEmpty()) {
                        throw e;
                    }
                    trouble = Optional.of(e.getMessage());
                } else {
                    trouble = Optional.of(explained(e, running));
                    if (samples.isEmpty()) {
                        throw e.kind() == SessionException.Kind.LINK ? e.because(trouble.get()) : e;
                    }
                }
            } finally {
                if (running != null) {
                    running.close();
                }
            }
        }
        return Measurement.of(device, plan, samples, memory, outputs, interruptions, trouble);
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
