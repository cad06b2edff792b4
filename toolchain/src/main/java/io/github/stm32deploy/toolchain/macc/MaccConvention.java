// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

/** Which of the two figures of ST Edge AI Core that are both called macc. */
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
    GENERATED_C
}
