// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Cases for the C decoders, run many in one process
 * ({@code firmware-templates/src/main/c/cases/n6_postprocess_cases.c} reads them).
 */
public final class CDecoders {
    private static final int MAGIC = 0x4E364341;
    private static final int DECODE = 1;
    private static final int NMS = 2;
    private static final int REAL = 3;
    private static final int RULE = 4;
    private static final int GENERATED = 5;
    private static final int FUNCTION = 6;
    private static final int FUNCTION_NAME = 32;
    /** Nothing passes: the C has to find its thresholds from the tensors, by the family's prepare function. */
    private static final ScoreRule.StoredThreshold UNPREPARED =
            new ScoreRule.StoredThreshold(Integer.MAX_VALUE, Float.NaN);

    private static final String NO_GENERATED_DECODER = """
            #include "decoder.h"
            const n6_decoder_t n6_model_decoder = {.decode = 0};
            n6_workspace_t n6_model_workspace;
            n6_detections_t n6_model_detections;
            """;
    private static final String GENERATED_HEADER = """
            #include "n6_decoder.h"
            extern const n6_decoder_t n6_model_decoder;
            extern n6_workspace_t n6_model_workspace;
            extern n6_detections_t n6_model_detections;
            """;

    /** What the C answers to one case. */
    public record Answer(
            Detections detections, List<ScoreRule.StoredThreshold> thresholds, List<Float> reals, String status) {}

    private final CaseBytes bytes = new CaseBytes();
    private final CaseTable table = new CaseTable();

    void add(List<OutputTensor> outputs, DecoderSpec spec) {
        add(outputs, spec, false);
    }

    /**
     * @param innermostFirst the first axis lies densest in memory, as in a view of a tensor of another layout
     */
    void add(List<OutputTensor> outputs, DecoderSpec spec, boolean innermostFirst) {
        head(DECODE, spec.capacity(), spec.landmarkCount());
        int reads = spec.scoreReads(modelOutputs(outputs)).size();
        bytes.word(table.index(DecoderTable.withThresholds(spec, Collections.nCopies(reads, UNPREPARED)), reads > 0));
        tensors(outputs, innermostFirst);
    }

    /** boxes [N, 4], scores [N], classes [N] and perhaps landmarks [N, K, 2]. */
    void addNms(List<OutputTensor> tensors, int landmarkCount, NmsSpec nms, Capacity capacity) {
        head(NMS, capacity, landmarkCount);
        bytes.word(nms.kind().ordinal()).word(nms.convention().ordinal()).real(nms.iouThreshold());
        bytes.flag(nms.inclusive()).flag(nms.perClass()).flag(nms.stopAtZeroArea());
        bytes.flag(nms.recheckAbove()).word(nms.topK()).real(nms.scoreThreshold());
        bytes.real(nms.sigma()).real(nms.epsilon()).word(nms.keep());
        tensors(tensors);
    }

    void addReals(OutputTensor tensor) {
        head(REAL, new Capacity(1, 1), 0);
        tensors(List.of(tensor));
    }

    void addRule(ScoreRule rule, OutputTensor tensor) {
        head(RULE, new Capacity(1, 1), 0);
        rule(rule);
        tensors(List.of(tensor));
    }

    /** A function by its name; the answer holds its numbers. */
    void addFunction(PointFunctions.Call call) {
        head(FUNCTION, new Capacity(1, 1), 0);
        bytes.text(call.function(), FUNCTION_NAME);
        tensors(call.tensors());
    }

    /** Outputs for the decoder that {@link #run(CaseProgram, Path, String, String)} is given; {@code spec} says the sizes of the buffers. */
    void addGenerated(List<OutputTensor> outputs, DecoderSpec spec) {
        head(GENERATED, spec.capacity(), spec.landmarkCount());
        tensors(outputs);
    }

    private void head(int kind, Capacity capacity, int landmarkCount) {
        bytes.word(MAGIC).word(kind).word(capacity.candidates()).word(capacity.detections());
        bytes.word(landmarkCount);
    }

    private void rule(ScoreRule rule) {
        bytes.word(rule.activation().ordinal()).real(rule.factor()).real(rule.threshold());
        bytes.flag(rule.strict());
    }

    private void tensors(List<OutputTensor> tensors) {
        tensors(tensors, false);
    }

    private void tensors(List<OutputTensor> tensors, boolean innermostFirst) {
        bytes.word(tensors.size());
        for (OutputTensor tensor : tensors) {
            int type = List.of(ElementType.INT8, ElementType.UINT8, ElementType.FLOAT32, ElementType.INT32)
                    .indexOf(tensor.element());
            int[] shape = tensor.data().shape().toIntArray();
            bytes.word(type).real(tensor.scale()).word(tensor.zeroPoint()).word(shape.length);
            for (int size : shape) {
                bytes.word(size);
            }
            int[] strides = strides(shape, innermostFirst);
            for (int stride : strides) {
                bytes.word(stride);
            }
            bytes.block(
                    innermostFirst
                            ? moved(tensor, shape, strides)
                            : tensor.data().bytes());
        }
    }

