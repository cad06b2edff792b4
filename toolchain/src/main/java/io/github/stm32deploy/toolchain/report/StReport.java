// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.util.List;

/**
 * What files of the vendor's tool say, and where they say it ({@code st-report --json}).
 *
 * @param files in the order of the command line; files of a folder by name
 * @param skipped files of a folder that are nothing of the tool, by name
 * @param comparisons with the prediction of a model, one for each file that it can be compared with; absent without model
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StReport(
        String schema,
        List<File> files,
        List<String> skipped,
        List<Comparison> comparisons,
        List<Report.Finding> diagnoses) {
    public static final String SCHEMA = "stm32-deploy/st-report/1";

    /**
     * One file.
     *
     * @param file as named on the command line, or below the folder that was
     * @param kind {@code text} (report or console log) or {@code c_info}
     */
    public record File(String file, String kind, List<Run> runs) {}

    /**
     * One run of the tool.
     *
     * @param command {@code generate}, {@code analyze}, {@code validate}; "" where the file does not say it
     * @param release of ST Edge AI Core, {@code 4.0.1-20581 7ed50de05}; "" where the file does not say it
     * @param flow {@code npu}, {@code cpu}, or {@code unknown} where the file does not show it
     * @param figures every number that was read, each with its place
     * @param epochsOnCpu operators of software and hybrid epochs, in order; "" where the file names none
     * @param errors messages that the tool calls errors, verbatim
     */
    public record Run(
            String command,
            String release,
            String compiler,
            String model,
            String modelHash,
            String flow,
            List<Figure> figures,
            List<String> epochsOnCpu,
            List<String> generatedFiles,
            List<String> errors) {}

    /**
     * A number.
     *
     * @param name {@code weightsBytes}, {@code pool.npuRAM3.usedBytes}
     * @param value in bytes, milliseconds, cycles or as a count; a rounded one is the middle of what was printed
     * @param printed verbatim, with its unit
     * @param exact false where digits are missing in print
     * @param where file, line and block, or JSON path
     */
    public record Figure(String name, BigDecimal value, String printed, boolean exact, String where) {}

    /**
     * Prediction against a file.
     *
     * @param sdk release line whose rules were applied
     * @param graph what of the model was predicted, {@code as the file is} or after which repairs
     * @param placement absent where the file does not name its epochs
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Comparison(
            String file, String model, String board, String sdk, String graph, List<Row> rows, Placement placement) {}

    /** @param difference predicted less obtained, as a share of the obtained; absent where that is 0 */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Row(String name, BigDecimal predicted, BigDecimal obtained, Double difference, String where) {}

    /**
     * Epochs that need the CPU, matched one by one.
     *
     * @param precision share of the predicted that the compiler made; absent where none was predicted
     * @param recall share of the compiler's that was predicted; absent where it has none
     * @param predictedOnly what of it differs, in words
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Placement(
            int matched,
            int predicted,
            int obtained,
            Double precision,
            Double recall,
            String predictedOnly,
            String obtainedOnly) {}
}
