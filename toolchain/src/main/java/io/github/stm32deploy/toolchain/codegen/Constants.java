// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Optional;
import java.util.stream.IntStream;

/** What is known of a tensor before anything runs: constants, seen through nodes that only rearrange or dequantize them. */
final class Constants {
    private final ModelGraph graph;

    Constants(ModelGraph graph) {
        this.graph = graph;
    }

    /** A constant as the file holds it. */
    Optional<TensorData> value(String tensor) {
        if (tensor.isEmpty()) {
            return Optional.empty();
        }
        Optional<TensorData> constant = graph.constant(tensor);
        if (constant.isPresent()) {
            return constant;
        }
        return graph.producer(tensor).flatMap(node -> switch (node.operator()) {
            case "Constant" -> node.tensorAttribute("value");
            case "Identity" -> value(node.input(0));
            case "Reshape", "Squeeze", "Unsqueeze", "Flatten" ->
                value(node.input(0)).flatMap(data -> staticShape(tensor).map(data::reshaped));
            default -> Optional.empty();
        });
    }

    private Optional<Shape> staticShape(String tensor) {
        return graph.type(tensor).map(type -> type.shape()).filter(Shape::isStatic);
    }

    /** A float tensor that is a dequantized constant, rearranged or not. */
    Optional<QuantizedConstant> quantized(String tensor) {
        Optional<Node> producer = graph.producer(tensor);
        if (producer.isEmpty()) {
            return Optional.empty();
        }
        Node node = producer.get();
        return switch (node.operator()) {
            case "DequantizeLinear" -> dequantized(node);
            case "Identity" -> quantized(node.input(0));
            case "Transpose" ->
                quantized(node.input(0))
                        .map(constant -> constant.transposed(permutation(node, constant.shape().length)));
            case "Reshape", "Squeeze", "Unsqueeze", "Flatten" ->
                quantized(node.input(0))
                        .flatMap(constant ->
                                staticShape(tensor).flatMap(shape -> constant.reshaped(shape.toIntArray())));
            default -> Optional.empty();
        };
    }

    private Optional<QuantizedConstant> dequantized(Node node) {
        if (node.intAttribute("block_size", 0) != 0) {
            return Optional.empty();
        }
        Optional<TensorData> scale = value(node.input(1));
        Optional<TensorData> data = value(node.input(0));
        int axis = (int) node.intAttribute("axis", 1);
        if (data.isPresent()) {
            return scale.flatMap(scales -> QuantizedConstant.of(data.get(), scales, value(node.input(2)), axis));
        }
        // A transposed or freshly quantized constant.
        Optional<Node> producer = graph.producer(node.input(0));
        if (producer.isPresent() && scale.isPresent()) {
            Node source = producer.get();
            Optional<TensorData> original = value(source.input(0));
            if (source.is("Transpose") && original.isPresent()) {
                int[] permutation = permutation(source, original.get().shape().rank());
                int sourceAxis = axis < 0 ? axis + permutation.length : axis;
                boolean perTensor = scale.get().elements() == 1;
                return QuantizedConstant.of(
                                original.get(),
                                scale.get(),
                                value(node.input(2)),
                                perTensor ? 0 : permutation[sourceAxis])
                        .map(constant -> constant.transposed(permutation));
            }
        }
        return Optional.empty();
    }

    /** Real values of a float constant, dequantized or not. */
    Optional<float[]> floats(String tensor) {
        Optional<TensorData> value = value(tensor);
        if (value.isPresent()) {
            ElementType element = value.get().element();
            return element.isFloatingPoint() ? value.map(TensorData::toFloats) : Optional.empty();
        }
        return quantized(tensor).map(constant -> {
            float[] reals = new float[constant.values().length];
            for (int index = 0; index < reals.length; index++) {
                reals[index] = constant.real(index);
            }
            return reals;
        });
    }

    Optional<int[]> shape(String tensor) {
        return value(tensor)
                .map(data -> data.shape().toIntArray())
                .or(() -> quantized(tensor).map(QuantizedConstant::shape));
    }

    boolean isConstant(String tensor) {
        return value(tensor).isPresent() || quantized(tensor).isPresent();
    }

    Optional<Float> scalar(String tensor) {
        return floats(tensor).filter(values -> values.length == 1).map(values -> values[0]);
    }

    /** The permutation of a Transpose node; ONNX reverses the axes where none is given. */
    static int[] permutation(Node transpose, int rank) {
        return transpose
                .intsAttribute("perm")
                .map(values -> java.util.Arrays.stream(values)
                        .mapToInt(Math::toIntExact)
                        .toArray())
                .orElseGet(() ->
                        IntStream.range(0, rank).map(axis -> rank - 1 - axis).toArray());
    }
}
