// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A row of a validation's "Evaluation report": how far the network on the board is from the model on the computer.
 *
 * @param comparison {@code X-cross #1}: the C model against the original one, output 1
 * @param metrics by the name of the column ({@code rmse}, {@code mae}, {@code l2r}, {@code mean}, {@code std}, {@code snr} from
 *     4.0 on, {@code nse}, {@code cos}); those printed as {@code n.a.} are absent. {@code acc} is in percent
 * @param tensor the output and the number of samples, as printed
 */
public record Accuracy(String comparison, Map<String, Figure> metrics, String tensor) {
    public Accuracy {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    public Optional<Figure> metric(String name) {
        return Optional.ofNullable(metrics.get(name));
    }
}
