// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The Java twin against the shared vectors. */
class VectorsTest {
    private static final Map<String, String[]> CONVERSATION =
            Vectors.rows("conversation.txt").stream().collect(Collectors.toMap(row -> row[0], row -> row));

    @TestFactory
    List<DynamicTest> crc32() {
        return Vectors.rows("crc32.txt").stream()
                .map(row -> DynamicTest.dynamicTest(row[0], () -> {
                    byte[] bytes = Vectors.bytes(row[0]);
                    assertThat(Frames.crc32(bytes, 0, bytes.length)).isEqualTo(Long.parseLong(row[1], 16));
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> cobs() {
        return Vectors.rows("cobs.txt").stream()
                .map(row -> DynamicTest.dynamicTest(
                        row[0],
                        () -> assertThat(Cobs.encode(Vectors.bytes(row[0]))).isEqualTo(Vectors.bytes(row[1]))))
                .toList();
    }

    @TestFactory
    List<DynamicTest> violations() {
        return Vectors.rows("violations.txt").stream()
                .map(row -> DynamicTest.dynamicTest(row[0] + " " + row[1], () -> {
                    byte[] bytes = Vectors.bytes(row[1]);
                    List<FrameEvent> events = new FrameDecoder().accept(bytes, 0, bytes.length);
                    assertThat(events)
                            .singleElement()
                            .isInstanceOfSatisfying(
                                    FrameEvent.Broken.class,
                                    broken -> assertThat(broken.violation().wireName())
                                            .isEqualTo(row[0]));
                }))
                .toList();
    }

    /** Every good request and answer, decoded and encoded again, gives the bytes of the C twin. */
    @TestFactory
    List<DynamicTest> conversation() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String[] row : CONVERSATION.values()) {
            byte[] request = Vectors.bytes(row[1]);
            byte[] answer = Vectors.bytes(row[2]);
            boolean refused = answer[0] == (byte) 0x83 && !row[2].matches("83(18)?..00.*");
            if (!refused && !row[0].startsWith("extra")) {
                tests.add(DynamicTest.dynamicTest(row[0], () -> {
                    Sequenced<Request<?>> asked = MessageCodec.decodeRequest(request);
                    assertThat(MessageCodec.encode(asked.sequence(), asked.value()))
                            .isEqualTo(request);
                    Sequenced<Answer> answered = MessageCodec.decodeAnswer(answer, asked.value());
                    assertThat(answered.sequence()).isEqualTo(asked.sequence());
                    assertThat(answered.value()).isNotInstanceOf(Answer.Refusal.class);
                    assertThat(MessageCodec.encode(answered.sequence(), answered.value()))
                            .isEqualTo(answer);
                }));
            }
        }
        assertThat(tests).hasSizeGreaterThan(20);
        return tests;
    }

    private static Answer answer(String name, Request<?> request) throws MalformedMessageException {
        return MessageCodec.decodeAnswer(Vectors.bytes(CONVERSATION.get(name)[2]), request)
                .value();
    }

    @Test
    void helloMeansWhatTheReferenceDeviceIs() throws MalformedMessageException {
        assertThat(answer("hello", new Request.Hello()))
                .isEqualTo(new Answer.Hello(
                        1,
                        "vector-board",
                        true,
                        "f00d0001",
                        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                        "vector model",
                        "instructions",
                        new TickScale(125, 128),
                        32_000_000,
                        4096,
                        List.of(new Answer.Tensor("image", "int8", List.of(1L, 2L, 2L, 2L), 8, 0.0078125f, -1)),
                        List.of(
                                new Answer.Tensor("plain", "uint8", List.of(1L, 8L), 8, 0.5f, 128),
                                new Answer.Tensor("wide", "float32", List.of(1025L), 4100, 1f, 0)),
                        3,
                        false,
                        List.of(new Answer.Clock("cpu", 32_000_000), new Answer.Clock("npu", 1_000_000_000)),
                        1));
    }

    @Test
    void valuesArriveAsTheyWereSent() throws MalformedMessageException {
        assertThat(answer("run", new Request.Run())).isEqualTo(new Answer.RunTicks(0x123456789ABL, 1024));
        assertThat(answer("layer-times", new Request.LayerTimes(0, 10)))
                .isEqualTo(new Answer.LayerTicks(List.of(23L, 70023L, 140023L)));
        assertThat(answer("memory", new Request.Memory()))
                .isEqualTo(new Answer.Memory(12345, 65536, 5_000_000_000L, 4096, 1000));
        assertThat(answer("last-fault", new Request.LastFault()))
                .isEqualTo(new Answer.Fault("hard-fault", 0x1000, 0xFFFFFFF9L, 0x100, 0x3420_0010L, "npuRAM3"));
        assertThat(answer("start-checks", new Request.StartChecks(0, 100)))
                .isEqualTo(new Answer.StartChecks(
                        2,
                        List.of(
                                new Answer.StartCheck("clocks", 0, "", 0, 0, 0),
                                new Answer.StartCheck(
                                        "memory-npuRAM3",
                                        1,
                                        "two addresses share a cell",
                                        0x3420_0010L,
                                        0xFFFF_FFFFL,
                                        7))));
        assertThat(answer("sink-more", new Request.Sink(false, new byte[0])))
                .isEqualTo(new Answer.Swallowed(9, 0xCBF43926L));
        List<Answer.Point> landmarks = List.of(new Answer.Point(1, 2), new Answer.Point(3.5f, -0.25f));
        assertThat(answer("detections", new Request.Detections(0, 100)))
                .isEqualTo(new Answer.Detections(
                        2,
                        17,
                        true,
                        2,
                        List.of(
                                new Answer.Detection(0, 0.875f, 10, 20.5f, 30, 41, landmarks),
                                new Answer.Detection(1, 0.5f, 10, 20.5f, 30, 41, landmarks))));
        assertThat(answer("landmarks", new Request.Landmarks(1, 1, 100)))
                .isEqualTo(new Answer.Landmarks(landmarks.subList(1, 2)));
    }

    @Test
    void sourceBytesAreTheDevices() throws MalformedMessageException {
        Answer.Bytes bytes = (Answer.Bytes) answer("source", new Request.Source(10, 8));
        for (int i = 0; i < 8; i++) {
            assertThat(bytes.bytes()[i]).isEqualTo(Request.Source.byteAt(10 + i));
        }
    }

    @Test
    void refusalsCarryCodeAndText() throws MalformedMessageException {
        assertThat(answer("run-failed", new Request.Run()))
                .isEqualTo(Answer.Refusal.of(ErrorCode.RUN_FAILED, "the input begins with 0xEE"));
        assertThat(answer("run-before-input", new Request.Run()))
                .isInstanceOfSatisfying(
                        Answer.Refusal.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_READY));
    }

    @Test
    void unknownRequestsKeepTheirSequenceNumber() {
        assertThatThrownBy(() ->
                        MessageCodec.decodeRequest(Vectors.bytes(CONVERSATION.get("unknown")[1])))
                .isInstanceOfSatisfying(UnknownRequestException.class, e -> {
                    assertThat(e.sequence()).isEqualTo(0x21);
                    assertThat(e.number()).isEqualTo(0x63);
                });
    }
}
