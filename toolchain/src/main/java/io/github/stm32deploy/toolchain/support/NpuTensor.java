// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;

/**
 * A tensor that stands in memory between two epochs.
 *
 * @param name in the graph: the tensor that QuantizeLinear writes where it is quantized
 * @param element INT8 for quantized tensors, FLOAT32 for those of float software epochs
 * @param shape in the order of the graph (NCHW for feature maps)
 */
public record NpuTensor(String name, ElementType element, Shape shape) {
    public long elements() {
        return shape.elements();
    }

    public long bytes() {
        return element.bytesFor(shape.elements());
    }
}
