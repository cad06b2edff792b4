// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.postprocess.OutputTensor;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A graph that takes one image, with the decoder behind it; float or integer at both ends.
 *
 * @param contract how an image becomes the input; its layout is that of the graph, whatever it says itself
 */
public record DecodedGraph(ModelGraph graph, DecoderSpec decoder, InputContract contract) {
    public DecodedGraph {
        Objects.requireNonNull(graph);
        Objects.requireNonNull(decoder);
        Objects.requireNonNull(contract);
    }

    /** Whether images of this contract fit the graph's input. */
    public boolean takesImages() {
        return DecoderRecognition.image(graph)
                .filter(input -> input.width() == contract.width()
                        && input.height() == contract.height()
                        && input.channels() == contract.colour().channels())
                .isPresent();
    }

    Running open(GraphExecutorFactory executors) {
        return new Running(this, executors.open(graph, List.of()));
    }

    /** The graph loaded, until it is closed. */
    static final class Running implements AutoCloseable {
        private final DecodedGraph model;
        private final GraphExecutor executor;
        private final ImageInput input;
        private final InputContract contract;
        private final List<ModelOutput> outputs;

        private Running(DecodedGraph model, GraphExecutor executor) {
            this.model = model;
            this.executor = executor;
            this.input = DecoderRecognition.image(model.graph())
                    .orElseThrow(() -> new IllegalArgumentException("the graph takes no single image"));
            InputContract stated = model.contract();
            this.contract = new InputContract(
                    input.layout(),
                    stated.colour(),
                    stated.width(),
                    stated.height(),
                    stated.mean(),
                    stated.divisor(),
                    stated.resize(),
                    stated.padding());
            this.outputs = DecoderRecognition.outputs(model.graph());
        }

        /** The network's outputs for one image, in its order. */
        List<OutputTensor> run(BufferedImage image) {
            Map<String, TensorData> values =
                    executor.run(Map.of(model.graph().inputs().get(0).name(), tensor(image)));
            List<OutputTensor> read = new ArrayList<>();
            for (ModelOutput output : outputs) {
                read.add(new OutputTensor(
                        values.get(output.name()),
                        output.quantization().map(q -> q.scale()).orElse(1f),
                        output.quantization().map(q -> q.zeroPoint()).orElse(0)));
            }
            return read;
        }

        private TensorData tensor(BufferedImage image) {
            if (input.element().isFloatingPoint()) {
                return ImageTensor.tensor(image, contract);
            }
            return ImageTensor.quantized(
                    image,
                    contract,
                    input.quantization().map(q -> q.scale()).orElse(1f),
                    input.quantization().map(q -> q.zeroPoint()).orElse(0),
                    input.element());
        }

        InputContract contract() {
            return contract;
        }

        @Override
        public void close() {
            executor.close();
        }
    }
}
