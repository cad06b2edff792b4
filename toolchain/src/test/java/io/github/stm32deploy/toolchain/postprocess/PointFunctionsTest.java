// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static io.github.stm32deploy.toolchain.postprocess.PointFunctions.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.landmark.FaceAlignment;
import io.github.stm32deploy.toolchain.landmark.FaceCrop;
import io.github.stm32deploy.toolchain.landmark.FaceRegion;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.postprocess.PointFunctions.Call;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The functions around landmarks, head pose and faces: Java and C give the same, and what must hold of them. */
class PointFunctionsTest {
    private static final int CALLS = 200;
    private static final long SEED = 611;
    private static final float CLOSE = 2e-5f;

    @TempDir
    static Path directory;

    private static final Map<String, Function<Random, Call>> CALLS_BY_NAME = calls();

    private static Map<String, Function<Random, Call>> calls() {
        Map<String, Function<Random, Call>> calls = new TreeMap<>();
        calls.put(
                "map",
                r -> Call.of("map", numbers(r.nextInt(4), size(r), size(r), size(r), size(r)), points(r, 8, 300)));
        calls.put(
                "region-of-box",
                r -> Call.of(
                        "region-of-box",
                        numbers(
                                size(r),
                                size(r),
                                1.5f,
                                r.nextInt(2),
                                r.nextFloat(),
                                r.nextFloat(),
                                r.nextFloat(),
                                r.nextFloat(),
                                r.nextFloat(),
                                r.nextFloat(),
                                r.nextFloat(),
                                r.nextFloat())));
        calls.put(
                "region-of-points",
                r -> Call.of(
                        "region-of-points",
                        numbers(size(r), size(r), 1.5f, r.nextInt(2), 3, 8, r.nextInt(2)),
                        points(r, 30, 1)));
        calls.put("region-project", r -> Call.of("region-project", region(r), points(r, 12, 1)));
        calls.put("mesh", r -> Call.of("mesh", region(r), points(r, 12, 200)));
        calls.put("presence", r -> Call.of("presence", points(r, 9, 5)));
        calls.put("gather", r -> Call.of("gather", numbers(size(r), size(r)), points(r, 30, 1), numbers(9, 2, 4)));
        calls.put(
                "iris",
                r -> Call.of(
                        "iris",
                        numbers(size(r), size(r), 64, 64, 2.3f, 1, r.nextInt(2)),
                        points(r, 4, 1),
                        points(r, 213, 64),
                        points(r, 15, 64)));
        calls.put("mesh-refine", PointFunctionsTest::refine);
        calls.put("crop", r -> {
            int rule = r.nextInt(FaceCrop.Rule.values().length);
            float x = r.nextInt(500) - 50;
            float y = r.nextInt(400) - 50;
            return Call.of(
                    "crop",
                    numbers(rule, 640, 480, r.nextInt(2), x, y, x + 1 + r.nextInt(200), y + 1 + r.nextInt(200), 20),
                    points(r, 10, 1));
        });
        calls.put(
                "crop-letterboxed",
                r -> Call.of(
                        "crop-letterboxed",
                        numbers(112, 10, 20, 20 + r.nextInt(200), 30 + r.nextInt(200)),
                        points(r, 10, 1)));
        calls.put("heatmaps", r -> Call.of("heatmaps", grid(r, 5, 9, 7)));
        calls.put("pipnet", PointFunctionsTest::pipNet);
        calls.put(
                "bins",
                r -> Call.of("bins", numbers(-99, 3), OutputTensor.ofFloats(Shape.of(2, 66), values(r, 132, 30))));
        calls.put("rotation-6d", r -> Call.of("rotation-6d", points(r, 18, 2)));
        calls.put("rotation", r -> Call.of("rotation", points(r, 18, 1)));
        calls.put("stages", PointFunctionsTest::stages);
        calls.put("camera", r -> Call.of("camera", points(r, 24, 2)));
        calls.put("gate", r -> Call.of("gate", points(r, 9, 180), points(r, 9, 180)));
        calls.put("pose-input", r -> Call.of("pose-input", points(r, 30, 100)));
        calls.put("linear", r -> Call.of("linear", numbers(180, -90), quantized(r, Shape.of(5)), points(r, 3, 1)));
        calls.put("mean", r -> Call.of("mean", points(r, 3, 90), points(r, 3, 90), points(r, 3, 90)));
        calls.put("pnp", PointFunctionsTest::pnp);
        calls.put("similarity", r -> Call.of("similarity", points(r, 10, 200), points(r, 10, 112)));
        calls.put("cosine", r -> Call.of("cosine", points(r, 128, 1), points(r, 128, 1)));
        return calls;
    }

