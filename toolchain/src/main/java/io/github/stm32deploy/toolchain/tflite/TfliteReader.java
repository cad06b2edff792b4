// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.ModelFileFindings;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.Signature;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads TensorFlow Lite files into a {@link ModelGraph} in the vocabulary of ONNX.
 *
 * <ul>
 *   <li>A quantized tensor stays an integer tensor; an operator on it becomes DequantizeLinear → operator → QuantizeLinear.
 *       Biases have scale (input scale × weight scale of the channel). Float16 weights become float32 constants, sparse weights dense ones.
 *   <li>Inputs and outputs keep name, type and layout of the file (mostly NHWC). Inside, tensors of rank 4 are kept in the
 *       layout in which the operators need them (NCHW for convolutions, pools and resizes), with a Transpose only where a
 *       layout is needed that does not exist yet; these Transposes, and the Reshapes around a fully connected layer, work
 *       on the integer tensors. A TRANSPOSE of the file is a change of view like any other.
 *   <li>SAME padding becomes explicit pads, a fused activation becomes Relu or Clip.
 *   <li>An operator that ONNX cannot express stays under its own name in domain {@code tflite}.
 *   <li>The model is the first subgraph; the others are attributes of the IF, WHILE, CALL or CALL_ONCE nodes that run them.
 *       Operators that nothing depends on (shape arithmetic) are left out.
 * </ul>
 */
public final class TfliteReader {
    private TfliteReader() {}

    /**
     * What a file holds.
     *
     * @param graph the model: the first graph of the file
     * @param others the further graphs: bodies of control flow (also attributes of the nodes that run them) and what other
     *     signatures call
     * @param signatures names that the author gave to inputs and outputs
     */
    public record Content(ModelGraph graph, List<ModelGraph> others, List<Signature> signatures) {}

    /** The model of the file without what stands around it; otherwise as {@link #readAll}. */
    public static ModelGraph read(ByteBuffer bytes, Path file) {
        return readAll(bytes, file).graph();
    }

    /**
     * @param bytes the whole file; must not change while the graphs are in use
     * @param file the path as the user typed it
     * @throws DiagnosedException where the bytes are no readable TFLite model
     */
    public static Content readAll(ByteBuffer bytes, Path file) {
        try {
            TfliteFile content = TfliteFile.of(bytes);
            TfliteBodies bodies = new TfliteBodies(content.subgraphs());
            ModelGraph graph = ShapeInference.infer(new TfliteImport(content.main(), bodies).graph());
            return new Content(
                    graph, bodies.all().stream().map(ShapeInference::infer).toList(), content.signatures());
        } catch (IndexOutOfBoundsException | java.nio.BufferUnderflowException beyond) {
            throw ModelFileFindings.truncated(
                    file, "the file has " + bytes.remaining() + " bytes and refers to data behind its end");
        } catch (StructureException structure) {
            throw ModelFileFindings.finding(Diagnosis.error(structure.code(), Stage.READ, structure.happened())
                    .where(file.toString())
                    .observed(structure.getMessage())
                    .rule("every tensor that an operator reads is an input, stored, or written by one earlier operator")
                    .effect("no order of execution exists")
                    .fix("convert the model again; the tool that wrote this file has broken it")
                    .build());
        } catch (IllegalArgumentException
                | NotConvertible
                | ArithmeticException
                | NegativeArraySizeException
                | NullPointerException contradiction) {
            // A NullPointerException is FlatBuffers' answer to a required field that is missing.
            String message = contradiction.getMessage();
            throw ModelFileFindings.damaged(file, message == null ? "a required field is missing" : message);
        }
    }

    /** The graph of the file has no order of execution. */
    static final class StructureException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String code;
        private final String happened;

        StructureException(String code, String happened, String observed) {
            super(observed);
            this.code = code;
            this.happened = happened;
        }

        String code() {
            return code;
        }

        String happened() {
            return happened;
        }
    }
}
