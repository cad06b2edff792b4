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
 * <p>Depthwise weights are stored for more input channels than they have, zeros between: up to eightfold by Core 2.0 to
 * 2.2 (larger windows are cut, not padded), since 3.0 twofold at stride 2 and as they are at stride 1 ({@code weights_inflated} in c_info files).
 */
final class NpuWeights {
    private static final int INFLATED = 8;
    private static final int INFLATED_AT_STRIDE = 2;
    private static final int NATIVE_WINDOW = 3;

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
        long factor = 1;
        if (!sdk.atLeast(SdkVersion.V3_0) && shape.kernelHeight() <= NATIVE_WINDOW) {
            // Channels are taken in groups of equal size: eight, or the power of two that divides their number.
            factor = Math.min(INFLATED, Long.lowestOneBit(shape.inputChannels()));
        } else if (sdk.atLeast(SdkVersion.V3_0) && shape.strideHeight() > 1) {
            factor = INFLATED_AT_STRIDE;
        }
        return (factor - 1) * epoch.weightElements();
    }
}
