// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the cpu backend cannot take: the smallest graph for each of its refusals. */
class CpuBackendRefusalsTest {
    private final QdqGraph g = new QdqGraph();

    private static List<String> codes(ModelGraph graph) {
        DiagnosedException refused = catchThrowableOfType(
                DiagnosedException.class,
                () -> new CpuBackend().generate(graph, new GenerateOptions("x", "0".repeat(64), "1")));
        assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.FINDING);
        return refused.diagnoses().stream().map(Diagnosis::code).toList();
    }

    private String conv(String x, String weights) {
        return g.requantized(g.node("Conv", Map.of(), x, weights), 0.05f, 0);
    }

    @Test
    void an_input_of_64_bit_integers() {
        String words = g.rawInput("words", ElementType.INT64, 1, 4);
        String x = g.input("x", 0.05f, 0, 1, 3, 6, 6);
        g.output(conv(x, g.weights(0, 4, 3, 3, 3)));
        g.byteOutput(g.node("Identity", Map.of(), words), ElementType.INT64);
        assertThat(codes(g.build())).contains("GEN-INPUT-UNSUPPORTED");
    }

    @Test
    void an_output_of_64_bit_integers() {
        String x = g.input("x", 0.05f, 0, 1, 3, 6, 6);
        g.output(conv(x, g.weights(0, 4, 3, 3, 3)));
        g.byteOutput(g.node("Shape", Map.of(), x), ElementType.INT64);
        assertThat(codes(g.build())).contains("GEN-OUTPUT-UNSUPPORTED");
    }

    @Test
    void weights_that_are_computed() {
        String x = g.input("x", 0.05f, 0, 1, 3, 6, 6);
        String kernel = g.input("kernel", 0.05f, 0, 4, 3, 3, 3);
        g.output(conv(x, kernel));
        assertThat(codes(g.build())).contains("GEN-WEIGHTS-UNSUPPORTED");
    }

    @Test
    void activations_of_sixteen_bits() {
        String words = g.rawInput("x", ElementType.INT16, 1, 3, 6, 6);
        String x = g.node("DequantizeLinear", Map.of(), words, g.floats(Shape.scalar(), 0.05f));
        g.output(conv(x, g.weights(0, 4, 3, 3, 3)));
        assertThat(codes(g.build())).contains("GEN-TYPE-UNSUPPORTED");
    }

    @Test
    void a_shape_that_is_not_known() {
        String x = g.input("x", 0.05f, 0, 1, 3, -1, -1);
        g.output(conv(x, g.weights(0, 4, 3, 3, 3)));
        assertThat(codes(g.build())).contains("GEN-SHAPE-UNKNOWN");
    }

    @Test
    void a_graph_that_computes_nothing() {
        g.output(g.input("x", 0.05f, 0, 1, 4));
        assertThat(codes(g.build())).containsExactly("GEN-NOTHING-TO-COMPUTE");
    }
}
