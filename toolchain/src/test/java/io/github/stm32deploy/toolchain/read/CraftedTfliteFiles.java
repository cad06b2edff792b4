// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.lite.schema.BufferT;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.BuiltinOptionsUnion;
import org.tensorflow.lite.schema.Conv2DOptionsT;
import org.tensorflow.lite.schema.IfOptionsT;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.ModelT;
import org.tensorflow.lite.schema.OperatorCodeT;
import org.tensorflow.lite.schema.OperatorT;
import org.tensorflow.lite.schema.QuantizationParametersT;
import org.tensorflow.lite.schema.SubGraphT;
import org.tensorflow.lite.schema.TensorT;
import org.tensorflow.lite.schema.TensorType;

/** Files that somebody who wants to crash a reader of TFLite would write. */
final class CraftedTfliteFiles {
    private static final int MANY = 50_000;
    private static final int[] WILD = {0, 1, -1, 0x7FFFFFFF, 0x80000000, 0x10000, 4096};

    private final Path folder;
    private int count;

    private CraftedTfliteFiles(Path folder) {
        this.folder = folder;
    }

    static int write(Path folder) throws IOException {
        CraftedTfliteFiles files = new CraftedTfliteFiles(folder);
        files.wildWords();
        files.sizes();
        files.bodies();
        files.crowds();
        return files.count;
    }

