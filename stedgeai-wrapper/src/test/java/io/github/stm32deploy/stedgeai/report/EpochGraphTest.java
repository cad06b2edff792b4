// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A small file of the form that the compiler writes. */
class EpochGraphTest {
    private static final String FILE = """
            {"environment": {"tools": [{"name": "ST.EdgeAI.Core", "version": "3.0.0-20426 123672867"}]},
             "buffers": [
               {"id": 1, "name": "x", "shape": [1, 3, 4, 4], "size_bytes": 48, "is_param": false},
               {"id": 2, "name": "w", "shape": [8, 3, 1, 1], "size_bytes": 24, "is_param": true},
               {"id": 3, "name": "y", "shape": [1, 8, 4, 4], "size_bytes": 128, "is_param": false}],
             "graphs": [{"nodes": [
               {"name": "epoch_0", "mapping": "NODE_NO_X", "inputs": [], "outputs": [], "subgraph_nodes": []},
               {"name": "epoch_1", "mapping": "NODE_HW", "inputs": [1, 1, 2], "outputs": [3], "subgraph_nodes": [
                 {"name": "w", "type": "Param"}, {"name": "Conv2D_1", "type": "Conv"}]},
               {"name": "epoch_2", "mapping": "NODE_SW", "inputs": [3], "outputs": [], "subgraph_nodes": [
                 {"name": "Softmax_2", "description": "Node kind=Softmax"}]},
               {"name": "epoch_3", "mapping": "NODE_NO_X", "inputs": [3], "outputs": [], "subgraph_nodes": [
                 {"name": "__NN__RETURN__", "type": "Return"}]}]}]}
            """;

    private static EpochGraph read(String json) throws IOException {
        return EpochGraph.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void epochs_have_their_parts_and_activations() throws IOException {
        EpochGraph graph = read(FILE);

        assertThat(graph.version()).isEqualTo("3.0.0");
        assertThat(graph.epochs()).hasSize(2);
        EpochGraph.Epoch first = graph.epochs().get(0);
        assertThat(first.kind()).isEqualTo(EpochKind.HARDWARE);
        assertThat(first.parts()).containsExactly(new EpochGraph.Part("Conv2D_1", "Conv"));
        assertThat(first.reads()).extracting(EpochGraph.Buffer::name).containsExactly("x");
        assertThat(first.writes().get(0).elements()).isEqualTo(128);
        assertThat(graph.epochs().get(1).parts()).containsExactly(new EpochGraph.Part("Softmax_2", "Softmax"));
    }

    @Test
    void other_json_is_refused_with_what_it_lacks() {
        assertThatThrownBy(() -> read("{\"validation\": {}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("graphs[0].nodes");
    }
}
