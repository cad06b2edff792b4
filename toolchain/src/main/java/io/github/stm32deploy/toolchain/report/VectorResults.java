// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Results of golden vectors, schema {@code stm32-deploy/vectors/1}.
 *
 * @param on java, host (C with sanitizers) or qemu (C on an emulated Cortex-M55)
 * @param passed number of files; the others likewise
 */
public record VectorResults(String schema, String on, int passed, int failed, int notRun, List<File> files) {
    public static final String SCHEMA = "stm32-deploy/vectors/1";

    /** What became of a file. */
    public enum Status {
        PASSED,
        FAILED,
        /** It was not run, and counts as no pass. */
        NOT_RUN
    }

    /**
     * One file.
     *
     * @param status a file that was not run is no pass
     * @param worstDifference |got - want| of the number that takes the largest part of its tolerance; absent where nothing
     *     was compared
     * @param partOfTolerance that part; above 1 the file fails. Absent where the difference has no finite part
     * @param where that number
     * @param reason what else differs, or why the file was not run
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record File(
            String file,
            String id,
            String family,
            String kind,
            Status status,
            Double worstDifference,
            Double partOfTolerance,
            String where,
            String reason) {}

    public static VectorResults of(String on, List<File> files) {
        return new VectorResults(
                SCHEMA,
                on,
                count(files, Status.PASSED),
                count(files, Status.FAILED),
                count(files, Status.NOT_RUN),
                List.copyOf(files));
    }

    private static int count(List<File> files, Status status) {
        return (int) files.stream().filter(file -> file.status() == status).count();
    }
}
