// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.repair.AffineFolding;
import io.github.stm32deploy.toolchain.repair.ConstantFolding;
import io.github.stm32deploy.toolchain.repair.OpsetUpgrade;
import java.util.Set;

/** Brings a float graph into the form that is quantized: binary32, weights as constants, operator set 13 or newer. */
final class FloatPreparation {
    private FloatPreparation() {}

    /**
     * @param excluded names of nodes that stay float and therefore stay as they are
     */
    static ModelGraph prepare(ModelGraph graph, GraphExecutorFactory executors, Set<String> excluded) {
        return AffineFolding.normalizations(ConstantFolding.all(upgraded(graph), executors), excluded);
    }

    /**
     * A graph that is partly quantized: stored weights stay stored.
     *
     * @param excluded names of nodes that stay float
     */
    static ModelGraph preparePartly(ModelGraph graph, GraphExecutorFactory executors, Set<String> excluded) {
        ModelGraph inferred = ShapeInference.infer(ShapeInference.withBatchOfOne(upgraded(graph)));
        return AffineFolding.normalizations(ConstantFolding.keepingStored(inferred, executors), excluded);
    }

    /**
     * In operator set 13 or newer, where DequantizeLinear has an axis.
     *
     * @throws DiagnosedException QUANT-OPSET-TOO-OLD below operator set 7, where broadcasting was another
     */
    static ModelGraph upgraded(ModelGraph graph) {
        if (OpsetUpgrade.reaches(graph)) {
            return OpsetUpgrade.to13(graph);
        }
        throw new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error("QUANT-OPSET-TOO-OLD", Stage.QUANTIZE, "the model's operator set is too old")
                        .where("graph \"" + graph.name() + "\"")
                        .observed("operator set " + graph.opset())
                        .rule("operator sets from " + OpsetUpgrade.OLDEST
                                + " on can be written as 13, which per-channel quantization needs")
                        .effect("the model cannot be quantized")
                        .fix("export the model again with operator set 13 or newer")
                        .source("ONNX operator changelog, DequantizeLinear-13")
                        .build());
    }
}
