// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.SdkVersion;

/**
 * Size of the weights as they lie in flash.
 *
 * <p>Depthwise weights are stored for more input channels than they have, zeros between ({@code weights_inflated} in c_info
 * files): up to eightfold by Core 2.0 to 2.2 (larger windows are cut instead); since 3.0 twofold at stride 2 and as
 * they are at stride 1. That 3.0 still stores more than 512 channels eightfold is read off the flash of MobileNetV2 1.0 and 1.4;
 * 4.0.1 prints the network without it.
 */
final class NpuWeights {
    private static final int INFLATED = 8;
    private static final int INFLATED_AT_STRIDE = 2;
    private static final int NATIVE_WINDOW = 3;
    private static final int BROADCAST_CHANNELS = 512;

    private NpuWeights() {}

    static long bytes(NpuSchedule schedule) {
        long bytes = 0;
        for (Epoch epoch : schedule.epochs()) {
            bytes += epoch.weightBytes() + padding(epoch, schedule.sdk());
        }
        return bytes;
    }

    private static long padding(Epoch epoch, SdkVersion sdk) {
        EpochGeometry shape = epoch.geometry();
        if (epoch.work() != EpochWork.DEPTHWISE || epoch.kind() != Epoch.Kind.HARDWARE) {
            return 0;
        }
        boolean whole = Math.max(shape.kernelHeight(), shape.kernelWidth()) <= NATIVE_WINDOW;
        long factor = 1;
        if (whole && !sdk.atLeast(SdkVersion.V3_0)) {
            // Channels are taken in groups of equal size: eight, or the power of two that divides their number.
            factor = Math.min(INFLATED, Long.lowestOneBit(shape.inputChannels()));
        } else if (whole && sdk == SdkVersion.V3_0 && shape.inputChannels() > BROADCAST_CHANNELS) {
            factor = INFLATED;
        } else if (sdk.atLeast(SdkVersion.V3_0) && shape.strideHeight() > 1) {
            factor = INFLATED_AT_STRIDE;
        }
        return (factor - 1) * epoch.weightElements();
    }
}
