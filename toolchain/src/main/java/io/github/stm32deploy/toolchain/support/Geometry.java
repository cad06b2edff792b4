// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;

/** Reads window and feature maps of an operation off its node and shapes. */
final class Geometry {
    private final LoweredGraph graph;

    Geometry(LoweredGraph graph) {
        this.graph = graph;
    }

    /** Channels, rows and columns of a feature map. */
    record Shape3(long channels, long rows, long columns) {
        static Shape3 of(Shape shape) {
            return switch (shape.rank()) {
                case 0 -> new Shape3(1, 1, 1);
                case 1 -> new Shape3(shape.size(0), 1, 1);
                case 2 -> new Shape3(shape.size(1), shape.size(0), 1);
                case 3 -> new Shape3(shape.size(1), shape.size(0), shape.size(2));
                default -> {
                    long rows = shape.size(0);
                    for (int axis = 2; axis < shape.rank() - 1; axis++) {
                        rows *= shape.size(axis);
                    }
                    yield new Shape3(shape.size(1), rows, shape.size(-1));
                }
            };
        }
    }

    /** Geometry of an operation that takes each element to one element. */
    static EpochGeometry elementwise(Shape shape) {
        Shape3 map = Shape3.of(shape);
        return new EpochGeometry(
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                map.channels(),
                map.rows(),
                map.columns(),
                map.channels(),
                map.rows(),
                map.columns());
    }

    EpochGeometry of(Operation operation) {
        Node node = operation.node();
        Shape3 in = operation.operands().isEmpty()
                ? new Shape3(1, 1, 1)
                : Shape3.of(operation.operands().get(0).shape());
        Shape3 out = operation.results().isEmpty()
                ? in
                : Shape3.of(operation.results().get(0).shape());
        if (operation.operator().equals("Gemm") || operation.operator().equals("MatMul")) {
            return product(operation, in, out);
        }
        long[] kernel = kernel(operation);
        long[] strides = pair(node.intsAttribute("strides").orElse(null));
        long[] dilations = pair(node.intsAttribute("dilations").orElse(null));
        boolean convolution = operation.operator().startsWith("Conv");
        return new EpochGeometry(
                (int) kernel[0],
                (int) kernel[1],
                (int) strides[0],
                (int) strides[1],
                (int) dilations[0],
                (int) dilations[1],
                convolution ? Math.max(1, node.intAttribute("group", 1)) : 1,
                in.channels(),
                in.rows(),
                in.columns(),
                out.channels(),
                out.rows(),
                out.columns());
    }

    /** A product of matrices as a 1x1 convolution over as many columns as there are rows of the left matrix. */
    private static EpochGeometry product(Operation operation, Shape3 in, Shape3 out) {
        Shape left = operation.operands().get(0).shape();
        Shape result = operation.results().get(0).shape();
        if (left.rank() == 0 || result.rank() == 0) {
            return new EpochGeometry(1, 1, 1, 1, 1, 1, 1, in.channels(), 1, 1, out.channels(), 1, 1);
        }
        boolean leftTurned = operation.node().intAttribute("transA", 0) != 0 && left.rank() == 2;
        long features = leftTurned ? left.size(0) : left.size(-1);
        long columns = Math.max(1, result.elements() / Math.max(1, result.size(-1)));
        return new EpochGeometry(1, 1, 1, 1, 1, 1, 1, features, 1, columns, result.size(-1), 1, columns);
    }

    private long[] kernel(Operation operation) {
        Node node = operation.node();
        if (operation.operator().startsWith("Global")) {
            Shape shape = operation.operands().get(0).shape();
            return shape.rank() < 3 ? new long[] {1, 1} : pair(spatial(shape));
        }
        long[] stated = node.intsAttribute("kernel_shape").orElse(null);
        if (stated == null
                && operation.operator().startsWith("Conv")
                && !operation.constants().isEmpty()) {
            stated = spatial(weightShape(operation));
        }
        return pair(stated);
    }

