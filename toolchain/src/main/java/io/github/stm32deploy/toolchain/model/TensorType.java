// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Objects;

/** Element type and shape of a tensor. */
public record TensorType(ElementType element, Shape shape) {
    public TensorType {
        Objects.requireNonNull(element);
        Objects.requireNonNull(shape);
    }

    /** Stored size in bytes of a tensor with a static shape. */
    public long bytes() {
        return element.bytesFor(shape.elements());
    }

    @Override
    public String toString() {
        return element + " " + shape;
    }
}
