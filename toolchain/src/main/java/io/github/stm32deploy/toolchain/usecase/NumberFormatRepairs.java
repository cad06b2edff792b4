// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.quantize.Quantizer;
import io.github.stm32deploy.toolchain.repair.AppliedRepair;
import io.github.stm32deploy.toolchain.repair.GraphRepairs;
import io.github.stm32deploy.toolchain.repair.RepairTarget;
import io.github.stm32deploy.toolchain.repair.RepairedGraph;
import io.github.stm32deploy.toolchain.repair.Repairs;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings a model of another number format (half precision, integer weights, 16-bit or unsigned activations, operators on
 * integers) into the one that is quantized or deployed. A model that computes on int8 is left alone, and so are its inputs and
 * outputs.
 *
 * @param graph types inferred
 * @param repairs what was tried; empty for most models
 */
record NumberFormatRepairs(ModelGraph graph, List<AppliedRepair> repairs) {
    private static final Set<String> WEIGHTED = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");

    static NumberFormatRepairs of(ModelGraph graph, GraphExecutorFactory executors) {
        if (Quantizer.isQuantized(graph) && isInt8(graph)) {
            return new NumberFormatRepairs(graph, List.of());
        }
        RepairedGraph repaired = new GraphRepairs(
                        Repairs.numberFormats(), RepairTarget.of(SdkVersion.newest(), executors))
                .repair(graph);
        return new NumberFormatRepairs(repaired.graph(), repaired.repairs());
    }

    /** True where every convolution and product that works on stored integers works on signed ones of 8 bits. */
    static boolean isInt8(ModelGraph graph) {
        for (Node node : graph.nodes()) {
            if (node.operator().startsWith("QLinear")
                    || node.operator().equals("QGemm")
                    || node.operator().endsWith("Integer")
                    || node.operator().equals("DynamicQuantizeLinear")) {
                return false;
            }
            if (node.domain().isEmpty() && WEIGHTED.contains(node.operator())) {
                for (String input :
                        node.inputs().subList(0, Math.min(2, node.inputs().size()))) {
                    Optional<ElementType> stored = graph.producer(input)
                            .filter(producer -> producer.operator().equals("DequantizeLinear"))
                            .flatMap(producer -> graph.type(producer.input(0)))
                            .map(TensorType::element);
                    if (stored.isPresent() && stored.get() != ElementType.INT8 && stored.get() != ElementType.INT4) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** What was done first, in one finding each for what was kept and what was not; none where nothing was needed. */
    List<Diagnosis> findings(String file) {
        List<Diagnosis> findings = new ArrayList<>();
        List<AppliedRepair> kept = repairs.stream().filter(AppliedRepair::kept).toList();
        if (!kept.isEmpty()) {
            List<String> contract =
                    kept.stream().flatMap(one -> one.contract().stream()).toList();
            findings.add(Diagnosis.of(
                            Severity.NOTE,
                            "QUANT-REPAIRED-FIRST",
                            Stage.QUANTIZE,
                            "the number format of the model is changed first")
                    .where(file)
                    .observed(kept.stream()
                            .map(one -> one.id() + ": " + one.reason() + "; " + one.outcome())
                            .collect(Collectors.joining(". ")))
                    .rule("int8 is made of float32, and the target computes on signed int8")
                    .effect(contract.isEmpty() ? "inputs and outputs keep their form" : String.join("; ", contract))
                    .fix("stm32-deploy repair MODEL --list shows these changes alone")
                    .build());
        }
        List<AppliedRepair> reverted =
                repairs.stream().filter(one -> !one.kept()).toList();
        if (Quantizer.isQuantized(graph) && !isInt8(graph)) {
            findings.add(Diagnosis.of(
                            Severity.WRONG,
                            "QUANT-OTHER-INTEGERS",
                            Stage.QUANTIZE,
                            "the model is quantized, but not to int8, and stays so")
                    .where(file)
                    .observed(
                            reverted.isEmpty()
                                    ? "integers of another size or sign, or operators on integers"
                                    : reverted.stream()
                                            .map(one -> one.id() + " is reverted: " + one.outcome())
                                            .collect(Collectors.joining(". ")))
                    .rule(
                            "the NPU and the CPU kernels compute on signed int8 between QuantizeLinear and DequantizeLinear")
                    .effect("the compiler refuses it or computes it in software")
                    .fix(
                            "start over from floats and quantize the result: stm32-deploy repair MODEL --only dequantize -o"
                                    + " FLOAT.onnx")
                    .build());
        }
        return findings;
    }
}
