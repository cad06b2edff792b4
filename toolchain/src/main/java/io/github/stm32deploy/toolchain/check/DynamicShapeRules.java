// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;

/** Rules about input sizes that the file leaves open, and about batches. */
final class DynamicShapeRules implements ModelRule {
    @Override
    public void judge(Evidence evidence, Findings findings) {
        List<String> open = new ArrayList<>();
        List<String> openBatch = new ArrayList<>();
        List<String> batches = new ArrayList<>();
        String example = "";
        for (GraphValue input : evidence.graph().inputs()) {
            Shape shape = input.type().shape();
            String text = "input \"" + input.name() + "\" " + shape;
            if (openBeyondBatch(shape)) {
                open.add(text);
                example = example.isEmpty() ? "--input " + input.name() + "=" + suggested(shape) : example;
            } else if (shape.rank() > 0 && shape.size(0) < 0) {
                openBatch.add(text);
            } else if (shape.rank() == 4 && shape.size(0) > 1) {
                batches.add(text);
            }
        }
        if (!open.isEmpty()) {
            findings.add(findings.start(
                            Severity.WRONG,
                            "SHAPE-DYNAMIC",
                            "the input has no fixed size, and the vendor's figures are those of size 1")
                    .observed(String.join(", ", open))
                    .rule("the NPU runs static shapes; ST's tools count an open dimension as 1")
                    .effect(
                            "MACC, RAM and time they print belong to an input of about one pixel; the network cannot be used")
                    .fix("give the sizes with which it will run: " + example
                            + "; for ST's tool (4.x) --fix-parametric-shapes, or export again with fixed sizes")
                    .source("table of models tried by hand, row centerface_Nx3xHxW: 2,377,640 MACC"));
        } else if (!openBatch.isEmpty()) {
            findings.add(findings.start(
                            Severity.NOTE,
                            "SHAPE-BATCH-OPEN",
                            "the number of images per run is left open; 1 is assumed")
                    .observed(String.join(", ", openBatch))
                    .rule("the NPU runs one image at a time")
                    .effect("figures are those of one image")
                    .fix("nothing, or export again with batch 1"));
        }
        if (!batches.isEmpty()) {
            findings.add(findings.start(Severity.ERROR, "SHAPE-BATCH-NOT-ONE", "the model takes several images per run")
                    .observed(String.join(", ", batches))
                    .rule("batch size 1")
                    .effect("the network is refused, or computed for the first image only")
                    .fix("export again with batch 1 and run it once per image")
                    .source("ST Edge AI Core 2.1.0, stneuralart_programming_model"));
        }
    }

    private static boolean openBeyondBatch(Shape shape) {
        for (int axis = 1; axis < shape.rank(); axis++) {
            if (shape.size(axis) < 0) {
                return true;
            }
        }
        return false;
    }

    /** The shape with 1 for an open batch and a common size for every other open dimension. */
    private static String suggested(Shape shape) {
        long[] sizes = shape.toArray();
        for (int axis = 0; axis < sizes.length; axis++) {
            if (sizes[axis] < 0) {
                sizes[axis] = axis == 0 ? 1 : 128;
            }
        }
        return Shape.of(sizes).toString();
    }
}
