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
 * @param perTensor one scale for all output channels of a weight, instead of one for each
 * @param excludedNodes names of nodes that stay float
 * @param outputRanges values of graph outputs that the application distinguishes, by output name; such an output gets exactly
 *     this range instead of the measured one. For score logits that a decoder passes through a sigmoid:
 *     {@link ValueRange#SIGMOID_LOGITS}. MediaPipe's BlazeFace logits reach -700, which leaves two codes for all faces otherwise
 * @param sampleLimit most calibration samples to use
 * @param qualitySamples calibration samples on which the error of every layer is measured, 0 for none
 */
public record QuantizeRequest(
        ModelGraph graph,
        CalibrationSource calibration,
        CalibrationMethod method,
        boolean perTensor,
        Set<String> excludedNodes,
        Map<String, ValueRange> outputRanges,
        int sampleLimit,
        int qualitySamples) {
    public QuantizeRequest {
        Objects.requireNonNull(graph);
        Objects.requireNonNull(calibration);
        Objects.requireNonNull(method);
        excludedNodes = Set.copyOf(excludedNodes);
        outputRanges = Map.copyOf(outputRanges);
        if (sampleLimit < 1 || qualitySamples < 0) {
            throw new IllegalArgumentException("sampleLimit " + sampleLimit + ", qualitySamples " + qualitySamples);
        }
    }

    /** Per channel, smallest and largest value, every node, all samples, errors measured on the first 16. */
    public static QuantizeRequest of(ModelGraph graph, CalibrationSource calibration) {
        return new QuantizeRequest(
                graph, calibration, CalibrationMethod.MINMAX, false, Set.of(), Map.of(), Integer.MAX_VALUE, 16);
    }

    public QuantizeRequest withMethod(CalibrationMethod value) {
        return new QuantizeRequest(
                graph, calibration, value, perTensor, excludedNodes, outputRanges, sampleLimit, qualitySamples);
    }

    public QuantizeRequest withPerTensor(boolean value) {
        return new QuantizeRequest(
                graph, calibration, method, value, excludedNodes, outputRanges, sampleLimit, qualitySamples);
    }

    public QuantizeRequest withExcludedNodes(Set<String> nodes) {
        return new QuantizeRequest(
                graph, calibration, method, perTensor, nodes, outputRanges, sampleLimit, qualitySamples);
    }

    public QuantizeRequest withOutputRanges(Map<String, ValueRange> ranges) {
        return new QuantizeRequest(
                graph, calibration, method, perTensor, excludedNodes, ranges, sampleLimit, qualitySamples);
    }
}
