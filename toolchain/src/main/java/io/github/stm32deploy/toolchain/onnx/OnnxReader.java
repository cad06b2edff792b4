// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.ModelFileFindings;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads ONNX files (onnx.proto, any IR and operator set version) into a {@link ModelGraph}.
 *
 * <p>Weights are not copied: they are windows into the given buffer or into the mapped external data files. Constant nodes
 * become constants, initializers that an old file lists as inputs are no inputs, nodes without a name get one, functions of
 * the model are put in the place of their calls, sparse tensors are made dense. Documentation
 * strings are left out. A graph output that the file gives no tensor type (a sequence or map, or none at all) has
 * type {@link ElementType#UNKNOWN}.
 */
public final class OnnxReader {
    /** No tensor of a real model has as many axes; what claims more stays without a type. */
    private static final int MAX_RANK = 64;

    private final Path file;
    private final OnnxTensorReader tensors;
    private final OnnxSparseTensors sparse;

    private OnnxReader(Path file) {
        this.file = file;
        this.tensors = new OnnxTensorReader(file);
        this.sparse = new OnnxSparseTensors(tensors, file);
    }

    /**
     * Reads the model in {@code bytes}.
     *
     * @param bytes the whole file; must not change while the graph is in use
     * @param file the path as the user typed it, for messages and to find external data
     * @throws DiagnosedException where the bytes are no readable ONNX model
     */
    public static ModelGraph read(ByteBuffer bytes, Path file) {
        return new OnnxReader(file).model(bytes);
    }

    private ModelGraph model(ByteBuffer bytes) {
        ModelProto model;
        try {
            int parts =
                    new OnnxParts(UnsafeByteOperations.unsafeWrap(bytes.slice()).newCodedInput()).count();
            if (parts > OnnxParts.LIMIT) {
                throw ModelFileFindings.damaged(file, "the graph has more than " + OnnxParts.LIMIT + " parts");
            }
            // Only a decoder made from a ByteString hands out windows of a direct buffer; others copy.
            CodedInputStream input =
                    UnsafeByteOperations.unsafeWrap(bytes.slice()).newCodedInput();
            input.enableAliasing(true);
            model = ModelProto.parser().parseFrom(input);
        } catch (IOException broken) {
            // Nothing is read from a device here: the only cause is what the bytes say.
            String message = String.valueOf(broken.getMessage());
            if (message.contains("ended unexpectedly")) {
                throw ModelFileFindings.truncated(
                        file, "the file has " + bytes.remaining() + " bytes and announces more");
            }
            throw ModelFileFindings.damaged(file, "protobuf: " + message);
        }
        if (!model.hasGraph()
                || model.getGraph().getNodeCount() == 0 && model.getGraph().getOutputCount() == 0) {
            throw ModelFileFindings.notAModel(
                    file,
                    "no ONNX model (it has no graph)",
                    "check that this is the file that the export wrote; .onnx and .tflite files are accepted");
        }
        ModelGraph.Builder builder = ModelGraph.builder(model.getGraph().getName());
        builder.irVersion((int) Math.max(1, Math.min(model.getIrVersion(), Integer.MAX_VALUE)));
        for (OperatorSetIdProto opset : model.getOpsetImportList()) {
            // "ai.onnx" is an allowed spelling of the standard domain.
            String domain = opset.getDomain().equals("ai.onnx") ? "" : opset.getDomain();
            builder.opset(domain, (int) Math.max(0, Math.min(opset.getVersion(), Integer.MAX_VALUE)));
        }
        if (model.getOpsetImportCount() == 0) {
            if (model.getIrVersion() >= 3) {
                throw ModelFileFindings.truncated(file, "no operator set version follows the graph");
            }
            builder.opset("", 1);
        }
        model.getMetadataPropsList().forEach(entry -> builder.metadata(entry.getKey(), entry.getValue()));
        return graph(model.getGraph(), new OnnxFunctions(model, file).inline(model.getGraph()), builder, Set.of());
    }

    private ModelGraph graph(
            GraphProto graph, OnnxFunctions.Inlined inlined, ModelGraph.Builder builder, Set<String> outer) {
        Set<String> known = new HashSet<>(outer);
        known.add("");
        Set<String> initialized = new HashSet<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            builder.constant(tensor.getName(), tensors.read(tensor, tensor.getName()));
            initialized.add(tensor.getName());
        }
        for (SparseTensorProto tensor : graph.getSparseInitializerList()) {
            String name = tensor.getValues().getName();
            builder.constant(name, sparse.read(tensor, name));
            initialized.add(name);
        }
        for (ValueInfoProto value : graph.getValueInfoList()) {
            if (value.getType().hasTensorType()
                    && value.getType().getTensorType().hasShape()) {
                builder.type(value.getName(), type(value));
            }
        }
        for (ValueInfoProto input : graph.getInputList()) {
            if (initialized.contains(input.getName())) {
                builder.overridable(input.getName());
            } else {
                builder.input(input.getName(), type(input));
                known.add(input.getName());
            }
        }
        Set<String> outputs = new HashSet<>();
        for (ValueInfoProto output : graph.getOutputList()) {
            builder.output(output.getName(), type(output));
            outputs.add(output.getName());
        }
        known.addAll(initialized);
        for (NodeProto node : inlined.nodes()) {
            known.addAll(node.getOutputList());
        }
        nodes(inlined, builder, known, outputs);
        for (String output : outputs) {
            if (!known.contains(output)) {
                throw dangling("the graph output", output);
            }
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException structure) {
            boolean cycle = String.valueOf(structure.getMessage()).contains("cycle");
            throw ModelFileFindings.finding(Diagnosis.error(
                            cycle ? "READ-GRAPH-CYCLE" : "READ-GRAPH-DUPLICATE-TENSOR",
                            Stage.READ,
                            cycle ? "the graph runs in a circle" : "a tensor has two sources")
                    .where(file + ", graph \"" + graph.getName() + "\"")
                    .observed(structure.getMessage())
                    .rule("an ONNX graph is acyclic and writes each tensor once")
                    .effect("no order of execution exists")
                    .fix("export the model again; a tool that edited this file has broken it")
                    .source("ONNX IR specification, graphs")
                    .build());
        }
    }

    private void nodes(
            OnnxFunctions.Inlined inlined, ModelGraph.Builder builder, Set<String> known, Set<String> outputs) {
        Set<String> names = new HashSet<>();
        for (NodeProto node : inlined.nodes()) {
            names.add(node.getName());
        }
        Set<String> used = new HashSet<>();
        Map<String, Integer> tried = new HashMap<>();
        for (int index = 0; index < inlined.nodes().size(); index++) {
            NodeProto node = inlined.nodes().get(index);
            for (String input : node.getInputList()) {
                if (!known.contains(input)) {
                    throw dangling("node \"" + node.getName() + "\" (" + node.getOpType() + ")", input);
                }
            }
            String name = node.getName();
            if (name.isEmpty() || !used.add(name)) {
                name = uniqueName(name.isEmpty() ? node.getOpType() + "_" + index : name, names, tried);
                used.add(name);
            }
            Node read = node(node, name, inlined.indices().get(index), known);
            TensorData constant = read.is("Constant") && !outputs.contains(read.output(0)) ? constantOf(read) : null;
            if (constant != null) {
                builder.constant(read.output(0), constant);
            } else {
                builder.node(read);
            }
        }
    }

    /** {@code wish}, with a number behind it where that name is taken; {@code tried} remembers the last number of each wish. */
    private static String uniqueName(String wish, Set<String> names, Map<String, Integer> tried) {
        String name = wish;
        while (!names.add(name)) {
            name = wish + "_" + tried.merge(wish, 2, (last, two) -> last + 1);
        }
        return name;
    }

    private Node node(NodeProto node, String name, int index, Set<String> known) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            attributes.put(attribute.getName(), attribute(attribute, node, known));
        }
        String domain = node.getDomain().equals("ai.onnx") ? "" : node.getDomain();
        return new Node(
                name,
                node.getOpType(),
                domain,
                List.copyOf(node.getInputList()),
                List.copyOf(node.getOutputList()),
                attributes,
                new Origin(node.getOpType(), node.getName(), index));
    }

    private Attribute attribute(AttributeProto attribute, NodeProto node, Set<String> known) {
        AttributeProto.AttributeType type = attribute.getType();
        if (type == AttributeProto.AttributeType.UNDEFINED) {
            type = undeclaredType(attribute);
        }
        return switch (type) {
            case INT -> Attribute.of(attribute.getI());
            case FLOAT -> Attribute.of(attribute.getF());
            case STRING ->
                attribute.getS().isValidUtf8()
                        ? Attribute.of(attribute.getS().toStringUtf8())
                        : new Attribute.Opaque(attribute, attribute.getS().size() + " bytes");
            case INTS -> new Attribute.IntList(attribute.getIntsList());
            case FLOATS -> new Attribute.FloatList(attribute.getFloatsList());
            case STRINGS ->
                attribute.getStringsList().stream().allMatch(ByteString::isValidUtf8)
                        ? new Attribute.StringList(attribute.getStringsList().stream()
                                .map(ByteString::toStringUtf8)
                                .toList())
                        : new Attribute.Opaque(attribute, attribute.getStringsCount() + " byte strings");
            case TENSOR ->
                new Attribute.TensorValue(tensors.read(attribute.getT(), node.getName() + "." + attribute.getName()));
            case GRAPH ->
                new Attribute.GraphValue(graph(
                        attribute.getG(),
                        OnnxFunctions.unchanged(attribute.getG()),
                        ModelGraph.builder(attribute.getG().getName()),
                        known));
            case SPARSE_TENSOR ->
                new Attribute.TensorValue(
                        sparse.read(attribute.getSparseTensor(), node.getName() + "." + attribute.getName()));
            default -> new Attribute.Opaque(attribute, type.name());
        };
    }

    /** Files before IR version 2 do not state the type of an attribute; the field that is set tells. */
    private static AttributeProto.AttributeType undeclaredType(AttributeProto attribute) {
        if (attribute.hasI()) {
            return AttributeProto.AttributeType.INT;
        } else if (attribute.hasF()) {
            return AttributeProto.AttributeType.FLOAT;
        } else if (attribute.hasS()) {
            return AttributeProto.AttributeType.STRING;
        } else if (attribute.hasT()) {
            return AttributeProto.AttributeType.TENSOR;
        } else if (attribute.hasG()) {
            return AttributeProto.AttributeType.GRAPH;
        } else if (attribute.getIntsCount() > 0) {
            return AttributeProto.AttributeType.INTS;
        } else if (attribute.getFloatsCount() > 0) {
            return AttributeProto.AttributeType.FLOATS;
        } else if (attribute.getStringsCount() > 0) {
            return AttributeProto.AttributeType.STRINGS;
        }
        return AttributeProto.AttributeType.UNDEFINED;
    }

    /** The value of a Constant node; null for the forms that have none in the graph (strings). */
    private static TensorData constantOf(Node node) {
        for (Map.Entry<String, Attribute> entry : node.attributes().entrySet()) {
            Attribute value = entry.getValue();
            if (value instanceof Attribute.TensorValue tensor) {
                return tensor.value();
            } else if (value instanceof Attribute.FloatValue number) {
                return TensorData.ofFloats(Shape.scalar(), number.value());
            } else if (value instanceof Attribute.IntValue number) {
                return TensorData.ofLongs(Shape.scalar(), number.value());
            } else if (value instanceof Attribute.FloatList list) {
                float[] values = new float[list.values().size()];
                for (int index = 0; index < values.length; index++) {
                    values[index] = list.values().get(index);
                }
                return TensorData.ofFloats(Shape.of(values.length), values);
            } else if (value instanceof Attribute.IntList list) {
                long[] values = node.intsAttribute(entry.getKey()).orElseThrow();
                return TensorData.ofLongs(Shape.of(list.values().size()), values);
            }
        }
        return null;
    }

    private TensorType type(ValueInfoProto value) {
        if (!value.getType().hasTensorType() || !value.getType().getTensorType().hasShape()) {
            return new TensorType(ElementType.UNKNOWN, Shape.scalar());
        }
        TensorShapeProto shape = value.getType().getTensorType().getShape();
        if (shape.getDimCount() > MAX_RANK) {
            return new TensorType(ElementType.UNKNOWN, Shape.scalar());
        }
        long[] sizes = new long[shape.getDimCount()];
        List<String> symbols = new ArrayList<>();
        for (int axis = 0; axis < sizes.length; axis++) {
            TensorShapeProto.Dimension dimension = shape.getDim(axis);
            // Some exporters write 0 or -1 for an unknown batch; no real tensor has such a size.
            boolean stated = dimension.hasDimValue() && dimension.getDimValue() > 0;
            sizes[axis] = stated ? dimension.getDimValue() : -1;
            symbols.add(stated ? "" : printable(dimension.getDimParamBytes()));
        }
        return new TensorType(
                OnnxTypeNumbers.of(value.getType().getTensorType().getElemType()), Shape.symbolic(sizes, symbols));
    }

    private static String printable(ByteString text) {
        return text.toString(StandardCharsets.UTF_8);
    }

    private DiagnosedException dangling(String reader, String tensor) {
        return ModelFileFindings.finding(
                Diagnosis.error("READ-GRAPH-DANGLING-TENSOR", Stage.READ, "a tensor that is read is never made")
                        .where(file + ", " + reader)
                        .observed("tensor \"" + tensor + "\" is no input, no constant and no output of a node")
                        .rule("every tensor that a node reads is an input, an initializer or made by a node")
                        .effect("the graph cannot be executed")
                        .fix("export the model again; a tool that edited this file has broken it")
                        .source("ONNX IR specification, graphs")
                        .build());
    }
}
