// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A way to call a model that its author gave names to (TFLite SignatureDef).
 *
 * @param key name of the signature, {@code serving_default}
 * @param graph position of the graph that it calls, 0 for the model itself
 * @param inputs the author's name of each input → the tensor of the graph
 * @param outputs the author's name of each output → the tensor of the graph
 */
public record Signature(String key, int graph, Map<String, String> inputs, Map<String, String> outputs) {
    public Signature {
        Objects.requireNonNull(key);
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    }
}
