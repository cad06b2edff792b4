// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.parity.TensorError;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A quantized graph and what its quantization did.
 *
 * <p>In {@code graph} a tensor keeps its name: {@code t} is what the readers of t see, dequantized. Its codes are
 * {@code t/quantized}, what its producer computed is {@code t/unquantized}. A graph input keeps its name as the float value;
 * its readers see {@code t/dequantized}.
 *
 * @param graph QDQ graph with float32 inputs and outputs
 * @param alreadyQuantized true where the model came quantized; {@code graph} is then the model unchanged and everything else
 *     is empty
 * @param ranges observed range of each calibrated tensor, by name
 * @param parameters scale and zero point of each quantized tensor, by name
 * @param layers every node that writes a tensor that both graphs have, worst signal-to-noise ratio first; values beyond a
 *     tensor's useful range (a Sigmoid's input, {@link QuantizeRequest#outputRanges()}) count as the end of that range
 * @param outputs error of each graph output, in graph order
 * @param samples calibration samples used
 * @param qualitySamples samples on which {@code layers} and {@code outputs} were measured
 * @param synthetic true where the calibration values are made up: ranges and errors then say nothing about real data
 * @param steps what was tried to recover accuracy, in the order in which it was tried
 * @param sensitivity of each layer, largest gain first; empty where nobody asked
 * @param diagnoses what was left out or is remarkable
 */
public record QuantizedModel(
        ModelGraph graph,
        boolean alreadyQuantized,
        Map<String, ValueRange> ranges,
        Map<String, QuantizationParameters> parameters,
        List<Layer> layers,
        Map<String, TensorError> outputs,
        int samples,
        int qualitySamples,
        boolean synthetic,
        List<AccuracyStep> steps,
        List<LayerSensitivity> sensitivity,
        List<Diagnosis> diagnoses) {

    /**
     * Error of one node's output, all errors of the nodes before it included.
     *
     * @param node name in the graph
     * @param tensor the output compared
     * @param parameters empty where the tensor is not quantized by itself (a convolution whose ReLU follows; excluded)
     */
    public record Layer(
            String node,
            String operator,
            Origin origin,
            String tensor,
            Optional<QuantizationParameters> parameters,
            TensorError error) {}

    public QuantizedModel {
        ranges = Collections.unmodifiableMap(new LinkedHashMap<>(ranges));
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        layers = List.copyOf(layers);
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        steps = List.copyOf(steps);
        sensitivity = List.copyOf(sensitivity);
        diagnoses = List.copyOf(diagnoses);
    }
}