    private static long[] spatial(Shape shape) {
        long[] sizes = new long[Math.max(0, shape.rank() - 2)];
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = Math.max(1, shape.size(axis + 2));
        }
        return sizes;
    }

    /** Shape of the weights of a convolution or product; scalar where they are no constant. */
    Shape weightShape(Operation operation) {
        String name = weightName(operation);
        return name.isEmpty() ? Shape.scalar() : graph.shape(name);
    }

    private String weightName(Operation operation) {
        Node node = operation.node();
        boolean qoperator = Operators.isInteger(node);
        String name = node.input(qoperator ? 3 : 1);
        return graph.isConstant(name) ? name : "";
    }

    /** Height and width from a list of one (a row) or two sizes; ones where absent. */
    private static long[] pair(long[] values) {
        if (values == null || values.length == 0) {
            return new long[] {1, 1};
        }
        if (values.length == 1) {
            return new long[] {1, values[0]};
        }
        return new long[] {values[0], values[1]};
    }

    EpochWork work(Operation operation) {
        EpochGeometry geometry = of(operation);
        return switch (operation.operator()) {
            case "Conv", "ConvInteger", "FusedConv" -> {
                boolean point = geometry.kernelHeight() == 1 && geometry.kernelWidth() == 1;
                boolean depthwise = geometry.groups() > 1 && geometry.groups() == geometry.inputChannels();
                yield depthwise ? EpochWork.DEPTHWISE : point ? EpochWork.POINTWISE : EpochWork.CONVOLUTION;
            }
            case "ConvTranspose" -> EpochWork.TRANSPOSED_CONVOLUTION;
            case "Gemm", "MatMul" ->
                weightName(operation).isEmpty() ? EpochWork.MATRIX_PRODUCT : EpochWork.FULLY_CONNECTED;
            case "MaxPool", "AveragePool", "LpPool" -> EpochWork.POOL;
            case "GlobalAveragePool", "GlobalMaxPool" -> EpochWork.GLOBAL_POOL;
            case "ReduceMean", "ReduceMax" -> reducesMaps(operation) ? EpochWork.GLOBAL_POOL : EpochWork.REDUCE;
            case "Concat",
                    "Split",
                    "Slice",
                    "Pad",
                    "Transpose",
                    "DepthToSpace",
                    "SpaceToDepth",
                    "Expand",
                    "Tile",
                    "Gather",
                    "GatherND",
                    "Cast",
                    "ReverseSequence",
                    "ScatterND" -> EpochWork.COPY;
            case "Resize", "Upsample" -> EpochWork.RESIZE;
            case "Softmax", "LogSoftmax" -> EpochWork.SOFTMAX;
            case "QuantizeLinear" ->
                operation.form() == Operation.Form.REQUANTIZE ? EpochWork.REQUANTIZE : EpochWork.QUANTIZE;
            case "DequantizeLinear" -> EpochWork.DEQUANTIZE;
            default -> {
                if (operation.operator().startsWith("Reduce")
                        || operation.operator().startsWith("Arg")) {
                    yield EpochWork.REDUCE;
                }
                if (Operators.isBinary(operation.operator())) {
                    yield EpochWork.ELEMENTWISE;
                }
                yield Operators.isActivation(operation.operator())
                                || operation.operator().equals("BatchNormalization")
                        ? EpochWork.ACTIVATION
                        : EpochWork.OTHER;
            }
        };
    }

    private static boolean reducesMaps(Operation operation) {
        Shape in = operation.operands().isEmpty()
                ? Shape.scalar()
                : operation.operands().get(0).shape();
        Shape out = operation.results().isEmpty()
                ? Shape.scalar()
                : operation.results().get(0).shape();
        return in.rank() == 4 && out.isStatic() && in.isStatic() && out.elements() == in.size(0) * in.size(1);
    }

    /** What an operation fetches beside its activations. */
    record Weights(long bytes, long elements) {
        static final Weights NONE = new Weights(0, 0);

        Weights plus(Weights other) {
            return new Weights(bytes + other.bytes, elements + other.elements);
        }

        /** Part {@code index} of {@code count} that sum up to the whole. */
        Weights share(int index, int count) {
            return new Weights(
                    bytes * (index + 1) / count - bytes * index / count,
                    elements * (index + 1) / count - elements * index / count);
        }
    }

    /**
     * Weights as the NPU stores them. A convolution has its weights in their own width (float ones count as the int8 that they
     * become), and for every output channel an offset of 4 bytes and a scale of 2 (names {@code _off_bias} and {@code
     * _mul_scale} in c_info files).
     */
    Weights weights(Operation operation, boolean floats) {
        boolean product = switch (operation.operator()) {
            case "Conv", "ConvTranspose", "Gemm", "MatMul" ->
                !weightName(operation).isEmpty();
            default -> false;
        };
        if (!product) {
            return operands(operation, floats);
        }
        String name = weightName(operation);
        long elements = graph.shape(name).isStatic() ? graph.shape(name).elements() : 0;
        TensorData stored = graph.storedConstant(name);
        boolean narrow = stored != null && stored.element().bits() == 4;
        long bytes = floats ? elements * 4 : narrow ? (elements + 1) / 2 : elements;
        long channels = of(operation).outputChannels();
        long perChannel = floats ? 4 * channels : 6 * channels;
        return new Weights(bytes + perChannel, elements);
    }

    private Weights operands(Operation operation, boolean floats) {
        boolean arithmetic =
                Operators.isBinary(operation.operator()) || operation.operator().equals("PRelu");
        if (!arithmetic) {
            return Weights.NONE;
        }
        long elements = 0;
        for (String constant : operation.constants()) {
            Shape shape = graph.shape(constant);
            // QOperator nodes carry scales and zero points as constants; those are parameters of the kernel.
            if (shape.isStatic() && shape.rank() > 0) {
                elements += shape.elements();
            }
        }
        return new Weights(floats ? elements * 4 : elements, elements);
    }
}
