// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What {@code diff} writes.
 *
 * @param first file of the reference
 * @param second file of the graph compared with it
 * @param answer the result in one sentence
 * @param quantized true where one of the graphs has codes
 * @param rule when a layer stands out
 * @param firstDivergent the first layer that does; absent where none does
 * @param unpaired tensors of the first graph without a counterpart
 * @param task what both find in the same images; absent where the inputs are no images, or nothing says what the outputs mean
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Difference(
        String schema,
        String first,
        String second,
        String answer,
        boolean quantized,
        String input,
        int samples,
        boolean synthetic,
        String rule,
        Tensor firstDivergent,
        List<Output> outputs,
        List<Tensor> tensors,
        int unpaired,
        TaskView task) {
    public static final String SCHEMA = "stm32-deploy/diff/1";

    /** With what both find in the same images. */
    public Difference withTask(TaskView found) {
        return new Difference(
                schema,
                first,
                second,
                answer,
                quantized,
                input,
                samples,
                synthetic,
                rule,
                firstDivergent,
                outputs,
                tensors,
                unpaired,
                found);
    }

    /**
     * @param sqnrDb absent where all values are equal
     * @param bias mean of value - reference
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Error(
            Double sqnrDb, double cosine, double bias, double meanAbsError, double maxAbsError, long notFinite) {}

    /**
     * @param name in the first graph
     * @param other in the second graph
     */
    public record Output(String name, String other, Error error) {}

    /**
     * @param byName false where the pair was made by operator, shape and place
     * @param sqnrDb absent where all values are equal
     * @param inputDb worst of the compared tensors that it is computed from; absent where all are equal
     * @param error absent where the channels of the tensor were multiplied by constants
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Tensor(
            String node,
            String operator,
            String tensor,
            String other,
            boolean byName,
            Double sqnrDb,
            Double inputDb,
            Error error) {}
}
