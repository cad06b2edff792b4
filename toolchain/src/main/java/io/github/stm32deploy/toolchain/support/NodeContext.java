// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Optional;

/** A node with what a rule may want to know about it. */
public final class NodeContext {
    private final LoweredGraph lowered;
    private final Node node;
    private final SdkVersion sdk;
    private final Framework framework;
    private final String operator;

    NodeContext(LoweredGraph lowered, Node node, SdkVersion sdk) {
        this.lowered = lowered;
        this.node = node;
        this.sdk = sdk;
        this.framework = Framework.of(node);
        this.operator = Operators.baseName(node);
    }

    public Node node() {
        return node;
    }

    public SdkVersion sdk() {
        return sdk;
    }

    public ModelGraph graph() {
        return lowered.graph();
    }

    public Framework framework() {
        return framework;
    }

    /** ONNX name of the computation, {@code Conv} for QLinearConv and CONV_2D alike. */
    public String operator() {
        return operator;
    }

    /** Name in the vocabulary of the file: {@code CONV_2D}, {@code QLinearConv}. */
    public String fileOperator() {
        return framework == Framework.TFLITE ? node.origin().operator() : node.operator();
    }

    LoweredGraph lowered() {
        return lowered;
    }

    /** Null where the node is folded away. */
    Operation operation() {
        return lowered.operation(node);
    }

    LoweredGraph.Folding folding() {
        return lowered.folding(node);
    }

    Operation.Form form() {
        return operation() == null ? null : operation().form();
    }

    /** True where the node computes on quantized tensors. */
    public boolean isQuantized() {
        return form() == Operation.Form.INTEGER;
    }

    public boolean isFloat() {
        return form() == Operation.Form.FLOAT;
    }

    public boolean isConstant(int input) {
        return lowered.isConstant(node.input(input));
    }

    public Shape shape(int input) {
        return lowered.shape(node.input(input));
    }

    public Shape outputShape(int output) {
        return lowered.shape(node.output(output));
    }

    public ElementType element(int input) {
        return lowered.type(node.input(input)).element();
    }

    public ElementType outputElement(int output) {
        return lowered.type(node.output(output)).element();
    }

    /** Values of a constant input as the file stores them. */
    public Optional<TensorData> constant(int input) {
        return Optional.ofNullable(lowered.storedConstant(node.input(input)));
    }

    /** Activations that the node reads. */
    List<Operand> operands() {
        return operation() == null ? List.of() : operation().operands();
    }

    /** Integers of an attribute, or of the constant input that newer operator sets have instead. */
    public Optional<long[]> integers(String attribute, int input) {
        Optional<long[]> stated = node.intsAttribute(attribute);
        if (stated.isPresent() || input < 0 || !node.hasInput(input)) {
            return stated;
        }
        return constant(input)
                .filter(data ->
                        !data.element().isFloatingPoint() && data.element().bits() >= 8)
                .map(TensorData::toLongs);
    }
}
