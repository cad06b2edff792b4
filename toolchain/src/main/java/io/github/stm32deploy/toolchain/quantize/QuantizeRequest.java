// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What to quantize, and how.
 *
 * @param graph a float graph
 * @param percentile share of the values, in percent, that stay within the range of {@link CalibrationMethod#PERCENTILE};
 *     above 50, at most 100
 * @param symmetric activations with zero point 0 and a range from -a to a; else with 0 anywhere in the range
 * @param perTensor one scale for all output channels of a weight, instead of one for each
 * @param excludedNodes names of nodes that stay float
 * @param outputRanges values of graph outputs that the application distinguishes, by output name; such an output gets exactly
 *     this range instead of the measured one. For score logits that a decoder passes through a sigmoid:
 *     {@link ValueRange#SIGMOID_LOGITS}. MediaPipe's BlazeFace logits reach -700, which leaves two codes for all faces otherwise
 * @param effort 0: ranges of the method as they are; 1 and 2: also steps that recover accuracy, each kept where its measured
 *     gain says so
 * @param sampleLimit most calibration samples to use
 * @param qualitySamples calibration samples on which errors are measured, 0 for none
 * @param layerErrors errors of every layer; else of the graph outputs alone, which costs much less
 * @param floatEnds effort 1 and 2 may put a product in float behind the last DequantizeLinear ({@link SplitRanges})
 */
public record QuantizeRequest(
        ModelGraph graph,
        CalibrationSource calibration,
        CalibrationMethod method,
        double percentile,
        boolean symmetric,
        boolean perTensor,
        Set<String> excludedNodes,
        Map<String, ValueRange> outputRanges,
        int effort,
        int sampleLimit,
        int qualitySamples,
        boolean layerErrors,
        boolean floatEnds) {
    /** Cuts one value in 10000, half of them on each side; ONNX Runtime's calibrator takes the same share. */
    public static final double USUAL_PERCENTILE = 99.99;

    public QuantizeRequest {
        Objects.requireNonNull(graph);
        Objects.requireNonNull(calibration);
        Objects.requireNonNull(method);
        excludedNodes = Set.copyOf(excludedNodes);
        outputRanges = Map.copyOf(outputRanges);
        if (sampleLimit < 1 || qualitySamples < 0 || effort < 0 || effort > 2) {
            throw new IllegalArgumentException(
                    "sampleLimit " + sampleLimit + ", qualitySamples " + qualitySamples + ", effort " + effort);
        }
        if (!(percentile > 50 && percentile <= 100)) {
            throw new IllegalArgumentException("percentile " + percentile);
        }
    }

    /** Per channel, smallest and largest value, every node, all samples, errors measured on the first 16. */
    public static QuantizeRequest of(ModelGraph graph, CalibrationSource calibration) {
        return new QuantizeRequest(
                graph,
                calibration,
                CalibrationMethod.MINMAX,
                USUAL_PERCENTILE,
                false,
                false,
                Set.of(),
                Map.of(),
                0,
                Integer.MAX_VALUE,
                16,
                true,
                false);
    }

    QuantizeRequest withCalibration(CalibrationSource value) {
        return new QuantizeRequest(
                graph,
                value,
                method,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withMethod(CalibrationMethod value) {
        return new QuantizeRequest(
                graph,
                calibration,
                value,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withPercentile(double value) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                value,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withSymmetric(boolean value) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                value,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withPerTensor(boolean value) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                value,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withExcludedNodes(Set<String> nodes) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                nodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withOutputRanges(Map<String, ValueRange> ranges) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                ranges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withEffort(int level) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                level,
                sampleLimit,
                qualitySamples,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withQualitySamples(int count) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                count,
                layerErrors,
                floatEnds);
    }

    public QuantizeRequest withLayerErrors(boolean value) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                value,
                floatEnds);
    }

    public QuantizeRequest withFloatEnds(boolean value) {
        return new QuantizeRequest(
                graph,
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                excludedNodes,
                outputRanges,
                effort,
                sampleLimit,
                qualitySamples,
                layerErrors,
                value);
    }
}