    /** The outputs without their contents, as a decoder is generated for them. */
    static List<ModelOutput> modelOutputs(List<OutputTensor> tensors) {
        List<ModelOutput> outputs = new ArrayList<>();
        for (OutputTensor tensor : tensors) {
            outputs.add(new ModelOutput(
                    "output" + outputs.size(),
                    new TensorType(tensor.element(), tensor.data().shape()),
                    tensor.isFloat()
                            ? Optional.empty()
                            : Optional.of(new Quantization(tensor.scale(), tensor.zeroPoint()))));
        }
        return outputs;
    }

    private static int[] strides(int[] shape, boolean innermostFirst) {
        int[] strides = new int[shape.length];
        int stride = 1;
        for (int i = 0; i < shape.length; i++) {
            int axis = innermostFirst ? i : shape.length - 1 - i;
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }

    /** The same elements at the places that the strides name. */
    private static ByteBuffer moved(OutputTensor tensor, int[] shape, int[] strides) {
        ByteBuffer from = tensor.data().bytes();
        int size = tensor.element().bits() / 8;
        byte[] to = new byte[from.remaining()];
        for (int element = 0; element < to.length / size; element++) {
            int rest = element;
            int place = 0;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                place += rest % shape[axis] * strides[axis];
                rest /= shape[axis];
            }
            from.get(element * size, to, place * size, size);
        }
        return ByteBuffer.wrap(to);
    }

    /** Runs all cases that were added. */
    List<Answer> run(CaseProgram program, Path directory) throws IOException, InterruptedException {
        return run(program, directory, NO_GENERATED_DECODER, GENERATED_HEADER);
    }

    /** Runs all cases that were added, with the C texts of a generated decoder. */
    List<Answer> run(CaseProgram program, Path directory, String source, String header)
            throws IOException, InterruptedException {
        List<Answer> answers = new ArrayList<>();
        Reader reader = null;
        for (String line : program.run(
                directory,
                bytes.toArray(),
                Map.of("decoder.c", source, "decoder.h", header, CaseTable.FILE, table.text()))) {
            if (line.equals("case")) {
                if (reader != null) {
                    answers.add(reader.answer());
                }
                reader = new Reader();
            } else if (reader != null) {
                reader.read(line);
            }
        }
        if (reader != null) {
            answers.add(reader.answer());
        }
        return answers;
    }

    private static final class Reader {
        private final List<Detection> items = new ArrayList<>();
        private final List<ScoreRule.StoredThreshold> thresholds = new ArrayList<>();
        private final List<Float> reals = new ArrayList<>();
        private int candidates;
        private int survivors;
        private boolean truncated;
        private String status = "ok";

        private void read(String line) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "threshold" ->
                    thresholds.add(new ScoreRule.StoredThreshold(Integer.parseInt(words[1]), bits(words[2])));
                case "reals" -> {
                    for (int i = 1; i < words.length; i++) {
                        reals.add(bits(words[i]));
                    }
                }
                case "found" -> {
                    candidates = Integer.parseInt(words[2]);
                    survivors = Integer.parseInt(words[3]);
                    truncated = words[4].equals("1");
                }
                case "item" -> {
                    List<Detection.Landmark> points = new ArrayList<>();
                    for (int i = 8; i < words.length; i += 2) {
                        points.add(new Detection.Landmark(bits(words[i]), bits(words[i + 1])));
                    }
                    items.add(new Detection(
                            bits(words[4]),
                            bits(words[5]),
                            bits(words[6]),
                            bits(words[7]),
                            bits(words[3]),
                            Integer.parseInt(words[1]),
                            Integer.parseInt(words[2]),
                            points));
                }
                case "status" -> status = line;
                default -> throw new IllegalStateException("line " + line);
            }
        }

        private Answer answer() {
            return new Answer(new Detections(items, candidates, survivors, truncated), thresholds, reals, status);
        }

        private static float bits(String hex) {
            return Float.intBitsToFloat(Integer.parseUnsignedInt(hex, 16));
        }
    }

    private static final class CaseBytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        private CaseBytes word(int value) {
            out.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
            return this;
        }

        private CaseBytes real(float value) {
            return word(Float.floatToRawIntBits(value));
        }

        private CaseBytes flag(boolean value) {
            return word(value ? 1 : 0);
        }

        /** Zeros fill the room behind the text. */
        private void text(String text, int room) {
            out.writeBytes(Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), room));
        }

        private void block(ByteBuffer data) {
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            word(copy.length);
            out.writeBytes(copy);
            out.writeBytes(new byte[(4 - copy.length % 4) % 4]);
        }

        private byte[] toArray() {
            return out.toByteArray();
        }
    }
}
