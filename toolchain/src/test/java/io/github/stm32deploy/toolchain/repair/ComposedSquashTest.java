// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComposedSquashTest {
    private static final int CAPSULES = 3;
    private static final int LENGTH = 16;

    /** As torch.onnx writes {@code norm_sq / (1 + norm_sq) * s / (sqrt(norm_sq) + 1e-8)}. */
    private static RepairBench capsules(int opset, float epsilon, float summand) {
        RepairBench bench = new RepairBench(opset)
                .input("s", 1, CAPSULES, LENGTH)
                .output("v", 1, CAPSULES, LENGTH)
                .scalar("two", 2)
                .scalar("one", summand)
                .scalar("epsilon", epsilon)
                .longs("axes", -1)
                .node("Pow", List.of("s", "two"), "squares");
        if (opset < 13) {
            bench.node("ReduceSum", List.of("squares"), "q", Map.of("axes", Attribute.ofInts(-1)));
        } else {
            bench.node("ReduceSum", List.of("squares", "axes"), "q");
        }
        return bench.node("Add", List.of("q", "one"), "above")
                .node("Div", List.of("q", "above"), "factor")
                .node("Mul", List.of("factor", "s"), "product")
                .node("Sqrt", List.of("q"), "root")
                .node("Add", List.of("root", "epsilon"), "length")
                .node("Div", List.of("product", "length"), "v");
    }

    @Test
    void a_length_is_one_operator_and_nothing_small_divides() {
        for (int opset : new int[] {9, 13, 18}) {
            RepairedGraph repaired =
                    RepairBench.repair(capsules(opset, 1e-8f, 1).build(), new ComposedSquash());

            assertThat(repaired.repairs())
                    .as("opset " + opset)
                    .singleElement()
                    .satisfies(one -> assertThat(one.kept()).as(one.outcome()).isTrue());
            assertThat(RepairBench.operators(repaired.graph()))
                    .contains("ReduceL2")
                    .doesNotContain("Sqrt", "ReduceSum", "Pow");
        }
    }

    @Test
    void other_functions_of_a_length_stay() {
        assertThat(RepairBench.repair(capsules(13, 1e-8f, 0.5f).build(), new ComposedSquash())
                        .repairs())
                .isEmpty();
        assertThat(RepairBench.repair(capsules(13, 0.1f, 1).build(), new ComposedSquash())
                        .repairs())
                .isEmpty();
    }

    /** Of three vectors one is a twentieth as long as the longest: its squared length is less than one code of 256. */
    @Test
    void a_short_vector_survives_int8() {
        ModelGraph graph = capsules(13, 1e-8f, 1).build();
        ModelGraph mended = RepairBench.kept(graph, new ComposedSquash());
        float[] vectors = new float[CAPSULES * LENGTH];
        for (int index = 0; index < vectors.length; index++) {
            vectors[index] = (index / LENGTH == 0 ? 0.05f : 1) * (float) Math.cos(index);
        }
        float[] wanted = run(graph, vectors);

        double before = noise(wanted, run(RepairBench.quantized(graph), vectors));
        double after = noise(wanted, run(RepairBench.quantized(mended), vectors));

        assertThat(after).isLessThan(0.5);
        assertThat(before).isGreaterThan(2 * after);
    }

    /** Error of the short vector as a share of its length. */
    private static double noise(float[] wanted, float[] obtained) {
        double error = 0;
        double signal = 0;
        for (int index = 0; index < LENGTH; index++) {
            error += Math.pow(wanted[index] - obtained[index], 2);
            signal += Math.pow(wanted[index], 2);
        }
        return Math.sqrt(error / signal);
    }

    private static float[] run(ModelGraph graph, float[] vectors) {
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph, OnnxRuntimeExecutor.Options.reference())) {
            return executor.run(Map.of(
                            "s",
                            TensorData.ofFloats(graph.inputs().get(0).type().shape(), vectors)))
                    .get("v")
                    .toFloats();
        }
    }
}
