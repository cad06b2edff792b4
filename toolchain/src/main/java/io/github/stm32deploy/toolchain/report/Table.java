// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The content of table.json (schema {@code docs/reference/table.schema.json}): one row a model. table.md, table.csv and
 * table.html are views of it. All figures of a row are predicted.
 *
 * @param board id of the board that the rows are for
 * @param sdk release line of the vendor's tool whose rules were applied; absent for the cpu backend
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Table(String schema, Report.Tool tool, Report.Board board, String sdk, List<Row> rows) {
    /** Name and version of the schema that {@link #schema()} states. */
    public static final String SCHEMA = "stm32-deploy/table/1";

    /** Verdict of a model that is known by a recipe and whose file is not here. */
    public static final String NO_FILE = "no-file";

    /**
     * A model.
     *
     * @param file path below the folder that was named, or the path as named
     * @param verdict as in report.json, or {@link #NO_FILE}
     * @param graph the graph that the figures belong to, see {@link Prediction#graph()}
     * @param macc as the vendor counts them
     * @param flashBytes weights in the NPU's format
     * @param internalRamBytes as the vendor's report prints it
     * @param latencyMs best single figure, with the ends of its 80 % interval
     * @param input shapes of the inputs, {@code 1x3x128x128}
     * @param landmarks points a detection; absent where neither the outputs nor a recipe tell
     * @param diagnoses codes, gravest first, each once
     * @param notes the answer in a sentence
     * @param fix what to do, gravest first; "" where nothing has to be done
     * @param recipe id of the recipe that knows this file
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Row(
            String file,
            String format,
            String verdict,
            String graph,
            Long macc,
            Long flashBytes,
            Long internalRamBytes,
            Long externalRamBytes,
            Double latencyMs,
            Double latencyLowMs,
            Double latencyHighMs,
            String input,
            Integer landmarks,
            List<String> diagnoses,
            String notes,
            String fix,
            String recipe,
            Theirs user) {}

    /**
     * What the user wrote down of the same network, obtained with the vendor's cloud service.
     *
     * @param name name in the user's table
     * @param match what the file and that row have in common: {@code same file}, {@code same name}...
     * @param macc as written, absent where unknown; the other figures likewise
     * @param notes the vendor's error text or the user's own remark
     * @param diagnoses our codes for what the vendor's tool said of their file
     * @param cause why the vendor's tool said so
     * @param fix what to do about it
     * @param doubt why a figure cannot be right, or is hard to believe
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Theirs(
            String name,
            String match,
            Long macc,
            String flash,
            String ram,
            Double latencyMs,
            String input,
            String landmarks,
            String notes,
            List<String> diagnoses,
            String cause,
            String fix,
            String doubt) {}

    public static Table of(Report.Board board, String sdk, List<Row> rows) {
        return new Table(SCHEMA, Report.thisTool(), board, sdk, rows);
    }
}
