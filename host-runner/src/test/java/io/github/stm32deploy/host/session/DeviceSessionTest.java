// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.host.fake.FakeDevice;
import io.github.stm32deploy.host.fake.Fault;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.Request;
import io.github.stm32deploy.protocol.TickScale;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller gets from a device that misbehaves, and how long it takes in the device's own time. */
class DeviceSessionTest {
    private static final int TENSOR_BYTES = 10_000;
    private static final Deadlines DEADLINES =
            new Deadlines(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(60));

    static Answer.Hello identity(boolean retained) {
        Answer.Tensor tensor = new Answer.Tensor("x", "int8", List.of(1L, 10_000L), TENSOR_BYTES, 0.5f, 3);
        return new Answer.Hello(
                1,
                "fake-board",
                true,
                "f1",
                "a2",
                "fake model",
                "instructions",
                new TickScale(125, 128),
                32_000_000,
                4096,
                List.of(tensor),
                List.of(tensor),
                3,
                retained);
    }

    @Test
    void theChecksThatADeviceFailedAreTold() throws SessionException {
        Answer.Hello whole = identity(true);
        Answer.Hello failing = new Answer.Hello(
                whole.protocol(),
                whole.board(),
                whole.emulated(),
                whole.firmwareDigest(),
                whole.modelDigest(),
                whole.modelName(),
                whole.tickUnit(),
                whole.ticks(),
                whole.clockHertz(),
                whole.maxFrameBytes(),
                whole.inputs(),
                whole.outputs(),
                whole.layerCount(),
                whole.inputRetained(),
                List.of(new Answer.Clock("cpu", 800_000_000)),
                2);

        try (DeviceSession session = open(new FakeDevice(failing))) {
            assertThat(session.device().failedChecks()).isEqualTo(2);
            assertThat(session.device().clocks()).containsExactly(new Answer.Clock("cpu", 800_000_000));
            assertThat(session.startChecks())
                    .hasSize(2)
                    .allMatch(Answer.StartCheck::failed)
                    .allMatch(check -> check.name().equals("memory-FAKE"));
        }
    }

    private static DeviceSession open(FakeDevice device) throws SessionException {
        return DeviceSession.open(device, device, DEADLINES, ExpectedDevice.any());
    }

    private static byte[] data() {
        byte[] data = new byte[TENSOR_BYTES];
        new Random(5).nextBytes(data);
        return data;
    }

    /** Writes, runs, reads; true where the output is right. */
    private static boolean wholeWay(DeviceSession session) throws SessionException {
        byte[] data = data();
        session.writeInput(0, data);
        session.run();
        byte[] output = session.readOutput(0);
        for (int i = 0; i < data.length; i++) {
            if (output[i] != (byte) (data[i] + 1)) {
                return false;
            }
        }
        return true;
    }

    private static void assertFails(FakeDevice device, SessionException.Kind kind, Duration within) {
        assertThatThrownBy(() -> {
                    try (DeviceSession session = open(device)) {
                        wholeWay(session);
                    }
                })
                .isInstanceOfSatisfying(
                        SessionException.class, e -> assertThat(e.kind()).isEqualTo(kind));
        assertThat(Duration.ofNanos(device.nanos())).isLessThan(within);
        assertThat(device.closed()).isTrue();
    }

    @Test
    void theWholeWayWithAGoodDevice() throws SessionException {
        FakeDevice device = new FakeDevice(identity(false));
        try (DeviceSession session = open(device)) {
            assertThat(wholeWay(session)).isTrue();
            assertThat(session.layerTicks()).containsExactly(1000L, 2000L, 3000L);
            DetectionList found = session.detections();
            assertThat(found.items()).hasSize(3);
            assertThat(found.candidates()).isEqualTo(5);
            assertThat(session.memory().stackPeakBytes()).isEqualTo(512);
            assertThat(session.echo(new byte[] {0, 1, 0})).containsExactly(0, 1, 0);
            assertThat(session.source(7, 3))
                    .containsExactly(Request.Source.byteAt(7), Request.Source.byteAt(8), Request.Source.byteAt(9));
            assertThat(session.device().ticks().units(session.device().clockHertz()))
                    .isEqualTo(31_250_000);
        }
        assertThat(device.closed()).isTrue();
    }

    /** Positions all over the greeting, the input's frames and the output's frames. */
    @ParameterizedTest
    @ValueSource(longs = {0, 5, 60, 200, 290, 310, 330, 700, 3000, 4400, 5000, 8500, 10_300})
    void aByteLostOrDoubledAnywhereIsMadeGood(long position) throws SessionException {
        for (Fault fault : List.of(
                new Fault.DropSentByte(position),
                new Fault.DoubleSentByte(position),
                new Fault.DropReceivedByte(position),
                new Fault.DoubleReceivedByte(position))) {
            FakeDevice device = new FakeDevice(identity(true), fault);
            try (DeviceSession session = open(device)) {
                assertThat(wholeWay(session)).as(fault.toString()).isTrue();
            } catch (SessionException e) {
                // Only the answer to a run is not asked for again.
                assertThat(e.kind())
                        .as(fault.toString())
                        .isIn(SessionException.Kind.DAMAGED, SessionException.Kind.NO_ANSWER);
                assertThat(e).hasMessageContaining("Run");
            }
            assertThat(device.runs()).isEqualTo(1);
            assertThat(Duration.ofNanos(device.nanos())).isLessThan(Duration.ofSeconds(70));
        }
    }

