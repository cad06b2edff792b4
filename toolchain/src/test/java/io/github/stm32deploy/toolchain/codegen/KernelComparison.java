// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Generated C against ONNX Runtime without optimisation, on the same graph and the same input: each kernel alone with
 * ONNX Runtime's tensors as its inputs, and the whole model. Values are compared as bytes, in quanta.
 */
public final class KernelComparison {
    private static final String SHA = "0123456789abcdef".repeat(4);

    private KernelComparison() {}

    /** Differences over some elements. */
    public record Difference(String name, String kernel, long elements, long inexact, int worstQuanta) {
        public double exactShare() {
            return elements == 0 ? 1 : 1 - (double) inexact / elements;
        }

        public Difference plus(Difference other) {
            return new Difference(
                    name,
                    kernel,
                    elements + other.elements,
                    inexact + other.inexact,
                    Math.max(worstQuanta, other.worstQuanta));
        }
    }

    /**
     * @param layers each kernel alone, on ONNX Runtime's inputs
     * @param outputs the whole network running freely
     * @param healed the whole network, corrected only at the layers where {@code layers} shows a difference
     * @param sensitivity ONNX Runtime against itself when one input element changes by one quantum, the worst of
     *     seven places: what any single
     *     rounding difference can come to in this model, however good the code
     * @param unobserved layers whose output is no tensor of the graph
     * @param expected ONNX Runtime's outputs as stored bytes
     * @param obtained the generated C's outputs on this machine
     */
    public record Figures(
            CpuNetwork network,
            List<Difference> layers,
            List<Difference> outputs,
            Difference healed,
            Difference sensitivity,
            int unobserved,
            List<byte[]> expected,
            List<byte[]> obtained) {
        public Map<String, Difference> byKernel() {
            Map<String, Difference> kernels = new LinkedHashMap<>();
            layers.forEach(layer -> kernels.merge(
                    layer.kernel,
                    new Difference(layer.kernel, layer.kernel, layer.elements, layer.inexact, layer.worstQuanta),
                    Difference::plus));
            return kernels;
        }

        public Difference whole() {
            return outputs.stream().reduce(new Difference("outputs", "", 0, 0, 0), Difference::plus);
        }

        public String table() {
            StringBuilder text = new StringBuilder();
            text.append(String.format(
                    Locale.ROOT,
                    "%s: %d layers (%d without a tensor of the graph), %.3f MMACC, weights %d B, arena %d B (bound %d B)%n",
                    network.name(),
                    network.layers().size(),
                    unobserved,
                    network.macc() / 1e6,
                    network.weightsBytes(),
                    network.plan().peakBytes(),
                    network.plan().lowerBoundBytes()));
            for (Difference kernel : byKernel().values()) {
                text.append(line("  " + kernel.name, kernel));
            }
            text.append(line("  whole model", whole()));
            text.append(String.format(
                    Locale.ROOT,
                    "  %d of %d kernel outputs differ from ONNX Runtime; with those corrected:%n",
                    layers.stream().mapToLong(Difference::inexact).sum(),
                    layers.stream().mapToLong(Difference::elements).sum()));
            text.append(line("  whole model, corrected", healed));
            text.append(line("  ORT, 1 input quantum", sensitivity));
            return text.toString();
        }

        private static String line(String name, Difference difference) {
            return String.format(
                    Locale.ROOT,
                    "%-28s %9d elements  %8.4f %% exact  worst %d quanta%n",
                    name,
                    difference.elements,
                    100 * difference.exactShare(),
                    difference.worstQuanta);
        }
    }

