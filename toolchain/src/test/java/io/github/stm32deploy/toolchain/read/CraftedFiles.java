// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.stream.IntStream;

/** Files that somebody who wants to crash a reader of ONNX would write. */
final class CraftedFiles {
    private static final int MANY = 50_000;

    private final Path folder;
    private int count;

    private CraftedFiles(Path folder) {
        this.folder = folder;
    }

    /** Writes the files into {@code folder}; returns how many. */
    static int write(Path folder) throws IOException {
        CraftedFiles files = new CraftedFiles(Files.createDirectories(folder.resolve("onnx")));
        files.structure();
        files.claims();
        files.sizes();
        files.outside();
        files.crowds();
        return files.count + CraftedTfliteFiles.write(Files.createDirectories(folder.resolve("tflite")));
    }

    private void structure() throws IOException {
        model("cycle", graph().addNode(node("Relu", "b", "a")).addNode(node("Relu", "a", "b")));
        model("self", graph().addNode(node("Relu", "a", "a")));
        model("twice", graph().addNode(node("Relu", "x", "y")));
        model("dangling", graph().addNode(node("Relu", "nothing", "z")));
        model(
                "no-output-name",
                graph().addNode(NodeProto.newBuilder().setOpType("Relu").addInput("x")));
        model("empty-operator", graph().addNode(node("", "x", "z")));
        GraphProto.Builder inner = graph();
        for (int level = 0; level < 60; level++) {
            inner = graph().addNode(node("Loop", "", "l").addAttribute(body("body", inner)));
        }
        model("nested-loops", inner);
        raw("nested-messages.onnx", nested(5000));
        FunctionProto.Builder function = FunctionProto.newBuilder()
                .setName("f")
                .setDomain("local")
                .addInput("v")
                .addOutput("r")
                .addNode(node("f", "v", "r").setDomain("local"));
        write(
                "recursive-function",
                shell(graph().addNode(node("f", "x", "z").setDomain("local"))).addFunctions(function));
    }

