// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.repair.ConstantFolding;
import io.github.stm32deploy.toolchain.repair.NormalizationFolding;
import io.github.stm32deploy.toolchain.repair.OpsetUpgrade;
import java.util.Map;
import java.util.Set;

/** Brings a float graph into the form that is quantized: binary32, weights as constants, operator set 13 or newer. */
final class FloatPreparation {
    private FloatPreparation() {}

    /**
     * @param excluded names of nodes that stay float and therefore stay as they are
     */
    static ModelGraph prepare(ModelGraph graph, GraphExecutorFactory executors, Set<String> excluded) {
        return NormalizationFolding.fold(ConstantFolding.all(upgraded(graph), executors), excluded);
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

    /** The same graph with half-precision tensors in binary32; halves are exact in it. */
    static ModelGraph widenHalves(ModelGraph graph) {
        boolean halves = graph.constants().values().stream().anyMatch(constant -> isHalf(constant.element()))
                || graph.types().values().stream().anyMatch(type -> isHalf(type.element()))
                || graph.nodes().stream().anyMatch(FloatPreparation::castsToHalf);
        if (!halves) {
            return graph;
        }
        ModelGraph.Builder wide = ModelGraph.builder(graph.name()).irVersion(graph.irVersion());
        graph.opsets().forEach(wide::opset);
        graph.inputs().forEach(input -> wide.input(input.name(), widened(input.type())));
        graph.outputs().forEach(output -> wide.output(output.name(), widened(output.type())));
        graph.types().forEach((tensor, type) -> wide.type(tensor, widened(type)));
        graph.constants().forEach((tensor, constant) -> wide.constant(tensor, widened(constant)));
        for (Node node : graph.nodes()) {
            Node changed = castsToHalf(node) ? node.withAttribute("to", Attribute.of(1)) : node;
            for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
                if (attribute.getValue() instanceof Attribute.TensorValue tensor
                        && isHalf(tensor.value().element())) {
                    changed = changed.withAttribute(
                            attribute.getKey(), new Attribute.TensorValue(widened(tensor.value())));
                }
            }
            wide.node(changed);
        }
        return wide.build();
    }

    private static boolean isHalf(ElementType element) {
        return element == ElementType.FLOAT16 || element == ElementType.BFLOAT16;
    }

    /** Cast to TensorProto.FLOAT16 (10) or BFLOAT16 (16). */
    private static boolean castsToHalf(Node node) {
        long target = node.is("Cast") ? node.intAttribute("to", 0) : 0;
        return target == 10 || target == 16;
    }

    private static TensorType widened(TensorType type) {
        return isHalf(type.element()) ? new TensorType(ElementType.FLOAT32, type.shape()) : type;
    }

    private static TensorData widened(TensorData constant) {
        return isHalf(constant.element()) ? TensorData.ofFloats(constant.shape(), constant.toFloats()) : constant;
    }
}