    @Test
    void aWrongCrcIsMadeGood() throws SessionException {
        for (long frame = 0; frame < 9; frame++) {
            FakeDevice device = new FakeDevice(identity(true), new Fault.WrongCrc(frame));
            boolean answerToRun = frame == 5; // hello, three parts, digest, run
            if (answerToRun) {
                assertFails(device, SessionException.Kind.DAMAGED, Duration.ofSeconds(2));
                assertThat(device.runs()).isEqualTo(1);
            } else {
                try (DeviceSession session = open(device)) {
                    assertThat(wholeWay(session)).as("frame " + frame).isTrue();
                }
                assertThat(Duration.ofNanos(device.nanos())).isLessThan(Duration.ofSeconds(2));
            }
        }
    }

    @Test
    void aDeviceThatNeverAnswersFailsAfterThreeGreetings() {
        FakeDevice device = new FakeDevice(identity(true), new Fault.SilentFrom(0));
        assertFails(device, SessionException.Kind.NO_ANSWER, Duration.ofMillis(3100));
    }

    @Test
    void silenceInARunFailsAtTheRunsDeadline() {
        FakeDevice device = new FakeDevice(identity(true), new Fault.SilentFrom(5));
        // one run, then three times the question whether it restarted
        assertFails(device, SessionException.Kind.NO_ANSWER, Duration.ofSeconds(67));
        assertThat(device.runs()).isEqualTo(1);
    }

    @Test
    void aRestartInARunIsToldFromSilence() {
        assertFails(
                new FakeDevice(identity(true), new Fault.RebootInRun(0)),
                SessionException.Kind.RESTARTED,
                Duration.ofSeconds(63));
    }

    @Test
    void aVanishedPortFailsAtOnce() {
        for (long frame : new long[] {0, 1, 3, 5, 6}) {
            assertFails(
                    new FakeDevice(identity(true), new Fault.GoneFrom(frame)),
                    SessionException.Kind.LINK,
                    Duration.ofSeconds(1));
        }
    }

    @Test
    void aSpoiledInputIsWrittenAgainOnce() throws SessionException {
        try (DeviceSession session = open(new FakeDevice(identity(true), new Fault.SpoiledInput(1)))) {
            assertThat(wholeWay(session)).isTrue();
        }
        assertFails(
                new FakeDevice(identity(true), new Fault.SpoiledInput(2)),
                SessionException.Kind.INPUT_DAMAGED,
                Duration.ofSeconds(2));
    }

    @Test
    void anotherFirmwareOrModelIsRefusedWithBothDigests() {
        assertThatThrownBy(() -> {
                    FakeDevice device = new FakeDevice(identity(true));
                    DeviceSession.open(
                            device,
                            device,
                            DEADLINES,
                            new ExpectedDevice(Optional.empty(), Optional.of("ff"), Optional.empty()));
                })
                .isInstanceOfSatisfying(SessionException.class, e -> {
                    assertThat(e.kind()).isEqualTo(SessionException.Kind.OTHER_FIRMWARE);
                    assertThat(e.expected()).contains("ff");
                    assertThat(e.found()).contains("f1");
                });
        assertThatThrownBy(() -> {
                    FakeDevice device = new FakeDevice(identity(true));
                    DeviceSession.open(
                            device,
                            device,
                            DEADLINES,
                            new ExpectedDevice(Optional.empty(), Optional.of("f1"), Optional.of("00")));
                })
                .isInstanceOfSatisfying(
                        SessionException.class, e -> assertThat(e.kind()).isEqualTo(SessionException.Kind.OTHER_MODEL));
    }

    @Test
    void inputsOfTheWrongSizeAreRefused() throws SessionException {
        try (DeviceSession session = open(new FakeDevice(identity(true)))) {
            assertThatThrownBy(() -> session.writeInput(0, new byte[10]))
                    .isInstanceOfSatisfying(
                            SessionException.class,
                            e -> assertThat(e.kind()).isEqualTo(SessionException.Kind.WRONG_INPUT));
            assertThatThrownBy(() -> session.writeInput(0, new byte[TENSOR_BYTES + 1]))
                    .isInstanceOfSatisfying(
                            SessionException.class, e -> assertThat(e.kind()).isEqualTo(SessionException.Kind.REFUSED));
        }
    }

    @Test
    void anInputThatARunUsesUpMustBeWrittenAgain() throws SessionException {
        try (DeviceSession session = open(new FakeDevice(identity(false)))) {
            assertThat(wholeWay(session)).isTrue();
            assertThatThrownBy(session::run).isInstanceOfSatisfying(SessionException.class, e -> {
                assertThat(e.kind()).isEqualTo(SessionException.Kind.REFUSED);
                assertThat(e.found()).contains("not-ready");
            });
            assertThat(wholeWay(session)).isTrue();
        }
    }
}
