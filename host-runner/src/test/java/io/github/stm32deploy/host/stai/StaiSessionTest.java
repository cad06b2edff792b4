// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.host.fake.FakeValidationDevice;
import io.github.stm32deploy.host.fake.LineFaults;
import io.github.stm32deploy.host.fake.ValidationFirmware;
import io.github.stm32deploy.host.fake.ValidationFirmware.Identity;
import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import io.github.stm32deploy.host.stai.DeviceMessage.Operator;
import io.github.stm32deploy.host.stai.StaiException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole conversation with the fake in both versions, and what the host says of one that goes wrong. */
class StaiSessionTest {
    private static final int BYTES = 100;

    static byte[] data(int size) {
        byte[] data = new byte[size];
        new Random(7).nextBytes(data);
        return data;
    }

    private static ProtocolVersion version(int minor) {
        return new ProtocolVersion(3, minor);
    }

    private static FakeValidationDevice device(Identity identity) {
        return new FakeValidationDevice(new ValidationFirmware(identity), LineFaults.none());
    }

    private static StaiSession open(FakeValidationDevice device) throws StaiException {
        return StaiSession.open(device, device, StaiDeadlines.standard());
    }

    private static void assertNext(byte[] output, byte[] input) {
        byte[] expected = input.clone();
        for (int i = 0; i < expected.length; i++) {
            expected[i]++;
        }
        assertThat(output).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0,false", "1,false", "1,true", "2,false", "2,true"})
    void theWholeWay(int minor, boolean talkative) throws Exception {
        Identity identity = Identity.of(version(minor), BYTES);
        FakeValidationDevice device = device(talkative ? identity.withLogs() : identity);
        try (StaiSession session = open(device)) {
            assertThat(session.chip().npuHertz()).isEqualTo(1_000_000_000);
            List<Network> networks = session.networks();
            assertThat(networks).singleElement().satisfies(network -> {
                assertThat(network.name()).isEqualTo("network");
                assertThat(network.inputs().get(0).type()).isEqualTo("int8");
                assertThat(network.inputs().get(0).scale()).isEqualTo(1 / 256f);
                assertThat(network.inputs().get(0).zeroPoint()).isEqualTo(-128);
                assertThat(network.activationBytes()).isEqualTo(4096);
                assertThat(network.weightBytes()).isEqualTo(8192);
                assertThat(Network.version(network.runtimeVersion())).isEqualTo("12.0.1");
                assertThat(Float.isNaN(network.startMillis())).isEqualTo(minor < 2);
            });
            byte[] input = data(BYTES);
            for (boolean eachPart : new boolean[] {false, true}) {
                ObservedRun run = session.run(networks.get(0), List.of(input), eachPart);
                assertNext(run.outputs().get(0), input);
                assertThat(run.total().milliseconds()).isEqualTo(2.0f);
                assertThat(run.total().counters()).containsExactly(0L, 1_600_000L, 0L, 0L, 1_600_000L);
                assertThat(run.parts()).hasSize(eachPart ? 3 : 0);
                assertThat(run.wholeNanos()).isGreaterThan(run.transferNanos()).isPositive();
            }
            assertThat(session.logs()).hasSize(talkative ? 2 + 3 : 0);
        }
        assertThat(device.closed()).isTrue();
    }

    @Test
    void thePartsOfARunInOrder() throws Exception {
        FakeValidationDevice device = device(Identity.of(ProtocolVersion.V3_2, BYTES));
        StaiSession session = open(device);
        ObservedRun run = session.run(session.networks().get(0), List.of(data(BYTES)), true);
        assertThat(run.parts()).extracting(part -> part.id() & 0xFFFF).containsExactly(1L, 2L, 3L);
        assertThat(run.parts()).extracting(Operator::type).containsExactly(0, 2, 3);
        assertThat(run.parts()).extracting(Operator::milliseconds).containsExactly(0.01f, 0.02f, 0.03f);
        assertThat(run.parts().get(2).counters()).containsExactly(6000L, 12000L, 6000L);
    }

    @Test
    void aUsbPortHasLargePacketsOnceTheChipWasAskedFor() throws Exception {
        FakeValidationDevice device =
                device(Identity.of(ProtocolVersion.V3_2, 10_000).withPackets(4094));
        byte[] input = data(10_000);
        try (StaiSession session = open(device)) {
            int before = device.sent().length;
            session.chip();
            assertThat(device.sent().length - before).isEqualTo(2 * 34);
            Network network = session.networks().get(0);
            int start = device.received().length;
            assertNext(session.run(network, List.of(input), true).outputs().get(0), input);
            // request, three packets of input, acknowledgement
            assertThat(device.received().length - start).isEqualTo(5 * 4096);
        }
        // The next host begins with small packets again.
        StaiSession second = open(device);
        assertThat(second.firmware().version()).isEqualTo(ProtocolVersion.V3_2);
    }

    @Test
    void severalNetworksAndNone() throws Exception {
        FakeValidationDevice two = device(Identity.of(ProtocolVersion.V3_2, BYTES)
                .withNetworks(ValidationFirmware.network("one", 64), ValidationFirmware.network("two", 33)));
        StaiSession session = open(two);
        List<Network> networks = session.networks();
        assertThat(networks).extracting(Network::name).containsExactly("one", "two");
        byte[] input = data(33);
        assertNext(session.run(networks.get(1), List.of(input), false).outputs().get(0), input);

        FakeValidationDevice none =
                device(Identity.of(ProtocolVersion.V3_2, BYTES).withNetworks());
        assertThat(open(none).networks()).isEmpty();
    }

    @Test
    void aNetworkThatIsNotThere() throws Exception {
        StaiSession session = open(device(Identity.of(ProtocolVersion.V3_2, BYTES)));
        Network other = ValidationFirmware.network("other", BYTES);
        assertThatThrownBy(() -> session.run(other, List.of(data(BYTES)), false))
                .isInstanceOfSatisfying(StaiException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.REFUSED);
                    assertThat(e.deviceError()).isEqualTo(4);
                    assertThat(e).hasMessageContaining("invalid parameter");
                });
        Network network = session.networks().get(0);
        assertThatThrownBy(() -> session.run(network, List.of(data(BYTES - 1)), false))
                .isInstanceOfSatisfying(
                        StaiException.class, e -> assertThat(e.kind()).isEqualTo(Kind.WRONG_REQUEST));
    }

    private static void assertFails(FakeValidationDevice device, Kind kind, Duration within) {
        assertThatThrownBy(() -> {
                    StaiSession session = open(device);
                    session.chip();
                    session.run(session.networks().get(0), List.of(data(BYTES)), true);
                })
                .isInstanceOfSatisfying(
                        StaiException.class, e -> assertThat(e.kind()).isEqualTo(kind));
        assertThat(Duration.ofNanos(device.nanos())).isLessThan(within);
    }

    @ParameterizedTest
    @CsvSource({"3,3", "4,0", "2,2"})
    void anotherVersionIsNotSpoken(int major, int minor) {
        assertFails(
                device(Identity.of(new ProtocolVersion(major, minor), BYTES)),
                Kind.OTHER_VERSION,
                Duration.ofSeconds(10));
    }

    @Test
    void silenceAndBabble() {
        FakeValidationDevice silent =
                new FakeValidationDevice(
                        new ValidationFirmware(Identity.of(ProtocolVersion.V3_2, BYTES)),
                        LineFaults.goneAfter(Long.MAX_VALUE)) {
                    @Override
                    public void write(byte[] bytes, Duration timeout) {
                        // nobody is there
                    }
                };
        assertFails(silent, Kind.SILENT, Duration.ofSeconds(10));
        FakeValidationDevice terminal =
                new FakeValidationDevice(
                        new ValidationFirmware(Identity.of(ProtocolVersion.V3_2, BYTES)), LineFaults.none()) {
                    @Override
                    public int read(byte[] buffer, Duration timeout) {
                        System.arraycopy(
                                "hello\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, buffer, 0, 7);
                        advance(Duration.ofMillis(1));
                        return 7;
                    }
                };
        assertFails(terminal, Kind.NOT_THIS_FIRMWARE, Duration.ofSeconds(60));
    }

    @Test
    void aRunThatDoesNotEnd() throws Exception {
        FakeValidationDevice device = new FakeValidationDevice(
                new ValidationFirmware(Identity.of(ProtocolVersion.V3_2, BYTES)).hanging(), LineFaults.none());
        StaiSession session = open(device);
        Network network = session.networks().get(0);
        long start = device.nanos();
        assertThatThrownBy(() -> session.run(network, List.of(data(BYTES)), false))
                .isInstanceOfSatisfying(
                        StaiException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SILENT));
        assertThat(Duration.ofNanos(device.nanos() - start)).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(51));
        assertThatThrownBy(session::resynchronise)
                .isInstanceOfSatisfying(
                        StaiException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SILENT));
    }

    @Test
    void aPortThatGoesInTheMiddle() {
        for (long sent : new long[] {1, 40, 200, 400}) {
            assertFails(
                    new FakeValidationDevice(
                            new ValidationFirmware(Identity.of(ProtocolVersion.V3_2, BYTES)),
                            LineFaults.goneAfter(sent)),
                    Kind.LINK,
                    Duration.ofSeconds(5));
        }
    }

    /** A device that an earlier host left in the middle of something is brought back into step. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aDeviceThatWasLeftInTheMiddle(int minor) throws Exception {
        FakeValidationDevice first = device(Identity.of(version(minor), BYTES));
        StaiSession earlier = open(first);
        earlier.run(earlier.networks().get(0), List.of(data(BYTES)), true);
        byte[] whole = first.received();
        for (int cut = 1; cut < whole.length; cut++) {
            ValidationFirmware left = new ValidationFirmware(Identity.of(version(minor), BYTES));
            for (int i = 0; i < cut; i++) {
                left.receive(whole[i]);
            }
            FakeValidationDevice device = new FakeValidationDevice(left, LineFaults.none());
            StaiSession session = open(device);
            byte[] input = data(BYTES);
            assertNext(
                    session.run(session.networks().get(0), List.of(input), false)
                            .outputs()
                            .get(0),
                    input);
            assertThat(Duration.ofNanos(device.nanos())).isLessThan(Duration.ofSeconds(20));
        }
    }
}
