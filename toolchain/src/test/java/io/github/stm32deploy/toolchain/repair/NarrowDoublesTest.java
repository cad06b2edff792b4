// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NarrowDoublesTest {
    private static ModelGraph doubles(double... factors) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * factors.length).order(ByteOrder.LITTLE_ENDIAN);
        for (double factor : factors) {
            bytes.putDouble(factor);
        }
        TensorData values = TensorData.of(new TensorType(ElementType.FLOAT64, Shape.of(factors.length)), bytes.flip());
        return new RepairBench(17)
                .input("x", 1, 2)
                .output("z", ElementType.FLOAT64, 1, 2)
                .constant("w", values)
                .node("Cast", List.of("x"), "a", Map.of("to", Attribute.of((long)
                        OnnxTypeNumbers.of(ElementType.FLOAT64))))
                .node("Mul", List.of("a", "w"), "z")
                .build();
    }

    @Test
    void doubles_become_float32_and_the_output_says_so() {
        RepairedGraph repaired = RepairBench.repair(doubles(1 / 3.0, 2), new NarrowDoubles(), new DropIdentities());

        assertThat(repaired.repairs())
                .allMatch(AppliedRepair::kept)
                .extracting(AppliedRepair::id)
                .containsExactly("float64-to-float32", "drop-identities");
        assertThat(repaired.repairs().get(0).contract())
                .containsExactly("output \"z\" gives FLOAT32 values instead of FLOAT64");
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Mul");
    }

    @Test
    void constants_that_do_not_fit_stop_it() {
        assertThat(RepairBench.repair(doubles(1e300, 2), new NarrowDoubles()).repairs())
                .isEmpty();
        assertThat(RepairBench.repair(doubles(1e-300, 2), new NarrowDoubles()).repairs())
                .isEmpty();
    }

    @Test
    void float_and_quantized_graphs_stay() {
        ModelGraph graph = new RepairBench(17)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("Relu", List.of("x"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new NarrowDoubles()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new NarrowDoubles())
                        .repairs())
                .isEmpty();
    }
}
