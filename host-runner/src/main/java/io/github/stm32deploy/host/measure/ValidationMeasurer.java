// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.LinkSource;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.stai.DeviceMessage.ChipDescription;
import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import io.github.stm32deploy.host.stai.DeviceMessage.Operator;
import io.github.stm32deploy.host.stai.DeviceMessage.Sync;
import io.github.stm32deploy.host.stai.NoiseInputs;
import io.github.stm32deploy.host.stai.ObservedRun;
import io.github.stm32deploy.host.stai.StaiDeadlines;
import io.github.stm32deploy.host.stai.StaiException;
import io.github.stm32deploy.host.stai.StaiException.Kind;
import io.github.stm32deploy.host.stai.StaiSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import java.util.zip.CRC32;

/**
 * Measures a network of ST's validation firmware: warm-up, runs for the time of the whole, then as many for the times of
 * its parts, always with the same seeded noise. A run that the line damaged is repeated; a port that goes is waited for.
 */
public final class ValidationMeasurer {
    /** How often in a row a run is tried. */
    private static final int TRIES = 3;

    /** Number of the NPU's runtime in the lowest byte. */
    private static final int NEURAL_ART = 4;

    private static final double NANOS_PER_MILLI = 1e6;
    private static final String UNIT = "nanoseconds";

    private final List<LinkSource> sources;
    private final MonotonicClock clock;
    private final StaiDeadlines deadlines;
    private final Duration patience;

    /**
     * @param sources the same port at one baud rate after another; the first at which a firmware answers is taken
     * @param patience how long a port that went may take to come back
     */
    public ValidationMeasurer(
            List<LinkSource> sources, MonotonicClock clock, StaiDeadlines deadlines, Duration patience) {
        this.sources = List.copyOf(sources);
        this.clock = clock;
        this.deadlines = deadlines;
        this.patience = patience;
    }

    private record Device(Sync firmware, ChipDescription chip, List<Network> networks) {}

    /** One measurement under way. */
    private final class Progressing {
        private StaiSession session;
        private LinkSource source;
        private Device device;
        private int repeated;
        private int interruptions;

        private void begin() throws LinkException, StaiException {
            StaiException unanswered = null;
            for (LinkSource candidate : sources) {
                try {
                    session = StaiSession.open(candidate.open(), clock, deadlines);
                    source = candidate;
                    device = describe(session);
                    return;
                } catch (StaiException e) {
                    if (session != null || e.kind() != Kind.SILENT && e.kind() != Kind.NOT_THIS_FIRMWARE) {
                        throw e;
                    }
                    // Bytes at the wrong rate say more than silence at another.
                    unanswered = unanswered == null || unanswered.kind() == Kind.SILENT ? e : unanswered;
                }
            }
            throw unanswered;
        }

        private static Device describe(StaiSession session) throws StaiException {
            ChipDescription chip = session.chip();
            return new Device(session.firmware(), chip, session.networks());
        }

        private ObservedRun run(Network network, List<byte[]> inputs, boolean eachPart) throws StaiException {
            for (int attempt = 1; ; attempt++) {
                try {
                    return session.run(network, inputs, eachPart);
                } catch (StaiException e) {
                    if (attempt == TRIES || !(e.damagedOnTheWay() || e.kind() == Kind.LINK)) {
                        throw e;
                    }
                    recover(e);
                }
            }
        }

        private void recover(StaiException failure) throws StaiException {
            if (failure.kind() == Kind.LINK) {
                comeBack(failure);
                interruptions++;
                return;
            }
            try {
                session.resynchronise();
            } catch (StaiException e) {
                throw failure.kind() == Kind.SILENT && e.kind() == Kind.SILENT
                        ? new StaiException(
                                Kind.HANGS,
                                "a run gave no result in " + deadlines.result().toSeconds()
                                        + " s, and the device does not answer a greeting any more")
                        : e;
            }
            repeated++;
        }

        private void comeBack(StaiException failure) throws StaiException {
            session.close();
            StaiSession again;
            try {
                again = StaiSession.open(source.reopen(patience), clock, deadlines);
            } catch (LinkException e) {
                failure.addSuppressed(e);
                throw failure;
            }
            session = again;
            if (!describe(again).equals(device)) {
                throw new StaiException(Kind.OTHER_FIRMWARE, "after the port came back another firmware answers");
            }
        }
    }

    /**
     * @param name of the network; empty for the first
     * @param progress told the number of runs done, of {@link #runsOf}
     * @throws LinkException when the port does not open
     * @throws StaiException when not one run could be measured; later trouble ends the measurement with what there is
     */
    public ValidationMeasurement measure(MeasurementPlan plan, Optional<String> name, IntConsumer progress)
            throws LinkException, StaiException {
        Progressing under = new Progressing();
        try {
            under.begin();
            Network network = choose(under.device.networks(), name);
            return measure(under, plan, network, progress);
        } finally {
            if (under.session != null) {
                under.session.close();
            }
        }
    }

