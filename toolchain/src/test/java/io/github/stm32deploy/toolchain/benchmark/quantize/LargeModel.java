// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Writes a network of more than 100 MB of float weights, as one file and with its weights beside it, quantizes both with less
 * and less heap, and prints what was needed.
 */
final class LargeModel {
    private static final int CHANNELS = 512;
    private static final int LAYERS = 12;
    private static final int SIDE = 16;
    private static final List<Integer> HEAP_MEGABYTES = List.of(2048, 512, 256, 192, 128, 96, 64, 48);

    private LargeModel() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path root = Path.of(arguments[0]);
        Path work = Path.of(arguments[1]);
        ModelGraph graph = graph();
        Path single = work.resolve("single.onnx");
        OnnxWriter.write(graph, single);
        Path external = work.resolve("external.onnx");
        writeWithWeightsBeside(graph, external, "external.weights");
        System.out.printf(
                Locale.ROOT,
                "%d convolutions, %,d weights; one file of %.1f MB, or %.1f KB and weights of %.1f MB beside it%n%n",
                LAYERS + 1,
                graph.parameters(),
                Files.size(single) / 1e6,
                Files.size(external) / 1e3,
                Files.size(work.resolve("external.weights")) / 1e6);
        System.out.print(
                "| Heap at most (-Xmx) | one file: s, peak MB | weights beside it: s, peak MB |\n|---:|---:|---:|\n");
        for (int megabytes : HEAP_MEGABYTES) {
            System.out.printf(
                    Locale.ROOT,
                    "| %d MB | %s | %s |%n",
                    megabytes,
                    quantized(root, single, megabytes, work),
                    quantized(root, external, megabytes, work));
        }
    }

    private static String quantized(Path root, Path model, int megabytes, Path work) throws InterruptedException {
        try {
            MeasuredProcess run = MeasuredProcess.run(
                    List.of(
                            "env",
                            "JAVA_TOOL_OPTIONS=-Xmx" + megabytes + "m",
                            root.resolve("stm32-deploy").toString(),
                            "quantize",
                            model.toString(),
                            "--calibration",
                            "random",
                            "-o",
                            work.resolve("quantized.onnx").toString()),
                    work.resolve("log"));
            return String.format(Locale.ROOT, "%.1f, %.0f", run.seconds(), run.peakBytes() / 1e6);
        } catch (IOException failed) {
            return failed.getMessage().contains("memory") ? "out of memory" : failed.getMessage();
        }
    }

    /** 3x3 convolutions of 512 channels with Relu, on 16x16 pixels; weights keep the variance of what they read. */
    private static ModelGraph graph() {
        ModelGraph.Builder builder = ModelGraph.builder("large")
                .irVersion(8)
                .opset("", 13)
                .input("image", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, SIDE, SIDE)));
        Random random = new Random(5);
        String tensor = "image";
        int inputs = 3;
        for (int layer = 0; layer <= LAYERS; layer++) {
            String name = "conv" + layer;
            builder.constant(name + ".weight", noise(random, CHANNELS, inputs));
            builder.node(node(
                    name,
                    "Conv",
                    List.of(tensor, name + ".weight"),
                    Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "kernel_shape", Attribute.ofInts(3, 3))));
            builder.node(node("relu" + layer, "Relu", List.of(name), Map.of()));
            tensor = "relu" + layer;
            inputs = CHANNELS;
        }
        builder.node(node("features", "GlobalAveragePool", List.of(tensor), Map.of()));
        builder.output("features", new TensorType(ElementType.FLOAT32, Shape.of(1, CHANNELS, 1, 1)));
        return builder.build();
    }

    private static Node node(String name, String operator, List<String> inputs, Map<String, Attribute> attributes) {
        return new Node(name, operator, "", inputs, List.of(name), attributes, new Origin(operator, name, -1));
    }

    private static TensorData noise(Random random, int outputs, int inputs) {
        float[] values = new float[outputs * inputs * 9];
        double deviation = Math.sqrt(2.0 / (inputs * 9));
        for (int index = 0; index < values.length; index++) {
            values[index] = (float) (random.nextGaussian() * deviation);
        }
        return TensorData.ofFloats(Shape.of(outputs, inputs, 3, 3), values);
    }

    private static void writeWithWeightsBeside(ModelGraph graph, Path file, String weights) throws IOException {
        ModelProto.Builder model =
                ModelProto.parseFrom(OnnxWriter.toBytes(graph, graph.constants().keySet())).toBuilder();
        GraphProto.Builder proto = model.getGraphBuilder();
        List<TensorProto> tensors = new ArrayList<>(proto.getInitializerList());
        proto.clearInitializer();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file.resolveSibling(weights)))) {
            long offset = 0;
            for (TensorProto tensor : tensors) {
                ByteBuffer bytes = graph.constants().get(tensor.getName()).bytes();
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                out.write(copy);
                proto.addInitializer(tensor.toBuilder()
                        .clearExternalData()
                        .addExternalData(entry("location", weights))
                        .addExternalData(entry("offset", String.valueOf(offset)))
                        .addExternalData(entry("length", String.valueOf(copy.length))));
                offset += copy.length;
            }
        }
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
            model.build().writeTo(out);
        }
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
