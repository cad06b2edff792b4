// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.firmware.render.TemplateRenderer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The C on the target and the Java reference find the same in the same outputs. */
class DecoderAgreementTest {
    /** {@code -Dagreement.frames=10000} takes more of them. */
    private static final int FRAMES = Integer.getInteger("agreement.frames", 1000);

    private static final int BOARD_FRAMES = 100;
    private static final long SEED = 20260117;
    /** The two exponentials differ by one unit in the last place, and boxes are sums of such numbers. */
    private static final float RELATIVE = 4e-6f;

    private static final float ABSOLUTE = 1e-4f;

    @TempDir
    static Path directory;

    static Stream<Arguments> families() {
        return Stream.of(
                family("BlazeFace", RandomFrames::blazeFace),
                family("CenterFace", RandomFrames::centerFace),
                family("CenterNet", HeatmapFrames::centerNet),
                family("DBFace", HeatmapFrames::dbFace),
                family("SCRFD", GridFrames::scrfd),
                family("detection output", SsdFrames::detectionOutput),
                family("SSD, faces", SsdFrames::faces),
                family("SSD, classes", SsdFrames::classes),
                family("YOLO heads", GridFrames::yolo),
                family("YOLO rows", GridFrames::yoloRows),
                family("YOLOv8 heads", GridFrames::yoloV8),
                family("YOLOv8 decoded", GridFrames::yoloV8Decoded),
                family("YuNet v1", RandomFrames::yuNetV1),
                family("YuNet v2", RandomFrames::yuNetV2),
                family("classifier", RandomFrames::classifier));
    }

    private static Arguments family(String name, Function<RandomFrames, RandomFrames.Frame> frames) {
        return Arguments.of(name, frames);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void findTheSameInRandomOutputs(String name, Function<RandomFrames, RandomFrames.Frame> source)
            throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        RandomFrames random = new RandomFrames(SEED);
        List<RandomFrames.Frame> frames = new ArrayList<>();
        CDecoders host = new CDecoders();
        for (int i = 0; i < FRAMES; i++) {
            RandomFrames.Frame frame = source.apply(random);
            frames.add(frame);
            // Every other frame as a view whose axes lie the other way round in memory.
            host.add(frame.outputs(), frame.spec(), i % 2 == 1);
        }
        List<CDecoders.Answer> answers = host.run(CaseTarget.HOST, directory);
        assertThat(answers).hasSize(FRAMES);
        int found = 0;
        int truncated = 0;
        for (int i = 0; i < FRAMES; i++) {
            RandomFrames.Frame frame = frames.get(i);
            Detections expected = Decoder.decode(frame.outputs(), frame.spec());
            assertSame("frame " + i, answers.get(i), expected);
            found += expected.items().size();
            truncated += expected.truncated() ? 1 : 0;
        }
        // The frames are worth nothing if they are empty.
        assertThat(found).isGreaterThan(FRAMES);
        if (!name.equals("classifier")) {
            assertThat(truncated).isBetween(FRAMES / 20, FRAMES - FRAMES / 20);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void hostAndVirtualBoardGiveTheSameBits(String name, Function<RandomFrames, RandomFrames.Frame> source)
            throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        assumeTrue(CaseTarget.BOARD.isPresent(), CaseTarget.BOARD::absence);
        RandomFrames random = new RandomFrames(SEED + 2);
        CDecoders decoders = new CDecoders();
        for (int i = 0; i < BOARD_FRAMES; i++) {
            RandomFrames.Frame frame = source.apply(random);
            decoders.add(frame.outputs(), frame.spec());
        }

        List<CDecoders.Answer> onHost = decoders.run(CaseTarget.HOST, directory);

        assertThat(decoders.run(CaseTarget.BOARD, directory))
                .hasSize(BOARD_FRAMES)
                .isEqualTo(onHost);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void generatedDecoderFindsTheSame(String name, Function<RandomFrames, RandomFrames.Frame> source)
            throws IOException, InterruptedException {
        assumeTrue(CaseTarget.HOST.isPresent(), CaseTarget.HOST::absence);
        RandomFrames.Frame frame = source.apply(new RandomFrames(SEED + 1));
        DecoderTable table = DecoderTable.of(frame.spec(), CDecoders.modelOutputs(frame.outputs()));
        Map<String, Object> values = table.values("stm32-deploy test, " + name);
        String text = new TemplateRenderer()
                .render(TemplateRenderer.FIRMWARE_TEMPLATES + DecoderTable.SOURCE_TEMPLATE, values);
        String header = new TemplateRenderer()
                .render(TemplateRenderer.FIRMWARE_TEMPLATES + DecoderTable.HEADER_TEMPLATE, values);
        assertThat(text).contains("stm32-deploy test, " + name + "; generated, do not edit");
        CDecoders host = new CDecoders();
        host.addGenerated(frame.outputs(), frame.spec());
        Detections expected = Decoder.decode(frame.outputs(), frame.spec());
        assertThat(expected.items()).isNotEmpty();
        assertSame(name, host.run(CaseTarget.HOST, directory, text, header).get(0), expected);
    }

    private static void assertSame(String what, CDecoders.Answer answer, Detections expected) {
        assertThat(answer.status()).as(what).isEqualTo("ok");
        Detections got = answer.detections();
        assertThat(got.candidates()).as(what + ": candidates").isEqualTo(expected.candidates());
        assertThat(got.survivors()).as(what + ": survivors").isEqualTo(expected.survivors());
        assertThat(got.truncated()).as(what + ": truncated").isEqualTo(expected.truncated());
        assertThat(got.items()).as(what + ": items").hasSameSizeAs(expected.items());
        for (int i = 0; i < got.items().size(); i++) {
            Detection a = got.items().get(i);
            Detection b = expected.items().get(i);
            boolean same = a.index() == b.index()
                    && a.classIndex() == b.classIndex()
                    && near(a.score(), b.score())
                    && near(a.x1(), b.x1())
                    && near(a.y1(), b.y1())
                    && near(a.x2(), b.x2())
                    && near(a.y2(), b.y2())
                    && a.landmarks().size() == b.landmarks().size();
            for (int k = 0; same && k < a.landmarks().size(); k++) {
                same = near(a.landmarks().get(k).x(), b.landmarks().get(k).x())
                        && near(a.landmarks().get(k).y(), b.landmarks().get(k).y());
            }
            assertThat(same)
                    .as(what + ": item " + i + "\nC    " + a + "\nJava " + b)
                    .isTrue();
        }
    }

    private static boolean near(float a, float b) {
        return Float.compare(a, b) == 0 || Math.abs(a - b) <= ABSOLUTE + RELATIVE * Math.abs(b);
    }
}