    /** Runs of a whole measurement. */
    public static int runsOf(MeasurementPlan plan) {
        return plan.warmup() + 2 * plan.runs();
    }

    private static Network choose(List<Network> networks, Optional<String> name) throws StaiException {
        List<String> names = networks.stream().map(Network::name).toList();
        if (networks.isEmpty()) {
            throw new StaiException(Kind.WRONG_REQUEST, "the firmware holds no network");
        }
        if (name.isEmpty()) {
            return networks.get(0);
        }
        return networks.stream()
                .filter(network -> network.name().equals(name.get()))
                .findFirst()
                .orElseThrow(() -> new StaiException(
                        Kind.WRONG_REQUEST,
                        "the firmware holds no network " + name.get() + ", but " + String.join(", ", names)));
    }

    private ValidationMeasurement measure(
            Progressing under, MeasurementPlan plan, Network network, IntConsumer progress) throws StaiException {
        List<byte[]> inputs = NoiseInputs.of(network);
        List<ObservedRun> whole = new ArrayList<>();
        List<ObservedRun> observed = new ArrayList<>();
        Optional<String> trouble = Optional.empty();
        int done = 0;
        try {
            for (int run = 0; run < plan.warmup() + plan.runs(); run++) {
                ObservedRun result = under.run(network, inputs, false);
                if (run >= plan.warmup()) {
                    whole.add(result);
                }
                progress.accept(++done);
            }
            for (int run = 0; run < plan.runs() && under.device.firmware().observes(); run++) {
                observed.add(under.run(network, inputs, true));
                progress.accept(++done);
            }
        } catch (StaiException e) {
            if (whole.isEmpty()) {
                throw e;
            }
            trouble = Optional.of(e.getMessage());
        }
        return sum(under, plan, network, whole, observed, trouble);
    }

    private ValidationMeasurement sum(
            Progressing under,
            MeasurementPlan plan,
            Network network,
            List<ObservedRun> whole,
            List<ObservedRun> observed,
            Optional<String> trouble) {
        List<ObservedRun> all = new ArrayList<>(whole);
        all.addAll(observed);
        boolean same =
                all.stream().mapToLong(ValidationMeasurer::digest).distinct().count() == 1;
        Optional<String> found =
                same ? trouble : Optional.of("the same input gave different outputs in different runs");
        Distribution inference = distribution(whole, run -> nanos(run.total()));
        return new ValidationMeasurement(
                sources.indexOf(under.source),
                under.device.firmware(),
                under.device.chip(),
                under.device.networks(),
                network,
                plan,
                whole.size(),
                inference,
                distribution(whole, ObservedRun::transferNanos),
                distribution(whole, ObservedRun::wholeNanos),
                parts(network, observed),
                whole.get(whole.size() - 1).outputs(),
                under.repeated,
                under.interruptions,
                Verdict.of(plan, inference, whole.size(), found.isEmpty()),
                found);
    }

    private static long digest(ObservedRun run) {
        CRC32 crc = new CRC32();
        run.outputs().forEach(crc::update);
        return crc.getValue();
    }

    private static Distribution distribution(List<ObservedRun> runs, ToLongFunction<ObservedRun> value) {
        return Distribution.of(UNIT, runs.stream().mapToLong(value).boxed().toList());
    }

    private static long nanos(Operator operator) {
        return Math.round(operator.milliseconds() * NANOS_PER_MILLI);
    }

    /** Medians over the runs that report the same parts as the first. */
    private static List<ValidationMeasurement.Part> parts(Network network, List<ObservedRun> observed) {
        List<ValidationMeasurement.Part> parts = new ArrayList<>();
        if (observed.isEmpty()) {
            return parts;
        }
        List<Operator> first = observed.get(0).parts();
        List<ObservedRun> alike = observed.stream()
                .filter(run -> run.parts().size() == first.size())
                .toList();
        for (int i = 0; i < first.size(); i++) {
            int index = i;
            Operator part = first.get(i);
            parts.add(new ValidationMeasurement.Part(
                    part.name().isEmpty() ? "EpochBlock_" + (part.id() & 0xFFFF) : part.name(),
                    kind(network, part),
                    distribution(alike, run -> nanos(run.parts().get(index))).median()));
        }
        return parts;
    }

    private static String kind(Network network, Operator part) {
        if ((network.runtime() & 0xFF) != NEURAL_ART) {
            return Integer.toString(part.type()); // of a layer, in numbers of that runtime
        }
        return switch (part.type() & 0xF) {
            case 0 -> "HW";
            case 1 -> "EXTRA";
            case 2 -> "SW";
            case 3 -> "HYBRID";
            case 4 -> "EC";
            default -> Integer.toString(part.type());
        };
    }
}