    /**
     * @param inputs network inputs as stored bytes (int8 or uint8), one array for each input of the network
     */
    public static Figures compare(ModelGraph graph, String name, List<byte[]> inputs, Path folder) throws IOException {
        CpuBackend backend = new CpuBackend();
        GenerateOptions options = new GenerateOptions(name, SHA, "test");
        CpuNetwork network = backend.generate(graph, options);
        CpuNetwork separate = backend.generate(graph, options.withSeparateBuffers());
        Map<String, TensorData> reference = reference(graph, separate, inputs);
        byte[] joined = join(inputs);

        ByteArrayOutputStream stdin = new ByteArrayOutputStream();
        stdin.write(joined);
        for (CpuNetwork.Layer layer : separate.layers()) {
            byte[] expected = expected(layer, reference);
            stdin.write(expected == null ? 0 : 1);
            if (expected != null) {
                stdin.write(expected);
            }
        }
        CompiledNetwork apart = CompiledNetwork.of(separate, folder.resolve("layers"));
        byte[] single = apart.run("layers", stdin.toByteArray());
        List<Difference> layers = new ArrayList<>();
        int unobserved = 0;
        int at = 0;
        for (CpuNetwork.Layer layer : separate.layers()) {
            int bytes = (int) layer.outputBytes();
            byte[] expected = expected(layer, reference);
            if (expected == null) {
                unobserved++;
            } else {
                layers.add(difference(
                        layer.name(), layer.kernel(), expected, Arrays.copyOfRange(single, at, at + bytes), false));
            }
            at += bytes;
        }

        byte[] whole = CompiledNetwork.of(network, folder.resolve("whole")).run("run", joined);
        if (!Arrays.equals(apart.run("run", joined), whole)) {
            throw new AssertionError(name + ": sharing memory changes the result");
        }
        List<byte[]> wanted = new ArrayList<>();
        List<byte[]> obtained = new ArrayList<>();
        at = 0;
        for (CpuNetwork.Edge output : network.outputs()) {
            wanted.add(expected(output, reference.get(output.name())));
            obtained.add(Arrays.copyOfRange(whole, at, at + (int) output.bytes()));
            at += (int) output.bytes();
        }
        List<Difference> outputs = differences(network, wanted, obtained);
        return new Figures(
                network,
                layers,
                outputs,
                healed(separate, apart, joined, reference, layers),
                sensitivity(graph, separate, inputs, reference),
                unobserved,
                wanted,
                obtained);
    }

    /** Outputs of {@code network} as stored bytes, each against what was expected. */
    public static List<Difference> differences(CpuNetwork network, List<byte[]> expected, List<byte[]> obtained) {
        List<Difference> outputs = new ArrayList<>();
        for (int index = 0; index < network.outputs().size(); index++) {
            CpuNetwork.Edge output = network.outputs().get(index);
            outputs.add(difference(
                    output.name(),
                    "",
                    expected.get(index),
                    obtained.get(index),
                    output.element() == ElementType.UINT8));
        }
        return outputs;
    }

    private static Difference healed(
            CpuNetwork network,
            CompiledNetwork compiled,
            byte[] input,
            Map<String, TensorData> reference,
            List<Difference> layers)
            throws IOException {
        List<String> differing = layers.stream()
                .filter(layer -> layer.inexact > 0)
                .map(Difference::name)
                .toList();
        ByteArrayOutputStream stdin = new ByteArrayOutputStream();
        stdin.write(input);
        for (CpuNetwork.Layer layer : network.layers()) {
            boolean corrected = differing.contains(layer.name());
            stdin.write(corrected ? 1 : 0);
            if (corrected) {
                stdin.write(expected(layer, reference));
            }
        }
        byte[] written = compiled.run("layers", stdin.toByteArray());
        Difference total = new Difference("healed", "", 0, 0, 0);
        int at = 0;
        for (CpuNetwork.Layer layer : network.layers()) {
            int bytes = (int) layer.outputBytes();
            for (CpuNetwork.Edge output : network.outputs()) {
                if (output.arenaOffset() == layer.arenaOffset() && !differing.contains(layer.name())) {
                    total = total.plus(difference(
                            output.name(),
                            "",
                            expected(output, reference.get(output.name())),
                            Arrays.copyOfRange(written, at, at + bytes),
                            output.element() == ElementType.UINT8));
                }
            }
            at += bytes;
        }
        return total;
    }

