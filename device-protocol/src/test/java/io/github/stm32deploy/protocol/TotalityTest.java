// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Any bytes give frames or violations, any message a value or a {@link MalformedMessageException}. */
class TotalityTest {
    private static final List<Request<?>> REQUESTS = List.of(
            new Request.Hello(),
            new Request.LastFault(),
            new Request.WriteInput(0, 0, new byte[0]),
            new Request.InputDigest(0),
            new Request.Run(),
            new Request.LayerTimes(0, 1),
            new Request.ReadOutput(0, 0, 1),
            new Request.Detections(0, 1),
            new Request.Landmarks(0, 0, 1),
            new Request.Memory(),
            new Request.Sink(true, new byte[0]),
            new Request.Reset());

    @Property
    void everyMessageComesBack(@ForAll @Size(min = 1, max = Frames.MAX_MESSAGE_BYTES) byte[] message) {
        byte[] frame = Frames.encode(message);
        assertThat(frame.length).isLessThanOrEqualTo(Frames.MAX_FRAME_BYTES);
        assertThat(frame).endsWith(0);
        List<FrameEvent> events = new FrameDecoder().accept(frame, 0, frame.length);
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(
                        FrameEvent.Frame.class,
                        found -> assertThat(found.message()).isEqualTo(message));
    }

    @Property
    void framesDoNotDependOnHowTheBytesArrive(@ForAll @IntRange(min = 1, max = 50) int piece, @ForAll Random random) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
            byte[] message = new byte[1 + random.nextInt(300)];
            random.nextBytes(message);
            line.writeBytes(Frames.encode(message));
        }
        byte[] bytes = line.toByteArray();
        FrameDecoder decoder = new FrameDecoder();
        int frames = 0;
        for (int i = 0; i < bytes.length; i += piece) {
            frames +=
                    decoder.accept(bytes, i, Math.min(piece, bytes.length - i)).size();
        }
        assertThat(frames).isEqualTo(5);
    }

    @Property
    void oneDisturbedFrameCostsAtMostTwoFrames(
            @ForAll @Size(min = 1, max = 600) byte[] message, @ForAll Random random) {
        byte[] frame = Frames.encode(message);
        frame[random.nextInt(frame.length)] ^= (byte) (1 + random.nextInt(255));
        byte[] good = Frames.encode(new byte[] {42});
        FrameDecoder decoder = new FrameDecoder();
        List<FrameEvent> events = new ArrayList<>(decoder.accept(frame, 0, frame.length));
        events.addAll(decoder.accept(good, 0, good.length));
        events.addAll(decoder.accept(good, 0, good.length));
        assertThat(events.get(events.size() - 1))
                .isInstanceOfSatisfying(
                        FrameEvent.Frame.class,
                        found -> assertThat(found.message()).containsExactly(42));
        assertThat(events)
                .noneSatisfy(event -> assertThat(event)
                        .isInstanceOfSatisfying(
                                FrameEvent.Frame.class,
                                found -> assertThat(found.message())
                                        .isEqualTo(message)
                                        .isNotEqualTo(new byte[] {42})));
    }

    @Test
    void mutatedMessagesGiveValuesOrTypedFailures() {
        Random random = new Random(7);
        List<String[]> rows = Vectors.rows("conversation.txt");
        int failures = 0;
        for (int i = 0; i < 200_000; i++) {
            String[] row = rows.get(random.nextInt(rows.size()));
            byte[] message = Vectors.bytes(random.nextBoolean() ? row[1] : row[2]);
            if (message.length > 500) {
                continue;
            }
            for (int k = random.nextInt(3); k >= 0; k--) {
                message[random.nextInt(message.length)] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                message = java.util.Arrays.copyOf(message, random.nextInt(message.length + 1));
            }
            try {
                MessageCodec.decodeAnswer(message, REQUESTS.get(random.nextInt(REQUESTS.size())));
                MessageCodec.decodeRequest(message);
            } catch (MalformedMessageException | UnknownRequestException e) {
                failures++;
            }
        }
        assertThat(failures).isPositive();
    }

    @Test
    void aMessageThatFitsNoFrameIsRefused() {
        assertThatThrownBy(() -> Frames.encode(new byte[Frames.MAX_MESSAGE_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4074");
        assertThatThrownBy(() -> Frames.encode(new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void ticksScaleExactly(@ForAll @IntRange(min = 0) int instructions) {
        // 1.024 ticks per instruction: the nearest whole number of ticks gives the instructions back, +-1
        long ticks = Math.round(instructions * 1.024);
        assertThat(new TickScale(125, 128).units(ticks)).isBetween(instructions - 1L, instructions + 1L);
    }
}
