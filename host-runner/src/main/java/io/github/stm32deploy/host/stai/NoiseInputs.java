// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import io.github.stm32deploy.host.stai.DeviceMessage.TensorDescription;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Inputs that are the same in every measurement: floats in [0, 1), anything else over its whole range. */
public final class NoiseInputs {
    private static final long SEED = 1;

    private NoiseInputs() {}

    /** One array per input, as the bytes lie in the device's memory. */
    public static List<byte[]> of(Network network) throws StaiException {
        SplittableRandom noise = new SplittableRandom(SEED);
        List<byte[]> inputs = new ArrayList<>();
        for (TensorDescription input : network.inputs()) {
            inputs.add(one(input, noise));
        }
        return inputs;
    }

    private static byte[] one(TensorDescription input, SplittableRandom noise) throws StaiException {
        if (input.bytes() > Integer.MAX_VALUE >>> 4) {
            throw new StaiException(
                    StaiException.Kind.WRONG_REQUEST, "the input " + input.name() + " has " + input.bytes() + " bytes");
        }
        byte[] bytes = new byte[(int) input.bytes()];
        switch (input.type()) {
            case "float32" -> {
                ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                while (floats.remaining() >= Float.BYTES) {
                    floats.putFloat((float) noise.nextDouble());
                }
            }
            case "bool" -> {
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) noise.nextInt(2);
                }
            }
            default -> noise.nextBytes(bytes);
        }
        return bytes;
    }
}
