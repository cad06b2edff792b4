// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.report.VectorResults;
import io.github.stm32deploy.toolchain.report.VectorResults.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vector files that nobody has seen before: every file gets an answer, and one that was not run is no pass. */
class RunVectorsTest {
    private static final String NMS = """
            {"schema": "fd-golden-1", "id": "nms/two", "family": "nms", "kind": "nms",
             "params": {"nms": "hard", "iou_threshold": 0.5},
             "inputs": [
               {"name": "boxes", "shape": [2, 4], "dtype": "float32", "data": [0, 0, 4, 4, 0, 0, 4, 3.5]},
               {"name": "scores", "shape": [2], "dtype": "float32", "data": [0.9, 0.5]},
               {"name": "classes", "shape": [2], "dtype": "int32", "data": [0, 0]}],
             "expected": {"detections": [{"box": [0, 0, 4, %s], "score": 0.9, "class": 0}]},
             "compare": {"order": "score_desc", "abs": 0.001, "rel": 0, "score_abs": 0.001}}
            """;

    @TempDir
    Path folder;

    private VectorResults.File only(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("case.json"), text);
        return new RunVectors(Progress.silent())
                .run(new RunVectors.Request(List.of(file), RunVectors.On.JAVA))
                .files()
                .get(0);
    }

    @Test
    void a_file_within_its_tolerances_passes() throws IOException {
        assertThat(only(NMS.formatted("4.0004")))
                .extracting(VectorResults.File::status, VectorResults.File::where)
                .containsExactly(Status.PASSED, "detection 0 box[3]");
    }

    @Test
    void a_difference_beyond_the_tolerance_fails_and_is_named() throws IOException {
        VectorResults.File file = only(NMS.formatted("4.5"));

        assertThat(file.status()).isEqualTo(Status.FAILED);
        assertThat(file.worstDifference()).isEqualTo(0.5);
        assertThat(file.where()).isEqualTo("detection 0 box[3]");
    }

    @Test
    void a_missing_detection_fails_whatever_the_numbers() throws IOException {
        VectorResults.File file = only(NMS.formatted("4").replace("0.5}", "0.99}"));

        assertThat(file.status()).isEqualTo(Status.FAILED);
        assertThat(file.reason()).isEqualTo("2 detections, expected 1");
    }

    @Test
    void what_has_no_decoder_or_is_no_vector_is_not_run() throws IOException {
        assertThat(only(NMS.formatted("4").replace("\"nms\", \"kind\": \"nms\"", "\"fan\", \"kind\": \"heatmap\"")))
                .extracting(VectorResults.File::status, VectorResults.File::reason)
                .containsExactly(Status.NOT_RUN, "vectors of kind \"heatmap\" have no counterpart in the library yet");
        assertThat(only(NMS.formatted("4").replace("\"kind\": \"nms\"", "\"kind\": \"detect\""))
                        .reason())
                .isEqualTo("the family \"nms\" has no decoder yet");
        assertThat(only("{}").reason()).contains("no golden vector");
        assertThat(only("[1,").reason()).contains("cannot be read as JSON");
        assertThat(only(NMS.formatted("4").replace("[2, 4]", "[3, 4]")).reason())
                .contains("has 8 values");
    }

    @Test
    void a_program_that_fails_is_the_environment_and_its_words_are_shown() throws IOException {
        Path file = Files.writeString(folder.resolve("case.json"), NMS.formatted("4"));
        RunVectors run = new RunVectors(Progress.silent(), on -> (directory, cases, generated) -> {
            throw new IOException("gcc ended with 1: no such header");
        });

        assertThatThrownBy(() -> run.run(new RunVectors.Request(List.of(file), RunVectors.On.HOST)))
                .isInstanceOfSatisfying(DiagnosedException.class, failure -> {
                    assertThat(failure.kind().exitCode()).isEqualTo(3);
                    assertThat(failure.diagnoses().get(0).code()).isEqualTo("VECTORS-PROGRAM-FAILED");
                    assertThat(failure.diagnoses().get(0).observed()).contains("no such header");
                });
    }
}
