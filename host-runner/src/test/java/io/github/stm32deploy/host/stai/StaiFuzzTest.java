// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.fake.FakeValidationDevice;
import io.github.stm32deploy.host.fake.LineFaults;
import io.github.stm32deploy.host.fake.ValidationFirmware;
import io.github.stm32deploy.host.fake.ValidationFirmware.Identity;
import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.MonotonicClock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever a line delivers, the host ends in time with a result or a typed reason. */
class StaiFuzzTest {
    private static final int BYTES = 50;
    /** All deadlines of a conversation one after another, and the babble of three greetings. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** Answers each write with the next piece of a fixed stream. */
    private static final class Stream implements ByteLink, MonotonicClock {
        private final byte[] bytes;
        private final int piece;
        private int released;
        private int taken;
        private long nanos;

        Stream(byte[] bytes, int piece) {
            this.bytes = bytes;
            this.piece = piece;
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public int read(byte[] buffer, Duration timeout) {
            int count = Math.min(buffer.length, released - taken);
            if (count == 0) {
                nanos += timeout.toNanos();
                return 0;
            }
            System.arraycopy(bytes, taken, buffer, 0, count);
            taken += count;
            nanos += 10_000L * count;
            return count;
        }

        @Override
        public void write(byte[] data, Duration timeout) {
            released = Math.min(bytes.length, released + piece);
            nanos += 10_000L * data.length;
        }

        @Override
        public void discardInput() {
            taken = released;
        }

        @Override
        public void close() {
            taken = released;
        }
    }

    private static byte[] data() {
        return StaiSessionTest.data(BYTES);
    }

    /** True where the whole conversation worked. */
    private static boolean converse(ByteLink link, MonotonicClock clock) {
        try (StaiSession session = StaiSession.open(link, clock, StaiDeadlines.standard())) {
            session.chip();
            List<DeviceMessage.Network> networks = session.networks();
            if (networks.isEmpty()) {
                return false;
            }
            session.run(networks.get(0), List.of(data()), true);
            return true;
        } catch (StaiException typed) {
            assertThat(typed.getMessage()).isNotBlank();
            return false;
        }
    }

    @Property(tries = 2000)
    void anyBytes(@ForAll @Size(max = 600) byte[] bytes, @ForAll @IntRange(min = 1, max = 100) int piece) {
        Stream line = new Stream(bytes, piece);
        converse(line, line);
        assertThat(Duration.ofNanos(line.nanos())).isLessThan(LONGEST);
    }

    @Property(tries = 2000)
    void anyMessage(@ForAll @Size(max = 200) byte[] bytes) {
        for (ProtocolVersion version : List.of(ProtocolVersion.V3_1, ProtocolVersion.V3_2)) {
            try {
                assertThat(new AnswerCodec(version).decode(bytes)).isNotNull();
            } catch (StaiException typed) {
                assertThat(typed.kind()).isEqualTo(StaiException.Kind.MALFORMED);
            }
        }
    }

    /** Answers of a sound firmware in which some bytes were changed, left out or repeated. */
    @Property(tries = 1000)
    void alteredAnswers(@ForAll long seed, @ForAll @IntRange(max = 2) int minor) {
        FakeValidationDevice sound = new FakeValidationDevice(
                new ValidationFirmware(Identity.of(new ProtocolVersion(3, minor), BYTES)), LineFaults.none());
        assertThat(converse(sound, sound)).isTrue();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = sound.sent();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> System.arraycopy(bytes, at, bytes, Math.min(at + 1, bytes.length - 1), bytes.length - at - 1);
                default -> bytes = drop(bytes, at);
            }
        }
        Stream line = new Stream(bytes, random.nextInt(30, 200));
        converse(line, line);
        assertThat(Duration.ofNanos(line.nanos())).isLessThan(LONGEST);
    }

    private static byte[] drop(byte[] bytes, int at) {
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - 1);
        System.arraycopy(bytes, at + 1, shorter, at, bytes.length - at - 1);
        return shorter;
    }

    /**
     * Every byte of a conversation, lost or doubled, in both directions. The host says what it saw, and a device that can
     * be reached is back in step for the next host.
     */
    @Property(tries = 1000)
    void aByteThatIsLostOrDoubled(
            @ForAll @IntRange(max = 2) int minor, @ForAll @IntRange(max = 3) int fault, @ForAll long seed) {
        Identity identity = Identity.of(new ProtocolVersion(3, minor), BYTES).withLogs();
        FakeValidationDevice sound = new FakeValidationDevice(new ValidationFirmware(identity), LineFaults.none());
        assertThat(converse(sound, sound)).isTrue();
        SplittableRandom random = new SplittableRandom(seed);
        long sent = random.nextLong(sound.sent().length);
        long received = random.nextLong(sound.received().length);
        LineFaults faults = switch (fault) {
            case 0 -> LineFaults.dropSent(sent);
            case 1 -> LineFaults.doubleSent(sent);
            case 2 -> LineFaults.dropReceived(received);
            default -> LineFaults.doubleReceived(received);
        };
        ValidationFirmware firmware = new ValidationFirmware(identity);
        FakeValidationDevice damaged = new FakeValidationDevice(firmware, faults);
        converse(damaged, damaged);
        assertThat(Duration.ofNanos(damaged.nanos())).isLessThan(LONGEST);
        FakeValidationDevice again = new FakeValidationDevice(firmware, LineFaults.none());
        assertThat(converse(again, again)).isTrue();
    }
}
