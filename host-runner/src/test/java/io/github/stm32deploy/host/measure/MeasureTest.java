// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.host.board.HostBoard;
import io.github.stm32deploy.host.board.TrialPrograms;
import io.github.stm32deploy.host.fake.FakeDevice;
import io.github.stm32deploy.host.fake.Fault;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.ExpectedDevice;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.TickScale;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureTest {
    private static final MeasurementPlan PLAN = new MeasurementPlan(2, 3, 1);

    private static Answer.Hello device(String firmware) {
        Answer.Tensor tensor = new Answer.Tensor("x", "int8", List.of(100L), 100, 1f, 0);
        return new Answer.Hello(
                1,
                "fake",
                true,
                firmware,
                "00",
                "fake model",
                "instructions",
                new TickScale(125, 128),
                32_000_000,
                4096,
                List.of(tensor),
                List.of(tensor),
                3,
                false);
    }

    private static Measurement measure(MeasurementPlan plan, FakeDevice... boards) throws Exception {
        Deque<FakeDevice> next = new ArrayDeque<>(List.of(boards));
        FakeDevice first = boards[0];
        return new Measurer(
                        () -> {
                            FakeDevice board = next.pop();
                            DeviceSession session =
                                    DeviceSession.open(board, board, Deadlines.standard(), ExpectedDevice.any());
                            return new SessionSource.Running() {
                                @Override
                                public DeviceSession session() {
                                    return session;
                                }

                                @Override
                                public void close() {
                                    session.close();
                                }
                            };
                        },
                        first)
                .measure(plan, List.of(new byte[100]), done -> {});
    }

    @Test
    void theFourNumbersStayApart() throws Exception {
        FakeDevice board = new FakeDevice(device("aa"));
        Measurement measured = measure(new MeasurementPlan(1, 5, 1), board);
        assertThat(measured.inference())
                .isEqualTo(new Distribution("instructions", 1_000_000, 1_000_000, 1_000_000, 1_000_000));
        assertThat(measured.postprocessing().median()).isEqualTo(2000);
        assertThat(measured.transfer().unit()).isEqualTo("microseconds");
        assertThat(measured.transfer().median()).isPositive();
        assertThat(measured.endToEnd().median())
                .isGreaterThan(measured.transfer().median());
        assertThat(measured.layerMedians()).containsExactly(977L, 1953L, 2930L);
        assertThat(measured.memory().orElseThrow().stackPeakBytes()).isEqualTo(512);
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        assertThat(board.runs()).isEqualTo(6);
        assertThat(measured.outputs())
                .singleElement()
                .satisfies(output -> assertThat(output).containsOnly(1));
    }

    @Test
    void aRestartUnderWayVoidsTheMeasurement() throws Exception {
        Measurement measured =
                measure(PLAN, new FakeDevice(device("aa")), new FakeDevice(device("aa"), new Fault.RebootInRun(2)));
        assertThat(measured.verdict()).isEqualTo(Verdict.QUARANTINED);
        assertThat(measured.samples()).isEqualTo(4);
        assertThat(measured.trouble().orElseThrow()).contains("restarted");
    }

    @Test
    void anotherFirmwareAfterAReloadVoidsTheMeasurement() throws Exception {
        Measurement measured = measure(PLAN, new FakeDevice(device("aa")), new FakeDevice(device("bb")));
        assertThat(measured.verdict()).isEqualTo(Verdict.QUARANTINED);
        assertThat(measured.samples()).isEqualTo(3);
    }

    /** The second device is the first one again, behind a cable that was loose. */
    private static Measurement resumed(FakeDevice first, Optional<FakeDevice> second) throws Exception {
        SessionSource source = new SessionSource() {
            private SessionSource.Running running(FakeDevice board) throws SessionException {
                DeviceSession session = DeviceSession.open(board, board, Deadlines.standard(), ExpectedDevice.any());
                return new SessionSource.Running() {
                    @Override
                    public DeviceSession session() {
                        return session;
                    }

                    @Override
                    public void close() {
                        session.close();
                    }
                };
            }

            @Override
            public Running start() throws SessionException {
                return running(first);
            }

            @Override
            public Optional<Running> resume() {
                try {
                    return second.isPresent() ? Optional.of(running(second.get())) : Optional.empty();
                } catch (SessionException e) {
                    throw new AssertionError(e);
                }
            }
        };
        return new Measurer(source, first).measure(new MeasurementPlan(1, 6, 1), List.of(new byte[100]), done -> {});
    }

    @Test
    void aLooseCableThatIsPluggedInAgainIsNoVerdictOnTheModel() throws Exception {
        FakeDevice loose = new FakeDevice(device("aa"), new Fault.GoneFrom(20));
        Measurement measured = resumed(loose, Optional.of(new FakeDevice(device("aa"))));
        assertThat(measured.interruptions()).isEqualTo(1);
        assertThat(measured.samples()).isEqualTo(6);
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        assertThat(loose.closed()).isTrue();
    }

    @Test
    void aCableThatStaysLooseOrAnotherBoardVoidsTheMeasurement() throws Exception {
        Measurement gone = resumed(new FakeDevice(device("aa"), new Fault.GoneFrom(20)), Optional.empty());
        assertThat(gone.verdict()).isEqualTo(Verdict.QUARANTINED);
        assertThat(gone.trouble().orElseThrow()).contains("the port has gone");
        Measurement other = resumed(
                new FakeDevice(device("aa"), new Fault.GoneFrom(20)), Optional.of(new FakeDevice(device("bb"))));
        assertThat(other.verdict()).isEqualTo(Verdict.QUARANTINED);
        assertThat(other.trouble().orElseThrow()).contains("another one");
    }

    @Test
    void aDeviceThatNeverRanIsAFailure() {
        assertThatThrownBy(() -> measure(PLAN, new FakeDevice(device("aa"), new Fault.RebootInRun(0))))
                .isInstanceOf(SessionException.class);
    }

    @TempDir
    Path folder;

    @Test
    void aWholeMeasurementOverARealTerminal() throws Exception {
        Path program = TrialPrograms.hostDevice(folder);
        Measurement measured = new Measurer(
                        new BoardSessions(
                                () -> HostBoard.start(program),
                                MonotonicClock.system(),
                                Deadlines.standard(),
                                ExpectedDevice.any()),
                        MonotonicClock.system())
                .measure(PLAN, List.of(new byte[8]), done -> {});
        assertThat(measured.verdict()).isEqualTo(Verdict.TRUSTED);
        assertThat(measured.samples()).isEqualTo(6);
        assertThat(measured.layerMedians()).hasSize(3);
        assertThat(measured.outputs()).hasSize(2);
        assertThat(measured.outputs().get(0)).containsOnly(1);
    }

    @Test
    void verdicts() {
        MeasurementPlan plan = new MeasurementPlan(1, 6, 0);
        Distribution counted = new Distribution("instructions", 1000, 1001, 1002, 1002);
        Distribution wobbly = new Distribution("instructions", 1000, 1001, 1003, 1003);
        Distribution clock = new Distribution("microseconds", 1000, 1010, 1040, 1050);
        Distribution noisy = new Distribution("microseconds", 1000, 1010, 1040, 1060);
        assertThat(Verdict.of(plan, counted, 6, true)).isEqualTo(Verdict.TRUSTED);
        assertThat(Verdict.of(plan, wobbly, 6, true)).isEqualTo(Verdict.UNSTABLE);
        assertThat(Verdict.of(plan, clock, 6, true)).isEqualTo(Verdict.TRUSTED);
        assertThat(Verdict.of(plan, noisy, 6, true)).isEqualTo(Verdict.UNSTABLE);
        assertThat(Verdict.of(plan, counted, 5, true)).isEqualTo(Verdict.INSUFFICIENT);
        assertThat(Verdict.of(new MeasurementPlan(1, 4, 0), counted, 4, true)).isEqualTo(Verdict.INSUFFICIENT);
        assertThat(Verdict.of(plan, null, 0, true)).isEqualTo(Verdict.INSUFFICIENT);
        assertThat(Verdict.of(plan, counted, 6, false)).isEqualTo(Verdict.QUARANTINED);
    }

    @Test
    void percentilesAreObservedValues() {
        List<Long> hundred = LongStream.rangeClosed(1, 100).boxed().toList();
        assertThat(Distribution.of("cycles", hundred)).isEqualTo(new Distribution("cycles", 1, 50, 95, 100));
        assertThat(Distribution.of("cycles", List.of(7L))).isEqualTo(new Distribution("cycles", 7, 7, 7, 7));
        assertThat(Distribution.of("cycles", List.of(9L, 1L))).isEqualTo(new Distribution("cycles", 1, 1, 9, 9));
        assertThatThrownBy(() -> Distribution.of("cycles", List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void theFourAreInOrder(@ForAll @Size(min = 1, max = 50) List<Long> values) {
        Distribution d = Distribution.of("cycles", values);
        assertThat(values).contains(d.min(), d.median(), d.p95(), d.max());
        assertThat(List.of(d.min(), d.median(), d.p95(), d.max())).isSorted();
    }
}