    /** Each word of a small model in turn: every offset, length and number of it goes astray. */
    private void wildWords() throws IOException {
        byte[] whole = bytes(convolution(new int[] {1, 4, 4, 2}, new int[] {3, 3, 3, 2}, 1));
        for (int position = 0; position + 4 <= whole.length; position += 4) {
            for (int wild : WILD) {
                ByteBuffer damaged = ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN);
                damaged.putInt(position, wild);
                // The signature in bytes 4 to 7 says what the file is.
                if (position != 4) {
                    write("word-" + position + "-" + wild, damaged.array());
                }
            }
        }
    }

    private void sizes() throws IOException {
        int[] huge = {Integer.MAX_VALUE, 1 << 20, -1, 0, Integer.MIN_VALUE};
        for (int size : huge) {
            write("input-" + size, convolution(new int[] {1, size, size, 2}, new int[] {3, 3, 3, 2}, 1));
            write("channels-" + size, convolution(new int[] {1, 4, 4, size}, new int[] {3, 3, 3, 2}, 1));
            write("weights-" + size, convolution(new int[] {1, 4, 4, 2}, new int[] {size, 3, 3, 2}, 1));
            write("stride-" + size, convolution(new int[] {1, 4, 4, 2}, new int[] {3, 3, 3, 2}, size));
        }
        write("rank", convolution(new int[4000], new int[] {3, 3, 3, 2}, 1));
        ModelT scales = convolution(new int[] {1, 4, 4, 2}, new int[] {3, 3, 3, 2}, 1);
        QuantizationParametersT quantization = new QuantizationParametersT();
        quantization.setScale(new float[] {0, Float.NaN, Float.POSITIVE_INFINITY});
        quantization.setZeroPoint(new long[] {Long.MAX_VALUE});
        quantization.setQuantizedDimension(0);
        scales.getSubgraphs()[0].getTensors()[1].setQuantization(quantization);
        write("scales", scales);
    }

    /** IF operators whose bodies hold IF operators: deep, and shared so that they double with each level. */
    private void bodies() throws IOException {
        for (int depth : new int[] {20, 2000}) {
            List<SubGraphT> graphs = new ArrayList<>();
            for (int level = 0; level < depth; level++) {
                OperatorT operator = operator(0, new int[] {0}, new int[] {1});
                IfOptionsT options = new IfOptionsT();
                options.setThenSubgraphIndex(level + 1);
                options.setElseSubgraphIndex(level + 1);
                BuiltinOptionsUnion union = new BuiltinOptionsUnion();
                union.setType(BuiltinOptions.IfOptions);
                union.setValue(options);
                operator.setBuiltinOptions(union);
                graphs.add(graph(List.of(operator), tensor("x", 0, 1), tensor("y", 0, 1)));
            }
            graphs.add(graph(List.of(), tensor("x", 0, 1), tensor("y", 0, 1)));
            write("bodies-" + depth, model(BuiltinOperator.IF, graphs.toArray(SubGraphT[]::new)));
        }
    }

    private void crowds() throws IOException {
        for (int builtin : new int[] {BuiltinOperator.CUSTOM, BuiltinOperator.RELU, BuiltinOperator.TRANSPOSE}) {
            List<OperatorT> operators = new ArrayList<>();
            List<TensorT> tensors = new ArrayList<>(List.of(tensor("x", 0, 1), tensor("y", 0, 1)));
            for (int index = 0; index < MANY; index++) {
                tensors.add(tensor("same", 0, 1, 2, 2, 1));
                operators.add(operator(0, new int[] {index == 0 ? 0 : index + 1}, new int[] {index + 2}));
            }
            write("crowd-" + builtin, model(builtin, graph(operators, tensors.toArray(TensorT[]::new))));
        }
        TensorT[] tensors = new TensorT[300_000];
        java.util.Arrays.fill(tensors, tensor("x", 0, 1));
        write("tensors", model(BuiltinOperator.RELU, graph(List.of(), tensors)));
    }

    /** x → CONV_2D with stored weights → y. */
    private static ModelT convolution(int[] input, int[] weights, int stride) {
        Conv2DOptionsT options = new Conv2DOptionsT();
        options.setStrideH(stride);
        options.setStrideW(stride);
        options.setDilationHFactor(1);
        options.setDilationWFactor(1);
        BuiltinOptionsUnion union = new BuiltinOptionsUnion();
        union.setType(BuiltinOptions.Conv2DOptions);
        union.setValue(options);
        OperatorT operator = operator(0, new int[] {0, 1}, new int[] {2});
        operator.setBuiltinOptions(union);
        SubGraphT graph =
                graph(List.of(operator), tensor("x", 0, input), tensor("w", 1, weights), tensor("y", 0, 1, 4, 4, 3));
        graph.setOutputs(new int[] {2});
        ModelT model = model(BuiltinOperator.CONV_2D, graph);
        BufferT data = new BufferT();
        data.setData(new int[3 * 3 * 3 * 2 * 4]);
        model.setBuffers(new BufferT[] {new BufferT(), data});
        return model;
    }

    private static OperatorT operator(int code, int[] inputs, int[] outputs) {
        OperatorT operator = new OperatorT();
        operator.setOpcodeIndex(code);
        operator.setInputs(inputs);
        operator.setOutputs(outputs);
        return operator;
    }

    private static SubGraphT graph(List<OperatorT> operators, TensorT... tensors) {
        SubGraphT graph = new SubGraphT();
        graph.setTensors(tensors);
        graph.setInputs(new int[] {0});
        graph.setOutputs(new int[] {tensors.length - 1});
        graph.setOperators(operators.toArray(OperatorT[]::new));
        return graph;
    }

    private static ModelT model(int builtin, SubGraphT... graphs) {
        OperatorCodeT code = new OperatorCodeT();
        code.setBuiltinCode(builtin);
        code.setDeprecatedBuiltinCode((byte) builtin);
        code.setCustomCode("custom");
        ModelT model = new ModelT();
        model.setVersion(3);
        model.setOperatorCodes(new OperatorCodeT[] {code});
        model.setSubgraphs(graphs);
        model.setBuffers(new BufferT[] {new BufferT()});
        return model;
    }

    private static TensorT tensor(String name, int buffer, int... shape) {
        TensorT tensor = new TensorT();
        tensor.setName(name);
        tensor.setShape(shape);
        tensor.setType(TensorType.FLOAT32);
        tensor.setBuffer(buffer);
        return tensor;
    }

    private static byte[] bytes(ModelT model) {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        builder.finish(Model.pack(builder, model), "TFL3");
        return builder.sizedByteArray();
    }

    private void write(String name, ModelT model) throws IOException {
        write(name, bytes(model));
    }

    private void write(String name, byte[] content) throws IOException {
        Files.write(folder.resolve(name + ".tflite"), content);
        count++;
    }
}
