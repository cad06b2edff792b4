// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;

/** The vocabulary a file is written in; the vendor's tables list operators by it. */
public enum Framework {
    ONNX,
    TFLITE;

    /** Vocabulary of the file that {@code node} stands in, found from its origin. */
    public static Framework of(Node node) {
        if (node.domain().equals("tflite")) {
            return TFLITE;
        }
        String origin = node.origin().operator();
        if (origin.startsWith("Flex") || origin.startsWith("TFLite")) {
            return TFLITE;
        }
        boolean upper = !origin.isEmpty() && origin.equals(origin.toUpperCase(java.util.Locale.ROOT));
        // LRN, GRU and LSTM are written the same way in ONNX, but there the node carries its origin's name.
        return upper && !origin.equals(node.operator()) ? TFLITE : ONNX;
    }
}
