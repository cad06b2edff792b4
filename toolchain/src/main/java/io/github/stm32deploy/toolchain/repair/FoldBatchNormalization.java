// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A BatchNormalization moves into the convolution beside it; one that stands alone on feature maps becomes a depthwise 1x1
 * convolution, which the NPU takes and a BatchNormalization not.
 */
final class FoldBatchNormalization implements Repair {
    @Override
    public String id() {
        return "fold-batch-normalization";
    }

    @Override
    public String effect() {
        return "BatchNormalization moves into the weights of the convolution beside it, or becomes a depthwise 1x1"
                + " convolution.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("OP-BATCHNORM-ALONE");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        AffineFolding.Folded folded =
                AffineFolding.once(graph, target.avoided(), node -> node.is("BatchNormalization"));
        if (!folded.nodes().isEmpty()) {
            int count = folded.nodes().size();
            return Optional.of(Change.of(
                    folded.graph(),
                    folded.nodes(),
                    count + (count == 1 ? " normalization stands" : " normalizations stand") + " beside a convolution",
                    Tolerance.ROUNDING));
        }
        GraphRewrite rewrite = new GraphRewrite(graph);
        List<String> places = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (node.is("BatchNormalization") && !target.avoided().contains(node.name())) {
                depthwise(rewrite, node).ifPresent(convolution -> {
                    rewrite.replace(node, List.of(convolution));
                    places.add(node.name());
                });
            }
        }
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        rewrite.build(),
                        places,
                        places.size() + (places.size() == 1 ? " normalization stands" : " normalizations stand")
                                + " alone, where the CPU would compute it",
                        Tolerance.ROUNDING));
    }

    /** On feature maps in float; between codes the weights would need a scale of their own. */
    private static Optional<Node> depthwise(GraphRewrite rewrite, Node node) {
        ModelGraph graph = rewrite.graph();
        boolean maps =
                graph.type(node.input(0)).map(type -> type.shape().rank() == 4).orElse(false);
        boolean codes = graph.producer(node.input(0))
                .filter(producer -> producer.is("DequantizeLinear"))
                .isPresent();
        if (!maps || codes) {
            return Optional.empty();
        }
        return ChannelAffine.of(graph, node).map(affine -> {
            int channels = affine.channels();
            float[] weight = new float[channels];
            float[] bias = new float[channels];
            for (int channel = 0; channel < channels; channel++) {
                weight[channel] = (float) affine.factor()[channel];
                bias[channel] = (float) affine.shift()[channel];
            }
            return GraphRewrite.turned(
                    node,
                    "Conv",
                    List.of(
                            affine.data(),
                            rewrite.constant(
                                    node.output(0) + "/weight",
                                    TensorData.ofFloats(Shape.of(channels, 1, 1, 1), weight)),
                            rewrite.constant(node.output(0) + "/bias", TensorData.ofFloats(Shape.of(channels), bias))),
                    Map.of(
                            "group", Attribute.of((long) channels),
                            "kernel_shape", Attribute.ofInts(1, 1)));
        });
    }
}
