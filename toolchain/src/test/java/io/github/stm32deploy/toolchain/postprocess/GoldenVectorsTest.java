// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The decoders against the golden vectors, in Java and in C on this machine: the selection that the project carries, and all
 * files of these families where the shared folder is present.
 */
class GoldenVectorsTest {
    private static final List<String> FAMILIES =
            List.of("blazeface", "centerface", "nms", "quant", "yunet_v1", "yunet_v2");
    private static final Path CARRIED = Path.of("src/test/resources/golden");

    @TempDir
    static Path directory;

    @TestFactory
    Stream<DynamicTest> javaDecodersOnCarriedVectors() throws IOException {
        return inJava(cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> javaDecodersOnAllVectors() throws IOException {
        return inJava(cases(shared()));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnCarriedVectors() throws IOException, InterruptedException {
        return inC(CaseProgram.HOST, cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnAllVectors() throws IOException, InterruptedException {
        return inC(CaseProgram.HOST, cases(shared()));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnTheVirtualBoardOnCarriedVectors() throws IOException, InterruptedException {
        return inC(CaseProgram.BOARD, cases(CARRIED));
    }

    @TestFactory
    Stream<DynamicTest> cDecodersOnTheVirtualBoardOnAllVectors() throws IOException, InterruptedException {
        return inC(CaseProgram.BOARD, cases(shared()));
    }

    private static Stream<DynamicTest> inJava(List<GoldenCase> cases) {
        return cases.stream().map(golden -> DynamicTest.dynamicTest(golden.id(), () -> check(golden, inJava(golden))));
    }

    private static Stream<DynamicTest> inC(CaseProgram program, List<GoldenCase> all)
            throws IOException, InterruptedException {
        assumeTrue(program.isPresent(), program::absence);
        List<GoldenCase> cases =
                all.stream().filter(golden -> !golden.kind().equals("anchors")).toList();
        CDecoders decoders = new CDecoders();
        cases.forEach(golden -> add(golden, decoders));
        List<CDecoders.Answer> answers = decoders.run(program, directory);
        assertThat(answers).hasSameSizeAs(cases);
        List<DynamicTest> tests = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            GoldenCase golden = cases.get(i);
            CDecoders.Answer answer = answers.get(i);
            tests.add(DynamicTest.dynamicTest(golden.id(), () -> check(golden, answer)));
        }
        return tests.stream();
    }

    private static List<GoldenCase> cases(Path root) throws IOException {
        List<GoldenCase> cases = new ArrayList<>();
        for (String family : FAMILIES) {
            try (Stream<Path> files = Files.list(root.resolve(family))) {
                for (Path file : files.sorted().toList()) {
                    cases.add(GoldenCase.read(file));
                }
            }
        }
        assertThat(cases).isNotEmpty();
        return cases;
    }

    private static Path shared() {
        String set = System.getenv("STM32_DEPLOY_SHARED");
        Path folder = set != null
                ? Path.of(set)
                : Path.of(System.getProperty("user.dir")).resolve("../../shared");
        Path golden = folder.resolve("specs/golden");
        assumeTrue(Files.isDirectory(golden), () -> "no golden vectors at " + golden);
        return golden;
    }

    private static CDecoders.Answer inJava(GoldenCase golden) {
        List<Float> reals = new ArrayList<>();
        List<ScoreRule.StoredThreshold> thresholds = new ArrayList<>();
        Detections detections = new Detections(List.of(), 0, 0, false);
        switch (golden.kind()) {
            case "detect" -> detections = Decoder.decode(golden.outputs(), GoldenSpecs.spec(golden));
            case "nms" -> detections = suppressed(golden);
            case "dequant" -> {
                OutputTensor q = golden.outputs().get(0);
                for (int i = 0; i < q.data().elements(); i++) {
                    reals.add(q.real(i));
                }
            }
            case "threshold_int8" -> thresholds.add(thresholdRule(golden).stored(thresholdTensor(golden)));
            case "anchors" -> {}
            default -> throw new IllegalStateException("kind " + golden.kind());
        }
        return new CDecoders.Answer(detections, thresholds, reals, "ok");
    }

    private static void add(GoldenCase golden, CDecoders host) {
        switch (golden.kind()) {
            case "detect" -> host.add(golden.outputs(), GoldenSpecs.spec(golden));
            case "nms" ->
                host.addNms(
                        nmsTensors(golden),
                        landmarkCount(golden),
                        GoldenSpecs.nms(golden),
                        GoldenSpecs.capacity(golden));
            case "dequant" -> host.addReals(golden.outputs().get(0));
            case "threshold_int8" -> host.addRule(thresholdRule(golden), thresholdTensor(golden));
            default -> throw new IllegalStateException("kind " + golden.kind());
        }
    }

    private static void check(GoldenCase golden, CDecoders.Answer answer) {
        assertThat(answer.status()).isEqualTo("ok");
        JsonNode expected = golden.expected();
        switch (golden.kind()) {
            case "detect", "nms" -> {
                GoldenComparison.check(golden, answer.detections());
                assertThat(answer.detections().truncated())
                        .isEqualTo(expected.path("truncated").asBoolean(false));
                if (expected.has("detections_before_truncation")) {
                    assertThat(answer.detections().survivors())
                            .isEqualTo(expected.path("detections_before_truncation")
                                    .asInt());
                }
            }
            case "dequant" -> {
                assertThat(answer.reals()).hasSize(expected.path("real").size());
                for (int i = 0; i < answer.reals().size(); i++) {
                    GoldenComparison.close(
                            golden,
                            "value " + i,
                            answer.reals().get(i),
                            expected.path("real").get(i),
                            "abs");
                }
            }
            case "threshold_int8" -> {
                JsonNode code = expected.path("min_passing_code");
                int found = answer.thresholds().get(0).code();
                assertThat(found).isEqualTo(code.isNull() ? Integer.MAX_VALUE : code.asInt());
                int passing = code.isNull() ? 0 : Byte.MAX_VALUE + 1 - found;
                assertThat(passing).isEqualTo(expected.path("passing_codes").asInt());
            }
            case "anchors" -> GoldenComparison.checkAnchors(golden);
            default -> throw new IllegalStateException("kind " + golden.kind());
        }
    }

    private static ScoreRule thresholdRule(GoldenCase golden) {
        boolean sigmoid = golden.params().path("score_activation").asText().equals("sigmoid");
        return GoldenSpecs.rule(golden, sigmoid ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE);
    }

    private static OutputTensor thresholdTensor(GoldenCase golden) {
        return new OutputTensor(
                TensorData.ofBytes(ElementType.INT8, Shape.of(1), (byte) 0),
                golden.number("scale", 1),
                golden.params().path("zero_point").asInt());
    }

    private static int landmarkCount(GoldenCase golden) {
        OutputTensor points = golden.inputs().get("kps");
        return points == null ? 0 : (int) points.data().shape().size(1);
    }

    /** boxes, scores, classes and perhaps landmarks; one file holds boxes and scores in one tensor. */
    private static List<OutputTensor> nmsTensors(GoldenCase golden) {
        OutputTensor joined = golden.inputs().get("boxes_scores");
        if (joined == null) {
            return golden.outputs();
        }
        int count = joined.rows(5);
        float[] boxes = new float[4 * count];
        float[] scores = new float[count];
        for (int row = 0; row < count; row++) {
            for (int column = 0; column < 4; column++) {
                boxes[4 * row + column] = joined.real(5 * row + column);
            }
            scores[row] = joined.real(5 * row + 4);
        }
        Shape rows = Shape.of(count);
        return List.of(
                OutputTensor.ofFloats(Shape.of(count, 4), boxes),
                OutputTensor.ofFloats(rows, scores),
                new OutputTensor(TensorData.ofInts(rows, new int[count]), 1, 0));
    }

    private static Detections suppressed(GoldenCase golden) {
        List<OutputTensor> tensors = nmsTensors(golden);
        Capacity capacity = GoldenSpecs.capacity(golden);
        Candidates candidates = new Candidates(capacity.candidates());
        int values = 2 * landmarkCount(golden);
        for (int row = 0; row < tensors.get(1).data().elements(); row++) {
            float[] landmarks = new float[values];
            for (int i = 0; i < values; i++) {
                landmarks[i] = tensors.get(3).real(values * row + i);
            }
            OutputTensor boxes = tensors.get(0);
            float x1 = boxes.real(4 * row);
            float y1 = boxes.real(4 * row + 1);
            float x2 = boxes.real(4 * row + 2);
            float y2 = boxes.real(4 * row + 3);
            candidates.offer(new Candidate(
                    x1,
                    y1,
                    x2,
                    y2,
                    x2 - x1,
                    y2 - y1,
                    tensors.get(1).real(row),
                    (int) tensors.get(2).data().integerAt(row),
                    row,
                    landmarks));
        }
        return new Suppression(GoldenSpecs.nms(golden)).run(candidates, capacity.detections());
    }
}
