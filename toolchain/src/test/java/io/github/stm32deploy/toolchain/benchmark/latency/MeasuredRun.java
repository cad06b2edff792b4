// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.latency.EpochLoad;
import io.github.stm32deploy.toolchain.latency.EpochTimer;
import io.github.stm32deploy.toolchain.latency.LatencyConstants;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;

/**
 * Something measured and what it is predicted from: a whole network or a single epoch.
 *
 * @param family left out together when a fit is judged
 * @param micros measured
 * @param part what of it was measured
 */
record MeasuredRun(
        String name,
        String family,
        List<EpochLoad> loads,
        SdkVersion sdk,
        Npu.Clocks clocks,
        boolean epochController,
        double micros,
        Part part) {

    /** What of an epoch the time is of. */
    enum Part {
        WHOLE,
        /** The time within the accelerator. */
        CORE,
        /** Programming and finishing by the CPU. */
        SETUP
    }

    boolean isEpoch() {
        return loads.size() == 1;
    }

    double predictedMicros(LatencyConstants constants) {
        EpochTimer timer = new EpochTimer(constants, clocks, sdk, epochController);
        double sum = 0;
        for (EpochLoad load : loads) {
            sum += switch (part) {
                case WHOLE -> timer.time(load).micros();
                case CORE -> timer.coreMicros(load);
                case SETUP -> timer.setupMicros(load);
            };
        }
        return sum;
    }

    /** Natural logarithm of measured over predicted. */
    double residual(LatencyConstants constants) {
        return Math.log(micros / predictedMicros(constants));
    }
}