    private static float size(Random r) {
        return 32 + r.nextInt(1000);
    }

    private static float[] values(Random r, int count, float range) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (r.nextFloat() * 1.4f - 0.4f) * range;
        }
        return values;
    }

    private static OutputTensor points(Random r, int count, float range) {
        return numbers(values(r, count, range));
    }

    private static OutputTensor region(Random r) {
        return numbers(
                size(r),
                size(r),
                192,
                128 + r.nextInt(128),
                r.nextFloat(),
                r.nextFloat(),
                0.1f + r.nextFloat(),
                0.1f + r.nextFloat(),
                r.nextFloat() * 6 - 3);
    }

    private static OutputTensor quantized(Random r, Shape shape) {
        boolean signed = r.nextBoolean();
        float[] codes = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = r.nextInt(256) - (signed ? 128 : 0);
        }
        ElementType type = signed ? ElementType.INT8 : ElementType.UINT8;
        return new OutputTensor(GoldenCase.stored(type, shape, codes), 0.05f, r.nextInt(20));
    }

    /** Floats, int8 and uint8 alike. */
    private static OutputTensor grid(Random r, int channels, int height, int width) {
        Shape shape = Shape.of(1, channels, height, width);
        return r.nextInt(3) == 0
                ? OutputTensor.ofFloats(shape, values(r, channels * height * width, 1))
                : quantized(r, shape);
    }

    private static Call refine(Random r) {
        return Call.of(
                "mesh-refine",
                numbers(192, 192),
                points(r, 1404, 192),
                points(r, 6, 192),
                points(r, 4, 192),
                points(r, 4, 192),
                points(r, 10, 192),
                points(r, 10, 192),
                numbers(61, 146, 91),
                numbers(33, 7),
                numbers(263, 249),
                numbers(33, 7),
                numbers(263, 249));
    }

    private static Call pipNet(Random r) {
        PointMaps.Neighbours neighbours = PointMaps.Neighbours.of(values(r, 12, 1), 5);
        return Call.of(
                "pipnet",
                numbers(5, neighbours.maxLength()),
                numbers(neighbours.landmark()),
                numbers(neighbours.slots()),
                grid(r, 6, 4, 4),
                grid(r, 6, 4, 4),
                grid(r, 6, 4, 4),
                grid(r, 30, 4, 4),
                grid(r, 30, 4, 4));
    }

    private static Call stages(Random r) {
        List<OutputTensor> tensors = new ArrayList<>();
        for (int s = 0; s < 3; s++) {
            tensors.add(points(r, 18, 1));
            tensors.add(points(r, 6, 1));
            tensors.add(numbers(0.1f, 0.2f, 0.3f, 0.2f, 0.1f, 0.3f));
        }
        return new Call("stages", tensors);
    }

    /** A shape that is seen from about one metre, with noise. */
    private static Call pnp(Random r) {
        float[] model = values(r, 30, 100);
        float[] image = new float[20];
        for (int i = 0; i < 10; i++) {
            float z = 800 + model[3 * i + 2];
            image[2 * i] = 640 * model[3 * i] / z + 320 + r.nextFloat();
            image[2 * i + 1] = 640 * model[3 * i + 1] / z + 240 + r.nextFloat();
        }
        return Call.of("pnp", numbers(640, 320, 240, 0, 0, 0, 0, 0, 0, 0), numbers(model), numbers(image));
    }

    @Test
    void javaAndCGiveTheSameNumbers() throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        Random random = new Random(SEED);
        List<Call> calls = new ArrayList<>();
        CDecoders host = new CDecoders();
        for (Function<Random, Call> source : CALLS_BY_NAME.values()) {
            for (int i = 0; i < CALLS; i++) {
                calls.add(source.apply(random));
                host.addFunction(calls.get(calls.size() - 1));
            }
        }
        List<CDecoders.Answer> answers = host.run(CaseTarget.HOST, directory);
        assertThat(answers).hasSize(calls.size());
        for (int i = 0; i < answers.size(); i++) {
            String what = "call " + i + " of " + calls.get(i).function();
            List<Float> expected = PointFunctions.inJava(calls.get(i));
            List<Float> got = answers.get(i).reals();
            assertThat(answers.get(i).status()).as(what).isEqualTo("ok");
            assertThat(got).as(what).hasSameSizeAs(expected).isNotEmpty();
            for (int k = 0; k < got.size(); k++) {
                float wanted = expected.get(k);
                float allowed = CLOSE * Math.max(10, Math.abs(wanted));
                assertThat(Math.abs(got.get(k) - wanted) <= allowed || Float.compare(got.get(k), wanted) == 0)
                        .as("%s, number %d: C %s, Java %s", what, k, got.get(k), wanted)
                        .isTrue();
            }
        }
    }

    @Test
    void pointsOnALineOrInAPlaneDetermineNoPose() throws IOException, InterruptedException {
        float[] line = new float[24];
        float[] plane = new float[24];
        float[] image = new float[16];
        for (int i = 0; i < 8; i++) {
            line[3 * i] = i;
            line[3 * i + 1] = 2 * i;
            plane[3 * i] = i;
            plane[3 * i + 1] = i * i;
            image[2 * i] = 100 + 10 * i;
            image[2 * i + 1] = 100 + 20 * i;
        }
        CDecoders host = new CDecoders();
        List<Call> calls = new ArrayList<>();
        for (float[] model : List.of(line, plane, new float[24])) {
            calls.add(Call.of("pnp", numbers(640, 320, 240, 0, 0, 0, 0, 0, 0, 0), numbers(model), numbers(image)));
        }
        // With a guess a plane is enough, a line still is not.
        calls.add(Call.of("pnp", numbers(640, 320, 240, 1, 0, 0, 0, 0, 0, 50), numbers(line), numbers(image)));
        float[] unknown = image.clone();
        unknown[5] = Float.NaN;
        calls.add(Call.of("pnp", numbers(640, 320, 240, 1, 0, 0, 0, 0, 0, 50), numbers(plane), numbers(unknown)));
        calls.forEach(host::addFunction);

        for (Call call : calls) {
            assertThat(PointFunctions.inJava(call)).containsOnly(0f).hasSize(14);
        }
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        for (CDecoders.Answer answer : host.run(CaseTarget.HOST, directory)) {
            assertThat(answer.reals()).containsOnly(0f).hasSize(14);
        }
    }

    @Test
    void boundsOfAFaceBeyondTheLeftEdgeAreItsOwn() {
        float[] face = {-0.6f, 0.3f, -0.4f, 0.5f};
        assertThat(FaceRegion.bounds(face, 2, false))
                .containsExactly(new float[] {-0.6f, 0.3f, 0.2f, 0.2f}, within(1e-6f));
        assertThat(FaceRegion.bounds(face, 2, true))
                .containsExactly(new float[] {-0.6f, 0.3f, 0.6f, 0.2f}, within(1e-6f));
    }

    /** Upstream squeezes the points of a face at the border into the image; the full square puts them where they are. */
    @Test
    void pointsOfAFaceAtTheBorderLieInTheFullSquare() {
        FaceCrop crop = FaceCrop.of(FaceCrop.Rule.SQUARE_1_2, new float[] {-20, -10, 90, 120}, 640, 480);
        assertThat(crop).isEqualTo(new FaceCrop(-31, -11, 102, 122));
        assertThat(crop.toImage(0.20532227f, -0.04272461f))
                .containsExactly(new float[] {-3.6921387f, -16.682373f}, within(1e-4f));
    }

    @Test
    void alignmentUndoesARotationAndAScale() {
        float[] template = FaceAlignment.template112();
        FaceAlignment known = new FaceAlignment(1.5f, -0.8f, 40, 30);
        float[] face = new float[template.length];
        for (int i = 0; i < face.length; i += 2) {
            float[] moved = known.apply(template[i], template[i + 1]);
            face[i] = moved[0];
            face[i + 1] = moved[1];
        }
        FaceAlignment found = FaceAlignment.of(face, template);
        for (int i = 0; i < face.length; i += 2) {
            assertThat(found.apply(face[i], face[i + 1]))
                    .containsExactly(new float[] {template[i], template[i + 1]}, within(1e-3f));
        }
        assertThat(found.inverse().a()).isCloseTo(1.5f, within(1e-4f));
        assertThat(found.inverse().tx()).isCloseTo(40, within(1e-2f));
    }

    @Test
    void cosineIsThatOfTheAngle() {
        assertThat(FaceAlignment.cosine(new float[] {1, 0}, new float[] {1, 1})).isCloseTo(0.70710677f, within(1e-6f));
        assertThat(FaceAlignment.cosine(new float[] {2, 4}, new float[] {-1, -2}))
                .isEqualTo(-1);
        assertThat(FaceAlignment.cosine(new float[] {0, 0}, new float[] {1, 1})).isZero();
    }
}
