// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.reference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Executes a graph in ONNX Runtime on the CPU: the reference for the numbers of everything else.
 *
 * <p>The default does no graph optimisation ({@link Optimization#NONE}): fused and unfused QDQ nodes differ by several
 * quanta, so the level is part of the reference.
 */
public final class OnnxRuntimeExecutor implements GraphExecutor {
    /** What ONNX Runtime may do to the graph before it runs it. */
    public enum Optimization {
        /** Every node runs as written. */
        NONE,
        /** Everything ONNX Runtime knows; faster, and other numbers for quantized graphs. */
        ALL
    }

    /**
     * @param extraOutputs tensors of the graph to return beside its outputs
     * @param threads worker threads within one operator, at least 1
     */
    public record Options(Optimization optimization, List<String> extraOutputs, int threads) {
        public Options {
            Objects.requireNonNull(optimization);
            extraOutputs = List.copyOf(extraOutputs);
            if (threads < 1) {
                throw new IllegalArgumentException("threads must be at least 1, got " + threads);
            }
        }

        /** No optimisation, graph outputs only, one thread. */
        public static Options reference() {
            return new Options(Optimization.NONE, List.of(), 1);
        }

        public Options withExtraOutputs(List<String> tensors) {
            return new Options(optimization, tensors, threads);
        }

        public Options withOptimization(Optimization level) {
            return new Options(level, extraOutputs, threads);
        }

        public Options withThreads(int count) {
            return new Options(optimization, extraOutputs, count);
        }
    }

    private final ModelGraph graph;
    private final List<String> extraOutputs;
    private final OrtEnvironment environment;
    private final OrtSession session;

    private OnnxRuntimeExecutor(
            ModelGraph graph, List<String> extraOutputs, OrtEnvironment environment, OrtSession session) {
        this.graph = graph;
        this.extraOutputs = extraOutputs;
        this.environment = environment;
        this.session = session;
    }

    /** Opens {@code graph} as reference: {@link Options#reference()}. */
    public static OnnxRuntimeExecutor open(ModelGraph graph) {
        return open(graph, Options.reference());
    }

    /**
     * @throws DiagnosedException where ONNX Runtime refuses the graph (an operator it does not know, types that do not fit)
     */
    public static OnnxRuntimeExecutor open(ModelGraph graph, Options options) {
        ModelGraph observed = withOutputs(graph, options.extraOutputs());
        // FATAL: what goes wrong arrives as an exception; a second copy on stderr would only confuse.
        OrtEnvironment environment = environment();
        try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
            settings.setOptimizationLevel(
                    options.optimization() == Optimization.NONE
                            ? OrtSession.SessionOptions.OptLevel.NO_OPT
                            : OrtSession.SessionOptions.OptLevel.ALL_OPT);
            settings.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            settings.setIntraOpNumThreads(options.threads());
            settings.setInterOpNumThreads(1);
            settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            settings.setDeterministicCompute(true);
            // Idle workers must not burn a core between two runs.
            settings.addConfigEntry("session.intra_op.allow_spinning", "0");
            OrtSession session = environment.createSession(OnnxWriter.toBytes(observed), settings);
            return new OnnxRuntimeExecutor(graph, options.extraOutputs(), environment, session);
        } catch (OrtException refused) {
            throw new DiagnosedException(
                    DiagnosedException.Kind.FINDING,
                    Diagnosis.error("REFERENCE-GRAPH-REFUSED", Stage.CHECK, "ONNX Runtime does not load the graph")
                            .where("graph \"" + graph.name() + "\"")
                            .observed(refused.getMessage())
                            .rule("reference values come from ONNX Runtime, which must know every operator and type")
                            .effect("the graph cannot be executed on the host")
                            .source("ONNX Runtime " + environment.getVersion())
                            .build());
        }
    }

    private static OrtEnvironment environment() {
        try {
            return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "stm32-deploy");
        } catch (LinkageError noLibrary) {
            throw new DiagnosedException(
                    DiagnosedException.Kind.ENVIRONMENT,
                    Diagnosis.error("REFERENCE-RUNTIME-MISSING", Stage.SETUP, "ONNX Runtime does not start here")
                            .where(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                            .observed(String.valueOf(noLibrary.getMessage()))
                            .rule("its library is built for Linux (glibc 2.28 or newer), macOS and Windows on 64-bit"
                                    + " processors")
                            .effect("no graph can be executed on the host")
                            .fix("run on one of these systems; Alpine Linux and other musl systems are not among them")
                            .build());
        }
    }

    private static ModelGraph withOutputs(ModelGraph graph, List<String> extra) {
        ModelGraph.Builder builder = graph.toBuilder();
        for (String tensor : new java.util.LinkedHashSet<>(extra)) {
            if (graph.isOutput(tensor) || graph.isConstant(tensor) || graph.isInput(tensor)) {
                continue;
            }
            if (graph.producer(tensor).isEmpty()) {
                throw new IllegalArgumentException("graph " + graph.name() + " has no tensor " + tensor);
            }
            // A type that is not known is left out of the file, and ONNX Runtime infers it.
            builder.output(tensor, graph.type(tensor).orElse(new TensorType(ElementType.UNKNOWN, Shape.scalar())));
        }
        return builder.build();
    }

    @Override
    public Map<String, TensorData> run(Map<String, TensorData> inputs) {
        Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
        try {
            for (GraphValue input : graph.inputs()) {
                feeds.put(input.name(), feed(input, inputs.get(input.name())));
            }
            try (OrtSession.Result result = session.run(feeds)) {
                return collect(result, inputs);
            }
        } catch (OrtException failed) {
            throw new DiagnosedException(
                    DiagnosedException.Kind.FINDING,
                    Diagnosis.error("REFERENCE-RUN-FAILED", Stage.CHECK, "ONNX Runtime cannot execute the graph")
                            .where("graph \"" + graph.name() + "\"")
                            .observed(failed.getMessage())
                            .effect("there are no reference values for this input")
                            .source("ONNX Runtime " + environment.getVersion())
                            .build());
        } finally {
            feeds.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor feed(GraphValue input, TensorData value) throws OrtException {
        if (value == null) {
            throw new IllegalArgumentException("no value for input " + input.name());
        }
        if (value.element() != input.type().element()) {
            throw new IllegalArgumentException(
                    "input " + input.name() + " is " + input.type() + ", the value is " + value.type());
        }
        // ONNX Runtime wants a direct buffer in native order; row-major little-endian bytes are that on every host it
        // has.
        ByteBuffer direct = ByteBuffer.allocateDirect(value.bytes().remaining()).order(ByteOrder.nativeOrder());
        direct.put(value.bytes()).flip();
        return OnnxTensor.createTensor(environment, direct, value.shape().toArray(), javaType(value.element()));
    }

    private Map<String, TensorData> collect(OrtSession.Result result, Map<String, TensorData> inputs) {
        Map<String, TensorData> values = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> output : result) {
            if (output.getValue() instanceof OnnxTensor tensor
                    && elementType(tensor.getInfo()) != ElementType.UNKNOWN) {
                ByteBuffer bytes = tensor.getByteBuffer();
                TensorType type = new TensorType(
                        elementType(tensor.getInfo()), Shape.of(tensor.getInfo().getShape()));
                values.put(output.getKey(), TensorData.of(type, bytes));
            }
        }
        for (String tensor : extraOutputs) {
            if (!values.containsKey(tensor)) {
                TensorData known = inputs.get(tensor);
                graph.constant(tensor).ifPresent(constant -> values.put(tensor, constant));
                if (known != null) {
                    values.put(tensor, known);
                }
            }
        }
        return values;
    }

    private static OnnxJavaType javaType(ElementType element) {
        return switch (element) {
            case FLOAT32 -> OnnxJavaType.FLOAT;
            case FLOAT64 -> OnnxJavaType.DOUBLE;
            case FLOAT16 -> OnnxJavaType.FLOAT16;
            case BFLOAT16 -> OnnxJavaType.BFLOAT16;
            case INT8 -> OnnxJavaType.INT8;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT16 -> OnnxJavaType.INT16;
            case INT32 -> OnnxJavaType.INT32;
            case INT64 -> OnnxJavaType.INT64;
            case BOOL -> OnnxJavaType.BOOL;
            default -> throw new IllegalArgumentException("inputs of type " + element + " are not supported");
        };
    }

    private static ElementType elementType(TensorInfo info) {
        return switch (info.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> ElementType.FLOAT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> ElementType.FLOAT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> ElementType.FLOAT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> ElementType.BFLOAT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> ElementType.INT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> ElementType.UINT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> ElementType.INT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> ElementType.UINT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> ElementType.INT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> ElementType.UINT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> ElementType.INT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> ElementType.UINT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> ElementType.BOOL;
            default -> ElementType.UNKNOWN;
        };
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException already) {
            throw new IllegalStateException(already);
        }
    }
}
