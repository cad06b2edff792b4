// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.host.fake.FakeValidationDevice;
import io.github.stm32deploy.host.fake.LineFaults;
import io.github.stm32deploy.host.fake.ValidationFirmware;
import io.github.stm32deploy.host.fake.ValidationFirmware.Identity;
import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.LinkSource;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.stai.ProtocolVersion;
import io.github.stm32deploy.host.stai.StaiDeadlines;
import io.github.stm32deploy.host.stai.StaiException;
import io.github.stm32deploy.host.stai.StaiException.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a measurement with ST's validation firmware reports, and what becomes of one that the line disturbs. */
class ValidationMeasurerTest {
    private static final int BYTES = 64;
    private static final MeasurementPlan PLAN = new MeasurementPlan(1, 5, 1);

    /** Devices one after another, in one time; the port is gone between them. */
    private static final class Ports implements LinkSource, MonotonicClock {
        private final Deque<FakeValidationDevice> devices = new ArrayDeque<>();
        private Duration waited = Duration.ZERO;

        Ports(FakeValidationDevice... inTurn) {
            devices.addAll(List.of(inTurn));
        }

        @Override
        public long nanos() {
            return devices.peek().nanos();
        }

        @Override
        public ByteLink open() {
            return devices.peek();
        }

        @Override
        public ByteLink reopen(Duration patience) throws LinkException {
            waited = waited.plus(patience);
            if (devices.size() == 1) {
                throw new LinkException(LinkException.Kind.MISSING, "fake", "there is no such port");
            }
            devices.remove();
            return devices.peek();
        }
    }

    private static Identity identity() {
        return Identity.of(ProtocolVersion.V3_2, BYTES);
    }

    private static FakeValidationDevice device(Identity identity, LineFaults faults) {
        return new FakeValidationDevice(new ValidationFirmware(identity), faults);
    }

    private static ValidationMeasurement measure(Ports ports, Optional<String> name)
            throws LinkException, StaiException {
        return new ValidationMeasurer(List.of(ports), ports, StaiDeadlines.standard(), Duration.ofSeconds(30))
                .measure(PLAN, name, done -> assertThat(done).isPositive());
    }

    @Test
    void timesOfTheWholeAndOfItsParts() throws Exception {
        Ports ports = new Ports(device(identity(), LineFaults.none()));
        ValidationMeasurement measured = measure(ports, Optional.empty());
        assertThat(measured.inference())
                .isEqualTo(new Distribution("nanoseconds", 2_000_000, 2_000_000, 2_000_000, 2_000_000));
        assertThat(measured.parts())
                .containsExactly(
                        new ValidationMeasurement.Part("EpochBlock_1", "HW", 10_000),
                        new ValidationMeasurement.Part("EpochBlock_2", "SW", 20_000),
                        new ValidationMeasurement.Part("EpochBlock_3", "HYBRID", 30_000));
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        assertThat(measured.samples()).isEqualTo(5);
        assertThat(measured.transfer().median()).isPositive();
        assertThat(measured.chip().npuHertz()).isEqualTo(1_000_000_000);
        assertThat(measured.trouble()).isEmpty();
        assertThat(ports.devices.peek().closed()).isTrue();
    }

    @Test
    void aFirmwareThatCannotReportParts() throws Exception {
        ValidationMeasurement measured =
                measure(new Ports(device(identity().blind(), LineFaults.none())), Optional.empty());
        assertThat(measured.parts()).isEmpty();
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
    }

