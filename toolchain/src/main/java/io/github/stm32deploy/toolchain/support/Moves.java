// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a schedule spends on moving numbers without computing any: copies, changes of layout and scale, conversions between int8
 * and float. Predicted.
 *
 * @param copyEpochs epochs that only move bytes (Concat, Slice, Transpose, layout of the input, resizing)
 * @param copyBytes what they read and write
 * @param requantizeEpochs epochs that only change scale or zero point
 * @param requantizeBytes what they read and write
 * @param conversionEpochs QuantizeLinear, DequantizeLinear and Cast on the CPU
 * @param conversionBytes what they read and write
 */
public record Moves(
        int copyEpochs,
        long copyBytes,
        int requantizeEpochs,
        long requantizeBytes,
        int conversionEpochs,
        long conversionBytes) {

    private static final Set<EpochWork> COPIES = EnumSet.of(EpochWork.COPY, EpochWork.RESIZE);
    private static final Set<EpochWork> CONVERSIONS = EnumSet.of(EpochWork.QUANTIZE, EpochWork.DEQUANTIZE);

    public static Moves of(NpuSchedule schedule) {
        long[] epochs = new long[3];
        long[] bytes = new long[3];
        for (Epoch epoch : schedule.epochs()) {
            int kind = COPIES.contains(epoch.work())
                    ? 0
                    : epoch.work() == EpochWork.REQUANTIZE ? 1 : CONVERSIONS.contains(epoch.work()) ? 2 : -1;
            if (kind >= 0) {
                epochs[kind]++;
                bytes[kind] += traffic(schedule, epoch);
            }
        }
        return new Moves((int) epochs[0], bytes[0], (int) epochs[1], bytes[1], (int) epochs[2], bytes[2]);
    }

    private static long traffic(NpuSchedule schedule, Epoch epoch) {
        long bytes = 0;
        for (String tensor : epoch.reads()) {
            bytes += schedule.tensor(tensor).bytes();
        }
        for (String tensor : epoch.writes()) {
            bytes += schedule.tensor(tensor).bytes();
        }
        return bytes;
    }

    public int epochs() {
        return copyEpochs + requantizeEpochs + conversionEpochs;
    }

    public long bytes() {
        return copyBytes + requantizeBytes + conversionBytes;
    }
}
