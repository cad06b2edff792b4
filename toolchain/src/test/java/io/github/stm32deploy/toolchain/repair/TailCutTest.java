// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The head of a network whose tail is refused. */
class TailCutTest {
    private static final Shape IMAGE = Shape.of(1, 3, 5, 5);

    private final Random random = new Random(5);

    private TensorData noise(Shape shape) {
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = (float) random.nextGaussian();
        }
        return TensorData.ofFloats(shape, values);
    }

    private static Node node(String operator, String domain, List<String> inputs, String output) {
        return node(operator, domain, inputs, output, Map.of());
    }

    private static Node node(
            String operator, String domain, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(output, operator, domain, inputs, List.of(output), attributes, new Origin(operator, output, 0));
    }

    private static TensorType floats(Shape shape) {
        return new TensorType(ElementType.FLOAT32, shape);
    }

    /** Convolution to boxes and scores, then a suppression that reads both, then a cast. */
    private ModelGraph detector() {
        return ShapeInference.infer(ModelGraph.builder("detector")
                .opset("", 13)
                .input("x", floats(IMAGE))
                .output("chosen", new TensorType(ElementType.FLOAT32, Shape.of(-1, 3)))
                .constant("w", noise(Shape.of(4, 3, 1, 1)))
                .constant("to", TensorData.ofLongs(Shape.of(3), 1, 25, 4))
                .node(node("Conv", "", List.of("x", "w"), "maps"))
                .node(node("Reshape", "", List.of("maps", "to"), "boxes"))
                .node(node("Sigmoid", "", List.of("maps"), "scores"))
                .node(node("NonMaxSuppression", "", List.of("boxes", "scores"), "indices"))
                .node(node("Cast", "", List.of("indices"), "chosen", Map.of("to", Attribute.of(1))))
                .build());
    }

    private static ModelGraph cut(ModelGraph graph, Set<Node> unwanted) {
        TailCut cut = TailCut.of(graph, unwanted).orElseThrow();
        return cut.ending(cut.heads());
    }

    private static Set<Node> named(ModelGraph graph, String... names) {
        return graph.nodes().stream()
                .filter(node -> Set.of(names).contains(node.name()))
                .collect(Collectors.toSet());
    }

    @Test
    void what_fed_the_tail_becomes_the_output() {
        ModelGraph whole = detector();
        ModelGraph head = cut(whole, named(whole, "indices"));
        assertThat(head.outputs()).extracting(GraphValue::name).containsExactlyInAnyOrder("boxes", "scores");
        assertThat(head.nodes()).extracting(Node::operator).containsExactly("Conv", "Reshape", "Sigmoid");
    }

    @Test
    void nothing_is_cut_where_nothing_is_refused_or_weights_lie_behind_it() {
        ModelGraph whole = detector();
        assertThat(TailCut.of(whole, Set.of())).isEmpty();
        assertThat(TailCut.of(whole, named(whole, "maps"))).isEmpty();
        ModelGraph middle = ModelGraph.builder("middle")
                .opset("", 13)
                .input("x", floats(IMAGE))
                .output("y", floats(IMAGE))
                .constant("w", noise(Shape.of(3, 3, 1, 1)))
                .node(node("Conv", "", List.of("x", "w"), "a"))
                .node(node("Mystery", "custom", List.of("a"), "b"))
                .node(node("Conv", "", List.of("b", "w"), "y"))
                .build();
        assertThat(TailCut.of(middle, named(middle, "b"))).isEmpty();
    }

    @Test
    void sizes_that_only_the_tail_asks_for_go_with_it() {
        ModelGraph whole = ShapeInference.infer(ModelGraph.builder("sized")
                .opset("", 13)
                .input("x", floats(IMAGE))
                .output("y", floats(Shape.of(-1)))
                .constant("w", noise(Shape.of(3, 3, 1, 1)))
                .node(node("Conv", "", List.of("x", "w"), "maps"))
                .node(node("Shape", "", List.of("maps"), "size"))
                .node(node("Mystery", "custom", List.of("maps", "size"), "y"))
                .build());
        ModelGraph head = cut(whole, named(whole, "y"));
        assertThat(head.outputs()).extracting(GraphValue::name).containsExactly("maps");
        assertThat(head.nodes()).extracting(Node::operator).containsExactly("Conv");
    }
}
