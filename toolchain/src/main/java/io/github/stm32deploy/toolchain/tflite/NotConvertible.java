// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

/** An operator, or this use of it, that ONNX cannot express; the operator is then kept under its own name. */
final class NotConvertible extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotConvertible(String reason) {
        super(reason, null, false, false);
    }
}
