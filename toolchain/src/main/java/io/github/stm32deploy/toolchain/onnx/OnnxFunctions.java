// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.ModelFileFindings;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Functions that a model brings along (ONNX IR specification, "Functions"; IR version 8) put in the place of the nodes that call
 * them.
 *
 * <p>The nodes and tensors inside get the name of the call in front ({@code encoder/norm/Sqrt}); an attribute that refers to one
 * of the function takes the value of the call, else the function's default, else it is left out.
 */
final class OnnxFunctions {
    /** Far above any real model; a function that calls two others, and so on, must not fill the memory. */
    private static final int MAX_NODES = 200_000;

    private static final int MAX_DEPTH = 64;

    private record Key(String domain, String name, String overload) {}

    /**
     * @param nodes without calls
     * @param indices of each of {@code nodes}: the position in the file of the node it comes from
     */
    record Inlined(List<NodeProto> nodes, List<Integer> indices) {}

    private final Path file;
    private final Map<Key, FunctionProto> functions = new HashMap<>();
    private int made;

    OnnxFunctions(ModelProto model, Path file) {
        this.file = file;
        for (FunctionProto function : model.getFunctionsList()) {
            functions.put(new Key(domain(function.getDomain()), function.getName(), function.getOverload()), function);
        }
    }

    /**
     * The nodes of {@code graph} with calls replaced, also those in the graphs that nodes hold.
     *
     * @throws DiagnosedException where a function calls itself, or the calls multiply beyond all measure
     */
    Inlined inline(GraphProto graph) {
        List<NodeProto> nodes = new ArrayList<>();
        List<Integer> indices = new ArrayList<>();
        for (int index = 0; index < graph.getNodeCount(); index++) {
            if (functions.isEmpty()) {
                nodes.add(graph.getNode(index));
            } else {
                expand(graph.getNode(index), index, nodes, new ArrayDeque<>());
            }
            while (indices.size() < nodes.size()) {
                indices.add(index);
            }
        }
        return new Inlined(nodes, indices);
    }

    /** The nodes of a graph inside a node, whose calls are replaced already. */
    static Inlined unchanged(GraphProto graph) {
        return new Inlined(
                graph.getNodeList(),
                IntStream.range(0, graph.getNodeCount()).boxed().toList());
    }

    private void expand(NodeProto node, int position, List<NodeProto> into, Deque<Key> calls) {
        Key key = new Key(domain(node.getDomain()), node.getOpType(), node.getOverload());
        FunctionProto function = functions.get(key);
        if (function == null) {
            if (++made > MAX_NODES) {
                throw tooMany(node);
            }
            into.add(withInnerGraphs(node, calls));
            return;
        }
        if (calls.contains(key) || calls.size() >= MAX_DEPTH) {
            throw recursive(function, node);
        }
        String call = node.getName().isEmpty() ? node.getOpType() + "_" + position : node.getName();
        Map<String, String> names = new HashMap<>();
        for (int index = 0; index < function.getInputCount(); index++) {
            names.put(function.getInput(index), index < node.getInputCount() ? node.getInput(index) : "");
        }
        for (int index = 0; index < function.getOutputCount(); index++) {
            String actual = index < node.getOutputCount() ? node.getOutput(index) : "";
            String formal = function.getOutput(index);
            if (names.containsKey(formal) && !actual.isEmpty()) {
                // An input handed through: the output needs a writer of its own.
                into.add(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .setName(call + "/" + formal)
                        .addInput(names.get(formal))
                        .addOutput(actual)
                        .build());
            } else {
                names.put(formal, actual.isEmpty() ? call + "/" + formal : actual);
            }
        }
        Map<String, AttributeProto> attributes = new HashMap<>();
        function.getAttributeProtoList().forEach(absent -> attributes.put(absent.getName(), absent));
        node.getAttributeList().forEach(stated -> attributes.put(stated.getName(), stated));
        UnaryOperator<String> renamed =
                name -> name.isEmpty() ? "" : names.computeIfAbsent(name, inner -> call + "/" + inner);
        calls.push(key);
        for (int index = 0; index < function.getNodeCount(); index++) {
            NodeProto inner = function.getNode(index);
            String name = inner.getName().isEmpty() ? inner.getOpType() + "_" + index : inner.getName();
            NodeProto placed = placed(inner, renamed, attributes).toBuilder()
                    .setName(call + "/" + name)
                    .build();
            expand(placed, index, into, calls);
        }
        calls.pop();
    }

