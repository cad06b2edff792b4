// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.reference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
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
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;

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

    /** Constants from this size on are not written into the model that the session reads. */
    private static final int SHARED_BYTES = 1024;

    /** Weights, plain and quantized; shapes and indices must be there while the graph is loaded. */
    private static final Set<ElementType> SHARED_TYPES = Set.of(ElementType.FLOAT32, ElementType.INT8);

    private final ModelGraph graph;
    private final List<String> extraOutputs;
    private final OrtEnvironment environment;
    private final OrtSession session;
    /** Weights that the session reads where they are; released after it. */
    private final List<OnnxTensor> weights;
    /** Inputs and outputs that a run of {@link #run(Map, Consumer)} has left for the next. */
    private final Queue<Map<String, ReusedTensor>> idle = new ConcurrentLinkedQueue<>();
    /** Types of the outputs as the first such run gave them; null before it. */
    private volatile Map<String, TensorType> sizes;

    private record ReusedTensor(TensorType type, ByteBuffer bytes, OnnxTensor tensor) {}

    private OnnxRuntimeExecutor(
            ModelGraph graph,
            List<String> extraOutputs,
            OrtEnvironment environment,
            OrtSession session,
            List<OnnxTensor> weights) {
        this.graph = graph;
        this.extraOutputs = extraOutputs;
        this.environment = environment;
        this.session = session;
        this.weights = weights;
    }

    /** Executors with one thread: {@link Optimization#NONE}, where speed is asked for {@link Optimization#ALL}. */
    public static GraphExecutorFactory factory() {
        return new GraphExecutorFactory() {
            @Override
            public GraphExecutor open(ModelGraph graph, List<String> extraOutputs) {
                return OnnxRuntimeExecutor.open(graph, Options.reference().withExtraOutputs(extraOutputs));
            }

            @Override
            public GraphExecutor openFast(ModelGraph graph, List<String> extraOutputs) {
                return OnnxRuntimeExecutor.open(
                        graph,
                        Options.reference().withExtraOutputs(extraOutputs).withOptimization(Optimization.ALL));
            }
        };
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
        List<OnnxTensor> weights = new ArrayList<>();
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
            // The pattern of the first run becomes one block beside the arena that the first run filled.
            settings.setMemoryPatternOptimization(false);
            // Idle workers must not burn a core between two runs.
            settings.addConfigEntry("session.intra_op.allow_spinning", "0");
            Map<String, TensorData> large = observed.constants().entrySet().stream()
                    .filter(constant ->
                            SHARED_TYPES.contains(constant.getValue().element())
                                    && constant.getValue().bytes().remaining() >= SHARED_BYTES)
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            settings.addExternalInitializers(shared(environment, large, weights));
            OrtSession session = environment.createSession(OnnxWriter.toBytes(observed, large.keySet()), settings);
            return new OnnxRuntimeExecutor(graph, options.extraOutputs(), environment, session, weights);
        } catch (OrtException refused) {
            weights.forEach(OnnxTensor::close);
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

    /** Tensors over the memory of {@code constants}, which is not copied where it can be read in place. */
    private static Map<String, OnnxTensorLike> shared(
            OrtEnvironment environment, Map<String, TensorData> constants, List<OnnxTensor> opened)
            throws OrtException {
        Map<String, OnnxTensorLike> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, TensorData> constant : constants.entrySet()) {
            TensorData value = constant.getValue();
            ByteBuffer bytes = value.bytes();
            // Weights inside a protobuf file lie at any address; vector instructions want multiples of an element.
            if (!isReadInPlace(bytes)) {
                ByteBuffer aligned = ByteBuffer.allocateDirect(bytes.remaining());
                aligned.put(bytes).flip();
                bytes = aligned;
            }
            OnnxTensor tensor = OnnxTensor.createTensor(
                    environment,
                    bytes.order(ByteOrder.nativeOrder()),
                    value.shape().toArray(),
                    javaType(value.element()));
            opened.add(tensor);
            tensors.put(constant.getKey(), tensor);
        }
        return tensors;
    }

    private static boolean isReadInPlace(ByteBuffer bytes) {
        return bytes.isDirect() && bytes.alignmentOffset(0, Float.BYTES) == 0;
    }

    static OrtEnvironment environment() {
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
            throw notExecuted(failed);
        } finally {
            feeds.values().forEach(OnnxTensor::close);
        }
    }

    private DiagnosedException notExecuted(OrtException failed) {
        return new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error("REFERENCE-RUN-FAILED", Stage.CHECK, "ONNX Runtime cannot execute the graph")
                        .where("graph \"" + graph.name() + "\"")
                        .observed(failed.getMessage())
                        .effect("there are no reference values for this input")
                        .source("ONNX Runtime " + environment.getVersion())
                        .build());
    }

    @Override
    public void run(Map<String, TensorData> inputs, Consumer<Map<String, TensorData>> reader) {
        if (sizes == null) {
            // The first run shows which outputs have the size that the graph states.
            Map<String, TensorData> first = run(inputs);
            Map<String, TensorType> found = new LinkedHashMap<>();
            first.forEach((output, value) -> found.put(output, value.type()));
            sizes = found;
            reader.accept(first);
            return;
        }
        Map<String, ReusedTensor> reused = idle.poll();
        if (reused == null) {
            reused = new LinkedHashMap<>();
        }
        try {
            reader.accept(reusing(reused, inputs));
        } finally {
            idle.add(reused);
        }
    }

    private Map<String, TensorData> reusing(Map<String, ReusedTensor> reused, Map<String, TensorData> inputs) {
        Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
        List<OnnxTensor> inPlace = new ArrayList<>();
        Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
        Set<String> others = new LinkedHashSet<>();
        Map<String, TensorData> values = new LinkedHashMap<>();
        try {
            for (GraphValue input : graph.inputs()) {
                TensorData value = checked(input, inputs.get(input.name()));
                if (isReadInPlace(value.bytes())) {
                    inPlace.add(feed(input, value));
                    feeds.put(input.name(), inPlace.get(inPlace.size() - 1));
                    continue;
                }
                ReusedTensor tensor = reused(reused, input.name(), value.type());
                tensor.bytes().clear().put(value.bytes()).flip();
                feeds.put(input.name(), tensor.tensor());
            }
            for (Map.Entry<String, NodeInfo> output : session.getOutputInfo().entrySet()) {
                TensorType type = fixedType(output.getValue());
                if (type == null || !type.equals(sizes.get(output.getKey()))) {
                    others.add(output.getKey());
                } else {
                    ReusedTensor tensor = reused(reused, output.getKey(), type);
                    pinned.put(output.getKey(), tensor.tensor());
                    values.put(
                            output.getKey(), TensorData.of(type, tensor.bytes().clear()));
                }
            }
            try (OrtSession.Result result =
                    others.isEmpty() ? session.run(feeds, pinned) : session.run(feeds, others, pinned)) {
                collect(result, others, values);
            }
        } catch (OrtException failed) {
            throw notExecuted(failed);
        } finally {
            inPlace.forEach(OnnxTensor::close);
        }
        addKnown(inputs, values);
        return values;
    }

    private ReusedTensor reused(Map<String, ReusedTensor> reused, String name, TensorType type) throws OrtException {
        ReusedTensor known = reused.get(name);
        if (known != null && known.type().equals(type)) {
            return known;
        }
        if (known != null) {
            known.tensor().close();
        }
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(type.bytes())).order(ByteOrder.nativeOrder());
        OnnxTensor tensor =
                OnnxTensor.createTensor(environment, bytes, type.shape().toArray(), javaType(type.element()));
        ReusedTensor made = new ReusedTensor(type, bytes, tensor);
        reused.put(name, made);
        return made;
    }

    /** Null where an output has no size before it is computed, or none that a buffer can have. */
    private static TensorType fixedType(NodeInfo output) {
        if (!(output.getInfo() instanceof TensorInfo tensor)) {
            return null;
        }
        ElementType element = elementType(tensor);
        boolean writable = element.isFloatingPoint() || element == ElementType.INT8;
        long[] sizes = tensor.getShape();
        long elements = 1;
        for (long size : sizes) {
            elements *= Math.max(0, size);
        }
        return writable && elements > 0 && elements < Integer.MAX_VALUE / 8
                ? new TensorType(element, Shape.of(sizes))
                : null;
    }

    private static TensorData checked(GraphValue input, TensorData value) {
        if (value == null) {
            throw new IllegalArgumentException("no value for input " + input.name());
        }
        if (value.element() != input.type().element()) {
            throw new IllegalArgumentException(
                    "input " + input.name() + " is " + input.type() + ", the value is " + value.type());
        }
        return value;
    }

    private OnnxTensor feed(GraphValue input, TensorData given) throws OrtException {
        TensorData value = checked(input, given);
        // ONNX Runtime wants a direct buffer in native order; row-major little-endian bytes are that on every host it
        // has.
        ByteBuffer direct = value.bytes();
        if (!isReadInPlace(direct)) {
            direct = ByteBuffer.allocateDirect(value.bytes().remaining());
            direct.put(value.bytes()).flip();
        }
        direct.order(ByteOrder.nativeOrder());
        return OnnxTensor.createTensor(environment, direct, value.shape().toArray(), javaType(value.element()));
    }

    private Map<String, TensorData> collect(OrtSession.Result result, Map<String, TensorData> inputs) {
        Map<String, TensorData> values = new LinkedHashMap<>();
        collect(result, session.getOutputNames(), values);
        addKnown(inputs, values);
        return values;
    }

    private static void collect(OrtSession.Result result, Set<String> wanted, Map<String, TensorData> values) {
        for (Map.Entry<String, OnnxValue> output : result) {
            if (wanted.contains(output.getKey())
                    && output.getValue() instanceof OnnxTensor tensor
                    && elementType(tensor.getInfo()) != ElementType.UNKNOWN) {
                ByteBuffer bytes = tensor.getByteBuffer();
                TensorType type = new TensorType(
                        elementType(tensor.getInfo()), Shape.of(tensor.getInfo().getShape()));
                values.put(output.getKey(), TensorData.of(type, bytes));
            }
        }
    }

    /** Inputs and constants that were asked for as if the graph computed them. */
    private void addKnown(Map<String, TensorData> inputs, Map<String, TensorData> values) {
        for (String tensor : extraOutputs) {
            if (!values.containsKey(tensor)) {
                TensorData known = inputs.get(tensor);
                graph.constant(tensor).ifPresent(constant -> values.put(tensor, constant));
                if (known != null) {
                    values.put(tensor, known);
                }
            }
        }
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
            idle.forEach(
                    reused -> reused.values().forEach(tensor -> tensor.tensor().close()));
            idle.clear();
            weights.forEach(OnnxTensor::close);
        } catch (OrtException already) {
            throw new IllegalStateException(already);
        }
    }
}
