// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.Optional;

/** Which of the three figures of ST Edge AI Core that are all called macc. */
public enum MaccConvention {
    /**
     * {@code model: macc=} of the layer table in the text report: every layer of the file, conversions included. Alike in the
     * reports of Core 2.0.0, 2.1.0, 2.2.0, 3.0.0, 4.0.0 and 4.0.1.
     */
    LAYER_TABLE,
    /**
     * {@code macc} of the C that is generated for the CPU: what the summary of {@code validate} prints and the Developer Cloud
     * shows, also for a model that runs on the NPU. Fused activations of int8 layers, inner conversions and requantizations are
     * gone, integer curves are tables (one operation an element), transposed convolutions run over an input stuffed with zeros,
     * and changes of layout at the ends of an ONNX graph are counted.
     */
    GENERATED_C,
    /**
     * {@code macc} of the summary that {@code analyze} and {@code generate} print for the NPU from 4.0: half the operations of the
     * epochs ({@link io.github.stm32deploy.toolchain.support.EpochOperations}).
     */
    EPOCHS;

    /** What the layer table of a release counts; the same for all whose reports were read. */
    public static MaccConvention ofLayerTable(SdkVersion sdk) {
        return switch (sdk) {
            case V2_0, V2_1, V2_2, V3_0, V4_0 -> LAYER_TABLE;
        };
    }

    /** What the summary of {@code analyze} and {@code generate} counts for the NPU; empty for releases that print 0 there. */
    public static Optional<MaccConvention> ofSummary(SdkVersion sdk) {
        return switch (sdk) {
            case V2_0, V2_1, V2_2, V3_0 -> Optional.empty();
            case V4_0 -> Optional.of(EPOCHS);
        };
    }
}