    /** A node with other tensor names, and with the attributes of the call in place of references to them. */
    private static NodeProto placed(
            NodeProto node, UnaryOperator<String> renamed, Map<String, AttributeProto> attributes) {
        NodeProto.Builder placed = node.toBuilder().clearInput().clearOutput().clearAttribute();
        node.getInputList().forEach(name -> placed.addInput(renamed.apply(name)));
        node.getOutputList().forEach(name -> placed.addOutput(renamed.apply(name)));
        for (AttributeProto attribute : node.getAttributeList()) {
            if (!attribute.getRefAttrName().isEmpty()) {
                AttributeProto value = attributes.get(attribute.getRefAttrName());
                if (value != null) {
                    placed.addAttribute(value.toBuilder().setName(attribute.getName()));
                }
            } else if (attribute.hasG()) {
                placed.addAttribute(attribute.toBuilder().setG(placed(attribute.getG(), renamed, attributes)));
            } else {
                placed.addAttribute(attribute);
            }
        }
        return placed.build();
    }

    private static GraphProto placed(
            GraphProto graph, UnaryOperator<String> renamed, Map<String, AttributeProto> attributes) {
        GraphProto.Builder placed = graph.toBuilder()
                .clearNode()
                .clearInput()
                .clearOutput()
                .clearValueInfo()
                .clearInitializer();
        for (ValueInfoProto value : graph.getInputList()) {
            placed.addInput(value.toBuilder().setName(renamed.apply(value.getName())));
        }
        for (ValueInfoProto value : graph.getOutputList()) {
            placed.addOutput(value.toBuilder().setName(renamed.apply(value.getName())));
        }
        for (ValueInfoProto value : graph.getValueInfoList()) {
            placed.addValueInfo(value.toBuilder().setName(renamed.apply(value.getName())));
        }
        for (TensorProto tensor : graph.getInitializerList()) {
            placed.addInitializer(tensor.toBuilder().setName(renamed.apply(tensor.getName())));
        }
        graph.getNodeList().forEach(node -> placed.addNode(placed(node, renamed, attributes)));
        return placed.build();
    }

    private NodeProto withInnerGraphs(NodeProto node, Deque<Key> calls) {
        if (node.getAttributeList().stream().noneMatch(AttributeProto::hasG)) {
            return node;
        }
        NodeProto.Builder changed = node.toBuilder().clearAttribute();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (!attribute.hasG()) {
                changed.addAttribute(attribute);
                continue;
            }
            GraphProto.Builder graph = attribute.getG().toBuilder().clearNode();
            List<NodeProto> nodes = new ArrayList<>();
            for (int index = 0; index < attribute.getG().getNodeCount(); index++) {
                expand(attribute.getG().getNode(index), index, nodes, calls);
            }
            changed.addAttribute(attribute.toBuilder().setG(graph.addAllNode(nodes)));
        }
        return changed.build();
    }

    private static String domain(String stated) {
        return stated.equals("ai.onnx") ? "" : stated;
    }

    private DiagnosedException recursive(FunctionProto function, NodeProto node) {
        Set<String> known = new HashSet<>();
        functions.keySet().forEach(key -> known.add(key.name()));
        return ModelFileFindings.finding(
                Diagnosis.error("READ-FUNCTION-RECURSIVE", Stage.READ, "a function of the model calls itself")
                        .where(file + ", function \"" + function.getName() + "\"")
                        .observed("node \"" + node.getName() + "\" calls it while it is being called; " + known.size()
                                + " functions in the model")
                        .rule("functions of a model form no circle")
                        .effect("the graph has no end and cannot be read")
                        .fix("export the model again; a tool that edited this file has broken it")
                        .source("ONNX IR specification, functions")
                        .build());
    }

    private DiagnosedException tooMany(NodeProto node) {
        return ModelFileFindings.damaged(
                file + ", node \"" + node.getName() + "\"",
                "the functions of the model unfold to more than " + MAX_NODES + " nodes");
    }
}
