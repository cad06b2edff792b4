// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssumedContractTest {
    private static ModelGraph starting(String operator, float operand, long... input) {
        Shape shape = Shape.of(input);
        return ModelGraph.builder("start")
                .input("x", new TensorType(ElementType.FLOAT32, shape))
                .output("y", new TensorType(ElementType.FLOAT32, shape))
                .constant("c", TensorData.ofFloats(Shape.scalar(), operand))
                .node(new Node(
                        "first",
                        operator,
                        "",
                        List.of("x", "c"),
                        List.of("y"),
                        Map.of(),
                        new Origin(operator, "first", 0)))
                .build();
    }

    @Test
    void pixels_are_divided_by_255_where_the_network_does_not_normalize() {
        AssumedContract assumed =
                AssumedContract.of(starting("Add", 3, 1, 3, 32, 64)).orElseThrow();

        assertThat(assumed.contract().divisor()).containsOnly(255f);
        assertThat(assumed.contract().colour()).isEqualTo(InputContract.Colour.RGB);
        assertThat(assumed.contract().width()).isEqualTo(64);
        assertThat(assumed.finding("face.onnx").code()).isEqualTo("QUANT-CONTRACT-ASSUMED");
        assertThat(assumed.finding("face.onnx").observed()).contains("0..1");
    }

    @Test
    void a_network_that_normalizes_gets_pixels_as_they_are() {
        AssumedContract assumed =
                AssumedContract.of(starting("Mul", 1 / 127.5f, 1, 32, 64, 3)).orElseThrow();

        assertThat(assumed.contract().divisor()).containsOnly(1f);
        assertThat(assumed.contract().layout()).isEqualTo(InputContract.Layout.NHWC);
    }

    @Test
    void what_takes_no_picture_gets_no_contract() {
        assertThat(AssumedContract.of(starting("Add", 3, 1, 640))).isEmpty();
        assertThat(AssumedContract.of(starting("Add", 3, 1, 3, -1, -1))).isEmpty();
    }
}