    /** Length-delimited fields around each other: graph, node, attribute, graph… */
    private static byte[] nested(int levels) throws IOException {
        byte[] inside = new byte[0];
        int[] fields = {6, 5, 1};
        for (int level = 0; level < levels; level++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            CodedOutputStream coded = CodedOutputStream.newInstance(out);
            coded.writeByteArray(fields[level % 3], inside);
            coded.flush();
            inside = out.toByteArray();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CodedOutputStream coded = CodedOutputStream.newInstance(out);
        coded.writeByteArray(7, inside);
        coded.flush();
        return out.toByteArray();
    }

    /** Small files that claim to hold much. */
    private void claims() throws IOException {
        for (long size : new long[] {1L << 29, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            model("initializer-" + size, graph().addInitializer(floats("w").addDims(size)));
            model(
                    "two-sizes-" + size,
                    graph().addInitializer(floats("w").addDims(size).addDims(size)));
            model(
                    "sparse-" + size,
                    graph().addSparseInitializer(SparseTensorProto.newBuilder()
                            .setValues(floats("w").addDims(1).addFloatData(1))
                            .setIndices(longs("i").addDims(1).addInt64Data(size))
                            .addDims(size)));
        }
        model(
                "two-gigabytes",
                graph().addInitializer(floats("w").addDims(1 << 29).setRawData(bytes(4))));
        // A field that says it is 2 GB long, in a file of a few bytes.
        raw("long-field.onnx", new byte[] {0x3A, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07, 0x0A, 0x00});
        raw("long-packed.onnx", new byte[] {0x08, 0x08, 0x3A, 0x0A, 0x2A, 0x08, 0x0A, (byte) 0xFF, (byte) 0xFF, 0x7F});
        TensorProto.Builder many = floats("w");
        IntStream.range(0, MANY).forEach(axis -> many.addDims(1));
        model("many-dimensions", graph().addInitializer(many.addFloatData(1)));
        TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder().setElemType(1);
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        IntStream.range(0, MANY)
                .forEach(axis ->
                        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(Long.MAX_VALUE)));
        model("many-dimensions-of-an-input", graph().addInput(value("z", type.setShape(shape))));
    }

    /** Operators asked for sizes beyond all measure. */
    private void sizes() throws IOException {
        long huge = Long.MAX_VALUE / 2;
        int number = 0;
        for (long size : new long[] {huge, -huge, 1L << 31, -1, 0, Long.MIN_VALUE}) {
            String suffix = "-" + number++;
            GraphProto.Builder sized = graph().addInitializer(
                            longs("s").addDims(1).addInt64Data(size))
                    .addInitializer(longs("s4")
                            .addDims(4)
                            .addInt64Data(size)
                            .addInt64Data(size)
                            .addInt64Data(size)
                            .addInt64Data(size))
                    .addInitializer(longs("one").addDims(1).addInt64Data(1))
                    .addInitializer(floats("w")
                            .addDims(1)
                            .addDims(1)
                            .addDims(1)
                            .addDims(1)
                            .addFloatData(1));
            model("fill" + suffix, sized.clone().addNode(node("ConstantOfShape", "s4", "z")));
            model(
                    "range" + suffix,
                    sized.clone()
                            .addNode(node("Range", "one", "z").addInput("s").addInput("one")));
            model(
                    "reshape" + suffix,
                    sized.clone().addNode(node("Reshape", "x", "z").addInput("s4")));
            model(
                    "expand" + suffix,
                    sized.clone().addNode(node("Expand", "x", "z").addInput("s4")));
            model("tile" + suffix, sized.clone().addNode(node("Tile", "x", "z").addInput("s4")));
            model(
                    "resize" + suffix,
                    sized.clone()
                            .addNode(node("Resize", "x", "z")
                                    .addInput("")
                                    .addInput("")
                                    .addInput("s4")));
            model(
                    "topk" + suffix,
                    sized.clone().addNode(node("TopK", "x", "z").addInput("s").addOutput("i")));
            model(
                    "slice" + suffix,
                    sized.clone().addNode(node("Slice", "x", "z").addInput("s4").addInput("s4")));
            model(
                    "split" + suffix,
                    sized.clone().addNode(node("Split", "x", "z").addInput("s4").addOutput("z2")));
            model(
                    "unsqueeze" + suffix,
                    sized.clone().addNode(node("Unsqueeze", "x", "z").addInput("s4")));
            model(
                    "onehot" + suffix,
                    sized.clone().addNode(node("OneHot", "x", "z").addInput("s").addInput("s4")));
            model("window" + suffix, sized.clone().addNode(node("HannWindow", "s", "z")));
            model(
                    "trip-count" + suffix,
                    sized.clone().addNode(node("Loop", "s", "z").addAttribute(body("body", GraphProto.newBuilder()))));
            for (String attribute : new String[] {"pads", "strides", "dilations", "kernel_shape", "output_shape"}) {
                AttributeProto.Builder stated = AttributeProto.newBuilder()
                        .setName(attribute)
                        .setType(AttributeProto.AttributeType.INTS)
                        .addInts(size)
                        .addInts(size)
                        .addInts(size)
                        .addInts(size);
                model(
                        attribute + suffix,
                        sized.clone()
                                .addNode(node("Conv", "x", "z1").addInput("w").addAttribute(stated))
                                .addNode(node("ConvTranspose", "x", "z2")
                                        .addInput("w")
                                        .addAttribute(stated))
                                .addNode(node("MaxPool", "x", "z3").addAttribute(stated))
                                .addNode(node("MaxUnpool", "x", "z4")
                                        .addInput("x")
                                        .addAttribute(stated)));
            }
            for (String attribute :
                    new String[] {"axis", "blocksize", "group", "hidden_size", "sample_size", "to", "dtype"}) {
                AttributeProto.Builder stated = AttributeProto.newBuilder()
                        .setName(attribute)
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(size);
                GraphProto.Builder graph = sized.clone();
                for (String operator :
                        ("Concat Flatten Gather DepthToSpace SpaceToDepth ConvTranspose LSTM Multinomial Cast "
                                        + "EyeLike Softmax Unique Compress DFT")
                                .split(" ")) {
                    graph.addNode(
                            node(operator, "x", "z" + operator).addInput("w").addAttribute(stated));
                }
                model(attribute + suffix, graph);
            }
        }
    }

    /** External data that leads out of the folder, or beyond the end of its file. */
    private void outside() throws IOException {
        Path secret = folder.getParent().resolve("secret.bin");
        Files.write(secret, new byte[64]);
        Files.write(folder.resolve("data.bin"), new byte[64]);
        Files.createSymbolicLink(folder.resolve("link.bin"), secret);
        Files.createSymbolicLink(folder.resolve("loop.bin"), folder.resolve("loop.bin"));
        String[] locations = {
            "../secret.bin",
            "sub/../../secret.bin",
            secret.toString(),
            "link.bin",
            "loop.bin",
            "",
            ".",
            "..",
            "/",
            "/dev/zero",
            "/etc/passwd",
            "a\0b",
            "data.bin/x",
            "~/x",
            "file:///x",
            "C:\\x",
            "x".repeat(5000)
        };
        for (int index = 0; index < locations.length; index++) {
            model("location-" + index, graph().addInitializer(external(locations[index], "0", "4")));
        }
        String[][] parts = {
            {"60", "8"},
            {"64", "4"},
            {"-4", "4"},
            {"0", "-4"},
            {"9223372036854775807", "4"},
            {"4", "9223372036854775807"},
            {"x", "4"},
            {"0", "2147483648"},
            {"1e3", "4"},
            {"", ""}
        };
        for (int index = 0; index < parts.length; index++) {
            model("part-" + index, graph().addInitializer(external("data.bin", parts[index][0], parts[index][1])));
        }
    }

    /** Much of everything: what is quadratic takes minutes. */
    private void crowds() throws IOException {
        GraphProto.Builder same = graph();
        GraphProto.Builder chain = graph();
        GraphProto.Builder star = graph();
        GraphProto.Builder reversed = graph();
        GraphProto.Builder choices = graph().addInitializer(longs("c").addInt64Data(1));
        GraphProto.Builder constants = graph();
        for (int index = 0; index < MANY; index++) {
            same.addNode(node("Relu", "x", "s" + index).setName("same"));
            chain.addNode(node("Relu", index == 0 ? "x" : "s" + (index - 1), "s" + index));
            star.addNode(node("Add", "x", "s" + index).addInput("y"));
            reversed.addNode(node("Relu", index == 0 ? "x" : "s" + (index - 1), "s" + index));
            constants.addNode(NodeProto.newBuilder().setOpType("Constant").addOutput("s" + index));
            if (index < MANY / 10) {
                choices.addNode(node("If", "c", "s" + index)
                        .addAttribute(body("then_branch", GraphProto.newBuilder()))
                        .addAttribute(body("else_branch", GraphProto.newBuilder())));
                choices.addInitializer(floats("w" + index));
            }
        }
        model("same-names", same);
        model("chain", chain);
        model("star", star);
        java.util.List<NodeProto> nodes = new java.util.ArrayList<>(reversed.getNodeList());
        Collections.reverse(nodes);
        model("reversed", reversed.clearNode().addAllNode(nodes));
        model("constants", constants);
        model("choices", choices);
        NodeProto.Builder wide = NodeProto.newBuilder().setOpType("Concat").addOutput("z");
        NodeProto.Builder outputs = NodeProto.newBuilder().setOpType("Split").addInput("x");
        for (int index = 0; index < MANY; index++) {
            wide.addInput("k");
            outputs.addOutput("s" + index);
        }
        TensorProto.Builder block = longs("k").addDims(4096);
        IntStream.range(0, 4096).forEach(block::addInt64Data);
        AttributeProto.Builder axis = AttributeProto.newBuilder()
                .setName("axis")
                .setType(AttributeProto.AttributeType.INT)
                .setI(0);
        model("wide", graph().addInitializer(block).addNode(wide.addAttribute(axis)));
        model("many-outputs", graph().addNode(outputs));
        // Two bytes of the file for each node, a hundred bytes of memory.
        byte[] empty = new byte[6_000_000];
        for (int index = 0; index < empty.length; index += 2) {
            empty[index] = 0x0A;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CodedOutputStream coded = CodedOutputStream.newInstance(out);
        coded.writeByteArray(7, empty);
        coded.flush();
        raw("empty-nodes.onnx", out.toByteArray());
    }

    private static TensorProto.Builder external(String location, String offset, String length) {
        return floats("w")
                .addDims(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", offset))
                .addExternalData(entry("length", length));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static com.google.protobuf.ByteString bytes(int size) {
        return com.google.protobuf.ByteString.copyFrom(new byte[size]);
    }

    private static TensorProto.Builder floats(String name) {
        return TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
    }

    private static TensorProto.Builder longs(String name) {
        return TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.INT64_VALUE);
    }

    private static AttributeProto.Builder body(String name, GraphProto.Builder graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph);
    }

    private static NodeProto.Builder node(String operator, String input, String output) {
        return NodeProto.newBuilder().setOpType(operator).addInput(input).addOutput(output);
    }

    /** x (1, 1, 4, 4) → Relu → y. */
    private static GraphProto.Builder graph() {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int size : new int[] {1, 1, 4, 4}) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
        }
        TypeProto.Tensor.Builder type =
                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape);
        return GraphProto.newBuilder()
                .setName("g")
                .addInput(value("x", type))
                .addOutput(ValueInfoProto.newBuilder().setName("y"))
                .addNode(node("Relu", "x", "y"));
    }

    private static ValueInfoProto.Builder value(String name, TypeProto.Tensor.Builder type) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type));
    }

    private static ModelProto.Builder shell(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph);
    }

    private void model(String name, GraphProto.Builder graph) throws IOException {
        write(name, shell(graph));
    }

    private void write(String name, ModelProto.Builder model) throws IOException {
        raw(name + ".onnx", model.build().toByteArray());
    }

    private void raw(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
            throw new IllegalStateException(name + " is written twice");
        }
        Files.write(file, content);
        count++;
    }
}
