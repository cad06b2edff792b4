// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecipeWriterTest {
    private static final String TEXT = """
            id: 0.5-head
            title: "on"
            task: face-detection
            format: onnx
            file: head.onnx
            licence: MIT
            origin: cut from face.onnx
            knows: "frontal faces: no profiles"
            input:
              name: input
              layout: NCHW
              colour: BGR
              width: 320
              height: 240
              mean: [104.0, 117.0, 123.0]
              scale: [1.0, 1.0, 1.0]
              resize: stretch
              padding: 114
              usual: {width: 320, height: 240, source: the authors}
            decoder:
              family: none
              needs: ssd
              scoreThreshold: 0.3
              suppression: {iouThreshold: 0.45, perClass: true}
              boxes: {output: raw, factors: [0.1, 0.1, 0.2, 0.2], anchors: {levels: [{columns: 40, sizes: [[0.1, 0.2]]}]}}
            outputs: "loc, conf"
            landmarks: 5
            notes: ["first", "second: with a colon"]
            """;

    @Test
    void what_is_written_is_read_back_as_it_was() throws InvalidRecipeException {
        Recipe recipe = RecipeReader.read("text", TEXT);
        assertThat(RecipeReader.read("again", Recipes.yaml(recipe))).isEqualTo(recipe);
    }

    @Test
    void what_is_empty_is_left_out() throws InvalidRecipeException {
        Recipe recipe = RecipeReader.read("text", "{id: small, file: a.onnx}");
        assertThat(Recipes.yaml(recipe)).isEqualTo("id: small\nfile: a.onnx\n");
    }
}
