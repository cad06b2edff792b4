// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of suppression with every convention, in C as in Java, on boxes that touch, coincide, or have no area. */
class SuppressionAgreementTest {
    private static final int CASES = 3000;
    private static final int CLASSES = 3;

    @TempDir
    static Path directory;

    @Test
    void cAndJavaKeepTheSameBoxes() throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        Random random = new Random(20260218);
        CDecoders c = new CDecoders();
        List<Detections> expected = new ArrayList<>();
        Map<NmsSpec.Kind, Integer> suppressed = new EnumMap<>(NmsSpec.Kind.class);
        for (int i = 0; i < CASES; i++) {
            NmsSpec nms = suppression(random);
            int count = random.nextInt(40);
            Capacity capacity = new Capacity(1 + random.nextInt(50), 1 + random.nextInt(40));
            List<OutputTensor> tensors = boxes(random, count);
            c.addNms(tensors, 1, nms, capacity);
            Detections found = inJava(tensors, count, nms, capacity);
            expected.add(found);
            suppressed.merge(nms.kind(), found.candidates() - found.survivors(), Integer::sum);
        }

        List<CDecoders.Answer> answers = c.run(CaseTarget.HOST, directory);

        assertThat(answers).hasSize(CASES);
        for (int i = 0; i < CASES; i++) {
            Detections got = answers.get(i).detections();
            Detections want = expected.get(i);
            assertThat(got.survivors()).as("case " + i + ": survivors").isEqualTo(want.survivors());
            assertThat(got.items().stream().map(Detection::score).toList())
                    .as("case " + i + ": best first")
                    .isSortedAccordingTo(Comparator.reverseOrder());
            assertThat(got.truncated()).as("case " + i + ": truncated").isEqualTo(want.truncated());
            assertThat(got.items().stream().map(Detection::index))
                    .as("case " + i)
                    .containsExactlyElementsOf(
                            want.items().stream().map(Detection::index).toList());
            for (int k = 0; k < got.items().size(); k++) {
                assertThat(got.items().get(k).x1())
                        .as("case " + i)
                        .isCloseTo(want.items().get(k).x1(), Offset.offset(1e-4f));
                assertThat(got.items().get(k).score())
                        .as("case " + i)
                        .isCloseTo(want.items().get(k).score(), Offset.offset(1e-6f));
            }
        }
        // Each kind had something to do.
        assertThat(suppressed)
                .hasSize(NmsSpec.Kind.values().length)
                .allSatisfy((kind, boxes) -> assertThat(boxes).as(kind.name()).isGreaterThan(CASES / 4));
    }

    private static Detections inJava(List<OutputTensor> tensors, int count, NmsSpec nms, Capacity capacity) {
        Candidates candidates = new Candidates(capacity.candidates());
        for (int row = 0; row < count; row++) {
            float x1 = tensors.get(0).real(4 * row);
            float y1 = tensors.get(0).real(4 * row + 1);
            float x2 = tensors.get(0).real(4 * row + 2);
            float y2 = tensors.get(0).real(4 * row + 3);
            float[] point = {tensors.get(3).real(2 * row), tensors.get(3).real(2 * row + 1)};
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
                    point));
        }
        return new Suppression(nms).run(candidates, capacity.detections());
    }

    private static NmsSpec suppression(Random random) {
        NmsSpec.IouConvention convention =
                NmsSpec.IouConvention.values()[random.nextInt(NmsSpec.IouConvention.values().length)];
        // 0 as a threshold: boxes without a common area are suppressed where it is inclusive.
        float threshold = random.nextInt(6) == 0 ? 0 : 0.1f * (1 + random.nextInt(8));
        NmsSpec nms = switch (random.nextInt(4)) {
            case 0 -> NmsSpec.none();
            case 1 -> NmsSpec.weighted(threshold).withStopAtZeroArea(random.nextBoolean());
            case 2 -> NmsSpec.soft(convention, 0.5f, random.nextInt(3) == 0 ? -2 : 0.1f);
            default -> NmsSpec.hard(convention, threshold);
        };
        nms = nms.withInclusive(random.nextBoolean()).withPerClass(random.nextBoolean());
        nms = nms.withTopK(random.nextInt(3) == 0 ? 1 + random.nextInt(30) : 0);
        return nms.withKeep(random.nextInt(3) == 0 ? 1 + random.nextInt(10) : 0);
    }

    /** Corners on a coarse raster, so that edges touch and boxes coincide; scores with ties. */
    private static List<OutputTensor> boxes(Random random, int count) {
        float[] corners = new float[4 * count];
        float[] scores = new float[count];
        int[] classes = new int[count];
        float[] points = new float[2 * count];
        boolean logits = random.nextInt(3) == 0;
        for (int i = 0; i < count; i++) {
            float size = random.nextInt(6);
            corners[4 * i] = random.nextInt(20) - 4 + (random.nextBoolean() ? 0 : random.nextFloat());
            corners[4 * i + 1] = random.nextInt(8) - 2;
            corners[4 * i + 2] = corners[4 * i] + size;
            corners[4 * i + 3] = corners[4 * i + 1] + random.nextInt(6);
            scores[i] = (random.nextInt(64) - (logits ? 32 : 0)) / 64f;
            classes[i] = random.nextInt(CLASSES);
            points[2 * i] = corners[4 * i];
            points[2 * i + 1] = corners[4 * i + 1];
        }
        return List.of(
                OutputTensor.ofFloats(Shape.of(count, 4), corners),
                OutputTensor.ofFloats(Shape.of(count), scores),
                new OutputTensor(TensorData.ofInts(Shape.of(count), classes), 1, 0),
                OutputTensor.ofFloats(Shape.of(count, 1, 2), points));
    }
}
