// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Shape;

/** Static shapes for calibration values. */
final class InputShapes {
    private InputShapes() {}

    /**
     * The input's shape with an unknown first dimension set to 1: the target runs one image at a time.
     *
     * @throws DiagnosedException QUANT-INPUT-DYNAMIC where another dimension is unknown
     */
    static Shape batchOfOne(GraphValue input) {
        long[] sizes = input.type().shape().toArray();
        if (sizes.length > 0 && sizes[0] < 0) {
            sizes[0] = 1;
        }
        Shape shape = Shape.of(sizes);
        if (!shape.isStatic()) {
            throw new DiagnosedException(
                    DiagnosedException.Kind.FINDING,
                    Diagnosis.error("QUANT-INPUT-DYNAMIC", Stage.QUANTIZE, "an input has no fixed size")
                            .where("input \"" + input.name() + "\"")
                            .observed(input.type().toString())
                            .rule("calibration needs the sizes with which the model will run")
                            .effect("the model cannot be calibrated")
                            .fix("state the sizes, for instance --input " + input.name() + "=1x3x320x320")
                            .build());
        }
        return shape;
    }

    /** True where a value of {@code actual} can be fed to an input of {@code declared}. */
    static boolean fits(Shape declared, Shape actual) {
        if (declared.rank() != actual.rank()) {
            return false;
        }
        for (int axis = 0; axis < declared.rank(); axis++) {
            if (declared.size(axis) >= 0 && declared.size(axis) != actual.size(axis)) {
                return false;
            }
        }
        return true;
    }
}
