// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.stream.Collectors;

/** Names epochs as people write layers: {@code Pad + Conv 3x3/2 + Relu}. */
final class Labels {
    private Labels() {}

    static String of(Chain chain, EpochGeometry geometry) {
        return chain.operations().stream()
                .map(operation -> operation == chain.lead() ? of(operation, geometry) : operation.operator())
                .collect(Collectors.joining(" + "));
    }

    static String of(Operation operation, EpochGeometry geometry) {
        if (operation.form() == Operation.Form.REQUANTIZE) {
            return "Requantize";
        }
        boolean window =
                operation.operator().startsWith("Conv") || operation.operator().endsWith("Pool");
        if (!window) {
            return operation.operator();
        }
        StringBuilder text = new StringBuilder(operation.operator());
        boolean depthwise = geometry.groups() > 1 && geometry.groups() == geometry.inputChannels();
        text.append(depthwise ? " dw " : " ")
                .append(geometry.kernelHeight())
                .append('x')
                .append(geometry.kernelWidth());
        if (geometry.strideHeight() > 1 || geometry.strideWidth() > 1) {
            text.append('/').append(geometry.strideHeight());
            if (geometry.strideWidth() != geometry.strideHeight()) {
                text.append('x').append(geometry.strideWidth());
            }
        }
        return text.toString();
    }
}
