// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Generates C for an int8 QDQ graph: a table of kernel calls, a static memory plan and one weights image. The kernels and
 * the runtime are the hand-written C of firmware-templates; they run on any Cortex-M55 and on the host.
 */
public final class CpuBackend {
    private final NetworkSource source = new NetworkSource();

    /**
     * @param graph static shapes, batch 1, types of all tensors known, quantized with QuantizeLinear and
     *     DequantizeLinear around each operator
     * @throws DiagnosedException naming every node that has no kernel
     */
    public CpuNetwork generate(ModelGraph graph, GenerateOptions options) {
        refuseFloatGraph(graph);
        GraphLowering.Result lowered = new GraphLowering(graph).lower();
        if (!lowered.diagnoses().isEmpty()) {
            throw new DiagnosedException(DiagnosedException.Kind.FINDING, lowered.diagnoses());
        }
        List<Buffer> outputBuffers =
                lowered.outputs().stream().map(edge -> edge.tensor().buffer()).toList();
        List<Buffer> inputBuffers =
                lowered.inputs().stream().map(edge -> edge.tensor().buffer()).toList();
        List<Step> steps = StepFusion.fuse(lowered.steps(), outputBuffers);
        if (steps.isEmpty()) {
            throw new DiagnosedException(
                    DiagnosedException.Kind.FINDING,
                    Diagnosis.error("GEN-NOTHING-TO-COMPUTE", Stage.GENERATE, "the outputs are the inputs")
                            .where("graph \"" + graph.name() + "\"")
                            .observed("no node of the graph computes anything")
                            .effect("there is no network to generate")
                            .build());
        }
        MemoryLayout memory = MemoryLayout.of(steps, inputBuffers, outputBuffers, options.separateBuffers());
        WeightsImage weights = new WeightsImage();
        List<NetworkSource.PlacedStep> placed = new ArrayList<>();
        for (int index = 0; index < steps.size(); index++) {
            placed.add(NetworkSource.PlacedStep.of(steps.get(index), memory, index, weights));
        }
        byte[] image = weights.toBytes(options.modelDigest());
        List<CpuNetwork.Edge> inputs =
                lowered.inputs().stream().map(edge -> publicEdge(edge, memory)).toList();
        List<CpuNetwork.Edge> outputs =
                lowered.outputs().stream().map(edge -> publicEdge(edge, memory)).toList();
        Map<String, byte[]> files = new LinkedHashMap<>();
        NetworkSource.Network network = new NetworkSource.Network(
                options, inputs, outputs, placed, memory.plan().peakBytes(), image.length);
        files.put("network.c", source.render("network.c.vm", network).getBytes(StandardCharsets.UTF_8));
        files.put("network.h", source.render("network.h.vm", network).getBytes(StandardCharsets.UTF_8));
        files.put("weights.bin", image);
        return new CpuNetwork(
                options.name(),
                options.identifier(),
                inputs,
                outputs,
                layers(graph, steps, lowered.tensors(), memory),
                memory.plan(),
                image.length,
                files);
    }

    private static void refuseFloatGraph(ModelGraph graph) {
        if (graph.nodes().stream().anyMatch(node -> node.operator().equals("QuantizeLinear"))) {
            return;
        }
        throw new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error("GEN-NOT-QUANTIZED", Stage.GENERATE, "the model is not quantized")
                        .where("graph \"" + graph.name() + "\"")
                        .observed("no QuantizeLinear among " + graph.nodes().size() + " nodes")
                        .rule("the cpu backend computes in int8")
                        .effect("no code is generated for this model")
                        .fix("quantize it first")
                        .command("stm32-deploy quantize MODEL -o OUT.onnx --calibration DIR")
                        .build());
    }

    private static CpuNetwork.Edge publicEdge(GraphLowering.Edge edge, MemoryLayout memory) {
        boolean unsigned = edge.tensor().unsignedBytes();
        Quantization quantization = edge.quantization();
        int zeroPoint = quantization == null ? 0 : quantization.zeroPoint() + (unsigned ? 128 : 0);
        return new CpuNetwork.Edge(
                edge.value().name(),
                unsigned ? ElementType.UINT8 : ElementType.INT8,
                edge.value().type().shape(),
                quantization == null ? 1 : quantization.scale(),
                zeroPoint,
                memory.offset(edge.tensor().buffer()));
    }

    private static List<CpuNetwork.Layer> layers(
            ModelGraph graph, List<Step> steps, Map<String, StoredTensor> tensors, MemoryLayout memory) {
        Map<Integer, CpuNetwork.Observable> observables = new HashMap<>();
        tensors.forEach((tensor, stored) -> {
            ElementType element = graph.type(tensor).map(type -> type.element()).orElse(ElementType.INT8);
            int shift = element == ElementType.UINT8 && !stored.unsignedBytes() ? 128 : 0;
            long[] shape = Arrays.stream(stored.shape()).asLongStream().toArray();
            observables.putIfAbsent(
                    stored.buffer().id(),
                    new CpuNetwork.Observable(
                            tensor,
                            Shape.of(shape),
                            Arrays.stream(stored.order()).boxed().toList(),
                            shift));
        });
        List<CpuNetwork.Layer> layers = new ArrayList<>();
        for (Step step : steps) {
            boolean constantOperand = !(step instanceof LookupStep) && step.weights() != null;
            long parameters =
                    (constantOperand ? step.weights().length : 0) + (step.bias() == null ? 0 : step.bias().length);
            layers.add(new CpuNetwork.Layer(
                    step.identity().name(),
                    step.identity().operator(),
                    step.identity().origin(),
                    step.kernel(),
                    step.macc(),
                    parameters,
                    step.output().bytes(),
                    step.scratchBytes(),
                    memory.offset(step.output()),
                    Optional.ofNullable(observables.get(step.output().id()))));
        }
        return layers;
    }
}