    private static Difference sensitivity(
            ModelGraph graph, CpuNetwork network, List<byte[]> inputs, Map<String, TensorData> reference) {
        Difference worst = new Difference("sensitivity", "", 0, 0, 0);
        boolean unsigned = network.inputs().get(0).element() == ElementType.UINT8;
        for (int place = 1; place < 8; place++) {
            byte[] first = inputs.get(0).clone();
            int at = (int) ((long) first.length * place / 8);
            boolean atTop = first[at] == (byte) (unsigned ? 0xFF : 127);
            first[at] += (byte) (atTop ? -1 : 1);
            List<byte[]> changed = new ArrayList<>(inputs);
            changed.set(0, first);
            Map<String, TensorData> other = reference(graph, network, changed);
            Difference total = new Difference("sensitivity", "", 0, 0, 0);
            for (CpuNetwork.Edge output : network.outputs()) {
                total = total.plus(difference(
                        output.name(),
                        "",
                        expected(output, reference.get(output.name())),
                        expected(output, other.get(output.name())),
                        output.element() == ElementType.UINT8));
            }
            if (worst.elements == 0 || total.inexact > worst.inexact) {
                worst = total;
            }
        }
        return worst;
    }

    private static byte[] join(List<byte[]> arrays) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        arrays.forEach(joined::writeBytes);
        return joined.toByteArray();
    }

    private static Map<String, TensorData> reference(ModelGraph graph, CpuNetwork network, List<byte[]> inputs) {
        List<String> observed = network.layers().stream()
                .flatMap(layer -> layer.observable().stream())
                .map(CpuNetwork.Observable::tensor)
                .toList();
        Map<String, TensorData> feeds = new LinkedHashMap<>();
        for (int index = 0; index < inputs.size(); index++) {
            CpuNetwork.Edge edge = network.inputs().get(index);
            GraphValue value = graph.inputs().get(index);
            feeds.put(value.name(), asGraphInput(value.type(), edge, inputs.get(index)));
        }
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(
                graph, OnnxRuntimeExecutor.Options.reference().withExtraOutputs(observed))) {
            return executor.run(feeds);
        }
    }

    /** What the file wants at this input: the bytes themselves, or the floats they stand for. */
    private static TensorData asGraphInput(TensorType type, CpuNetwork.Edge edge, byte[] stored) {
        if (type.element() != ElementType.FLOAT32) {
            return TensorData.of(type, ByteBuffer.wrap(stored));
        }
        float[] values = new float[stored.length];
        for (int index = 0; index < values.length; index++) {
            values[index] = (stored[index] - edge.zeroPoint()) * edge.scale();
        }
        return TensorData.ofFloats(type.shape(), values);
    }

    /** ONNX Runtime's tensor as the layer's memory holds it; null where the graph has no such tensor. */
    private static byte[] expected(CpuNetwork.Layer layer, Map<String, TensorData> reference) {
        if (layer.observable().isEmpty()) {
            return null;
        }
        CpuNetwork.Observable observable = layer.observable().get();
        TensorData data = reference.get(observable.tensor());
        int[] order = observable.order().stream().mapToInt(Integer::intValue).toArray();
        int[] physical = QuantizedConstant.permuted(data.toInts(), data.shape().toIntArray(), order);
        byte[] bytes = new byte[physical.length];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) (physical[index] - observable.shift());
        }
        return bytes;
    }

    /** A network output as stored bytes; a float one is quantized back, which is exact. */
    private static byte[] expected(CpuNetwork.Edge output, TensorData data) {
        byte[] bytes = new byte[(int) data.elements()];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte)
                    (data.element() == ElementType.FLOAT32
                            ? Math.round((double) data.floatAt(index) / output.scale()) + output.zeroPoint()
                            : data.integerAt(index));
        }
        return bytes;
    }

    private static Difference difference(String name, String kernel, byte[] expected, byte[] actual, boolean unsigned) {
        long inexact = 0;
        int worst = 0;
        for (int index = 0; index < expected.length; index++) {
            int distance = unsigned
                    ? Math.abs((expected[index] & 0xFF) - (actual[index] & 0xFF))
                    : Math.abs(expected[index] - actual[index]);
            inexact += distance == 0 ? 0 : 1;
            worst = Math.max(worst, distance);
        }
        return new Difference(name, kernel, expected.length, inexact, worst);
    }
}
