// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.sanitize;

import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.Frames;
import io.github.stm32deploy.protocol.MessageCodec;
import io.github.stm32deploy.protocol.Request;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Hostile bytes for a device, from a seed: noise, frames damaged on the way, sound frames around damaged messages, and
 * sound requests with arguments of all kinds, so that what lies behind the decoder is reached too.
 */
final class LinkFuzz {
    /** A run costs as much as everything else together. */
    private static final int ONE_RUN_IN = 1000;

    private final SplittableRandom random;
    private final Answer.Hello device;

    LinkFuzz(long seed, Answer.Hello device) {
        this.random = new SplittableRandom(seed);
        this.device = device;
    }

    /** The next few bytes to send. */
    byte[] next() {
        return switch (random.nextInt(8)) {
            case 0 -> noise(random.nextInt(16) == 0 ? 6000 : 200);
            case 1, 2 -> damaged(Frames.encode(message()));
            case 3, 4 -> Frames.encode(cut(damaged(message())));
            default -> Frames.encode(message());
        };
    }

    private byte[] noise(int limit) {
        byte[] bytes = new byte[1 + random.nextInt(limit)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] damaged(byte[] sound) {
        byte[] bytes = sound.clone();
        for (int count = random.nextInt(4); count >= 0; count--) {
            int at = random.nextInt(8) == 0 ? random.nextInt(bytes.length) : random.nextInt(Math.min(12, bytes.length));
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
        }
        return bytes;
    }

    private byte[] cut(byte[] bytes) {
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length)) : bytes;
    }

    private byte[] message() {
        return MessageCodec.encode(number(), request());
    }

    private Request<?> request() {
        if (random.nextInt(ONE_RUN_IN) == 0) {
            return new Request.Run();
        }
        return switch (random.nextInt(13)) {
            case 0 -> new Request.Hello();
            case 1 -> new Request.LastFault();
            case 2, 3 -> writeInput();
            case 4 -> new Request.InputDigest(index(device.inputs().size()));
            case 5 -> new Request.LayerTimes(number(), number());
            case 6 -> new Request.ReadOutput(index(device.outputs().size()), number(), number());
            case 7 -> new Request.Detections(number(), number());
            case 8 -> new Request.Memory();
            case 9 -> random.nextInt(20) == 0 ? new Request.Reset() : new Request.RepaintStack();
            case 10 -> new Request.Echo(payload());
            case 11 -> new Request.Sink(random.nextBoolean(), payload());
            default -> new Request.Source(number(), number());
        };
    }

    /** Mostly where it belongs, sometimes across the end or far outside. */
    private Request<?> writeInput() {
        int index = index(device.inputs().size());
        byte[] bytes = payload();
        long size =
                device.inputs().get(Math.min(index, device.inputs().size() - 1)).bytes();
        long offset = random.nextInt(4) == 0 ? number() : random.nextLong(size + 10);
        return new Request.WriteInput(index, offset, bytes);
    }

    private int index(int count) {
        return random.nextInt(8) == 0 ? random.nextInt(1 << 16) : random.nextInt(count);
    }

    private byte[] payload() {
        return noise(random.nextInt(8) == 0 ? 4000 : 100);
    }

    /** Small, near a power of two, or anything of 32 bits. */
    private long number() {
        return switch (random.nextInt(3)) {
            case 0 -> random.nextInt(64);
            case 1 -> Math.max(0, Math.min(0xFFFF_FFFFL, (1L << random.nextInt(33)) + random.nextInt(-2, 3)));
            default -> random.nextLong(1L << 32);
        };
    }
}
