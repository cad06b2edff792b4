// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Runs golden vectors, in Java or in C, and holds what is found against what they expect. */
public final class GoldenRun {
    private static final Set<String> KINDS = Set.of("detect", "nms", "dequant", "threshold_int8", "anchors");
    private static final int CODES_ABOVE = Byte.MAX_VALUE + 1;

    private GoldenRun() {}

    /**
     * The outcome of one vector.
     *
     * @param passed all numbers lie within their tolerances, and everything else is as expected
     * @param worstDifference |got - want| of the number that takes the largest part of its tolerance
     * @param partOfTolerance that part; above 1 the vector fails
     * @param where that number
     * @param mismatch what else differs, as a sentence
     */
    public record Result(
            boolean passed, double worstDifference, double partOfTolerance, String where, Optional<String> mismatch) {}

    /** Why a vector cannot be run, as a sentence; empty where it can. */
    public static Optional<String> obstacle(GoldenCase golden) {
        if (GoldenFunctions.has(golden.kind())) {
            return Optional.empty();
        }
        if (!KINDS.contains(golden.kind())) {
            return Optional.of("vectors of kind \"" + golden.kind() + "\" have no counterpart in the library yet");
        }
        boolean ofDecoder = golden.kind().equals("detect") || golden.kind().equals("anchors");
        if (ofDecoder && !GoldenSpecs.has(golden.family(), golden.kind())) {
            return Optional.of("the family \"" + golden.family() + "\" has no decoder yet");
        }
        return Optional.empty();
    }

    /**
     * Runs one vector with the Java decoders.
     *
     * @throws IllegalArgumentException where the vector's parameters are not those of its family
     */
    public static Result inJava(GoldenCase golden) {
        if (GoldenFunctions.has(golden.kind())) {
            List<List<Float>> answers = GoldenFunctions.calls(golden).stream()
                    .map(PointFunctions::inJava)
                    .toList();
            return compared(golden, comparison -> GoldenFunctions.compare(golden, answers, comparison));
        }
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
            default -> {
                // Anchors are compared below.
            }
        }
        return compared(golden, new CDecoders.Answer(detections, thresholds, reals, "ok"));
    }

    /** Whether a vector tests something that the C has: tables of anchors are made in Java. */
    public static boolean hasC(GoldenCase golden) {
        return !golden.kind().equals("anchors");
    }

    /**
     * Runs vectors with the C decoders, all in one process.
     *
     * @param directory for the program and the cases
     * @return one result for each, in the same order
     * @throws IllegalArgumentException where a vector's parameters are not those of its family
     * @throws IOException where the program cannot be made or run
     * @throws InterruptedException where the calling thread was interrupted
     */
    public static List<Result> inC(List<GoldenCase> cases, CaseProgram program, Path directory)
            throws IOException, InterruptedException {
        CDecoders decoders = new CDecoders();
        int[] counts = cases.stream().mapToInt(golden -> add(golden, decoders)).toArray();
        List<CDecoders.Answer> answers = decoders.run(program, directory);
        if (answers.size() != IntStream.of(counts).sum()) {
            throw new IOException(
                    answers.size() + " answers to " + IntStream.of(counts).sum() + " cases");
        }
        List<Result> results = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            GoldenCase golden = cases.get(i);
            List<CDecoders.Answer> own = answers.subList(next, next + counts[i]);
            results.add(GoldenFunctions.has(golden.kind()) ? functions(golden, own) : compared(golden, own.get(0)));
            next += counts[i];
        }
        return results;
    }

    private static Result functions(GoldenCase golden, List<CDecoders.Answer> answers) {
        return compared(golden, comparison -> {
            Optional<String> failed = answers.stream()
                    .map(CDecoders.Answer::status)
                    .filter(status -> !status.equals("ok"))
                    .findFirst();
            comparison.require(failed.isEmpty(), "the function answers " + failed.orElse("ok"));
            if (failed.isEmpty()) {
                GoldenFunctions.compare(
                        golden, answers.stream().map(CDecoders.Answer::reals).toList(), comparison);
            }
        });
    }

    private static Result compared(GoldenCase golden, Consumer<GoldenComparison> comparing) {
        GoldenComparison comparison = new GoldenComparison(golden);
        comparing.accept(comparison);
        GoldenComparison.Outcome outcome = comparison.outcome();
        return new Result(outcome.passes(), outcome.difference(), outcome.part(), outcome.place(), outcome.mismatch());
    }

    /** @return how many cases of the C program it took */
    private static int add(GoldenCase golden, CDecoders decoders) {
        if (GoldenFunctions.has(golden.kind())) {
            List<PointFunctions.Call> calls = GoldenFunctions.calls(golden);
            calls.forEach(decoders::addFunction);
            return calls.size();
        }
        switch (golden.kind()) {
            case "detect" -> decoders.add(golden.outputs(), GoldenSpecs.spec(golden));
            case "nms" ->
                decoders.addNms(
                        nmsTensors(golden),
                        landmarkCount(golden),
                        GoldenSpecs.nms(golden),
                        GoldenSpecs.capacity(golden));
            case "dequant" -> decoders.addReals(golden.outputs().get(0));
            case "threshold_int8" -> decoders.addRule(thresholdRule(golden), thresholdTensor(golden));
            default -> throw new IllegalArgumentException("kind " + golden.kind());
        }
        return 1;
    }

    private static Result compared(GoldenCase golden, CDecoders.Answer answer) {
        GoldenComparison comparison = new GoldenComparison(golden);
        GoldenNode expected = golden.expected();
        comparison.require(answer.status().equals("ok"), "the decoder answers " + answer.status());
        switch (golden.kind()) {
            case "detect", "nms" -> comparison.detections(answer.detections());
            case "dequant" -> {
                GoldenNode wanted = expected.path("real");
                comparison.require(
                        answer.reals().size() == wanted.size(),
                        answer.reals().size() + " values, expected " + wanted.size());
                for (int i = 0; i < Math.min(wanted.size(), answer.reals().size()); i++) {
                    comparison.number("value " + i, answer.reals().get(i), wanted.get(i), "abs");
                }
            }
            case "threshold_int8" -> {
                GoldenNode code = expected.path("min_passing_code");
                int found = answer.thresholds().get(0).code();
                int wanted = code.isNull() ? Integer.MAX_VALUE : code.asInt();
                comparison.require(found == wanted, "smallest passing code " + found + ", expected " + wanted);
                int passing = found == Integer.MAX_VALUE ? 0 : CODES_ABOVE - found;
                comparison.require(
                        passing == expected.path("passing_codes").asInt(),
                        passing + " codes pass, expected " + expected.path("passing_codes"));
            }
            default -> comparison.anchors(GoldenSpecs.anchors(golden));
        }
        GoldenComparison.Outcome outcome = comparison.outcome();
        return new Result(outcome.passes(), outcome.difference(), outcome.part(), outcome.place(), outcome.mismatch());
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

    /** boxes, scores, classes and perhaps landmarks; boxes and scores may lie in one tensor. */
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