    @Test
    void aNetworkByItsName() throws Exception {
        Identity two =
                identity().withNetworks(ValidationFirmware.network("one", 64), ValidationFirmware.network("two", 32));
        assertThat(measure(new Ports(device(two, LineFaults.none())), Optional.of("two"))
                        .network()
                        .name())
                .isEqualTo("two");
        assertThatThrownBy(() -> measure(new Ports(device(two, LineFaults.none())), Optional.of("three")))
                .isInstanceOfSatisfying(StaiException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.WRONG_REQUEST);
                    assertThat(e).hasMessageContaining("one, two");
                });
    }

    @Test
    void aRunThatTheLineDamagedIsRepeated() throws Exception {
        FakeValidationDevice sound = device(identity(), LineFaults.none());
        measure(new Ports(sound), Optional.empty());
        for (LineFaults faults : List.of(
                LineFaults.dropSent(sound.sent().length / 2L),
                LineFaults.doubleSent(sound.sent().length / 2L),
                LineFaults.dropReceived(sound.received().length / 2L),
                LineFaults.doubleReceived(sound.received().length / 2L))) {
            ValidationMeasurement measured = measure(new Ports(device(identity(), faults)), Optional.empty());
            assertThat(measured.repeated()).isPositive();
            assertThat(measured.samples()).isEqualTo(5);
            assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        }
    }

    @Test
    void aLooseCableIsWaitedFor() throws Exception {
        Ports ports = new Ports(device(identity(), LineFaults.goneAfter(1500)), device(identity(), LineFaults.none()));
        ValidationMeasurement measured = measure(ports, Optional.empty());
        assertThat(measured.interruptions()).isEqualTo(1);
        assertThat(measured.samples()).isEqualTo(5);
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        assertThat(ports.waited).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aCableThatStaysLoose() throws Exception {
        assertThatThrownBy(() -> measure(new Ports(device(identity(), LineFaults.goneAfter(300))), Optional.empty()))
                .isInstanceOfSatisfying(
                        StaiException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LINK));
        FakeValidationDevice sound = device(identity(), LineFaults.none());
        measure(new Ports(sound), Optional.empty());
        // Only the reports of the parts are missing: the times of the whole are there, and void.
        ValidationMeasurement cut = measure(
                new Ports(device(identity(), LineFaults.goneAfter(sound.sent().length * 4L / 5))), Optional.empty());
        assertThat(cut.samples()).isEqualTo(5);
        assertThat(cut.verdict()).isEqualTo(Verdict.QUARANTINED);
        assertThat(cut.trouble()).get().asString().contains("the port has gone");
    }

    @Test
    void anotherFirmwareAfterTheCableWasLoose() throws Exception {
        Ports ports = new Ports(
                device(identity(), LineFaults.goneAfter(1500)),
                device(identity().withNetworks(ValidationFirmware.network("other", BYTES)), LineFaults.none()));
        ValidationMeasurement measured = measure(ports, Optional.empty());
        assertThat(measured.verdict()).isEqualTo(Verdict.QUARANTINED);
        assertThat(measured.trouble()).get().asString().contains("another firmware");
    }

    @Test
    void aRunThatDoesNotEnd() {
        FakeValidationDevice hanging =
                new FakeValidationDevice(new ValidationFirmware(identity()).hanging(), LineFaults.none());
        assertThatThrownBy(() -> measure(new Ports(hanging), Optional.empty()))
                .isInstanceOfSatisfying(StaiException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.HANGS);
                    assertThat(e).hasMessageContaining("50 s");
                });
        assertThat(Duration.ofNanos(hanging.nanos())).isLessThan(Duration.ofSeconds(70));
    }

    /** At the wrong rate nothing that arrives makes sense, to either end. */
    private static FakeValidationDevice atAnotherRate() {
        return new FakeValidationDevice(new ValidationFirmware(identity()), LineFaults.none()) {
            @Override
            public void write(byte[] bytes, Duration timeout) {
                advance(Duration.ofNanos(1000L * bytes.length));
            }
        };
    }

    @Test
    void theBaudRateIsSearched() throws Exception {
        FakeValidationDevice answers = device(identity(), LineFaults.none());
        FakeValidationDevice deaf = atAnotherRate();
        MonotonicClock both = () -> answers.nanos() + deaf.nanos();
        ValidationMeasurement measured = new ValidationMeasurer(
                        List.of(new Ports(deaf), new Ports(answers)),
                        both,
                        StaiDeadlines.standard(),
                        Duration.ofSeconds(30))
                .measure(PLAN, Optional.empty(), done -> assertThat(done).isPositive());
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        assertThat(deaf.closed()).isTrue();

        FakeValidationDevice silent = atAnotherRate();
        assertThatThrownBy(() -> new ValidationMeasurer(
                                List.of(new Ports(silent)), silent, StaiDeadlines.standard(), Duration.ofSeconds(30))
                        .measure(
                                PLAN, Optional.empty(), done -> assertThat(done).isPositive()))
                .isInstanceOfSatisfying(
                        StaiException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SILENT));
    }
}
