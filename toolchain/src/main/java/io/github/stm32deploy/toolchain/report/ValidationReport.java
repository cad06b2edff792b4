// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What {@code measure --protocol st --json} writes (schema {@code docs/reference/st-measurement.schema.json}): a measurement
 * as report.json has it, and who made it.
 *
 * @param networks all that the firmware holds; {@code measured} names the one behind the figures
 */
public record ValidationReport(
        String schema,
        Report.Tool tool,
        Firmware firmware,
        Chip chip,
        List<Network> networks,
        String measured,
        Report.Measurement measurement) {
    /** Name and version of the schema that {@link #schema()} states. */
    public static final String SCHEMA = "stm32-deploy/st-measurement/1";

    /** In {@link Firmware#name()}: the figures are not those of our application. */
    public static final String MEASURED_BY = "ST validation firmware";

    /**
     * @param protocol version of its protocol
     * @param baud bits a second at which it answered
     * @param observes it can report the parts of a run
     * @param repeatedRuns runs that were repeated because bytes were lost on the line
     * @param interruptions how often the port went and came back
     */
    public record Firmware(
            String name, String protocol, int baud, boolean observes, int repeatedRuns, int interruptions) {}

    /**
     * @param device number of the device family; 0x486 is STM32N6
     * @param npuHertz absent where it is not stated
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Chip(String device, long coreHertz, long busHertz, Long npuHertz) {}

    /**
     * @param macc absent, as the sizes, where the firmware does not know it
     * @param installMillis and {@code startMillis} absent before protocol 3.2
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Network(
            String name,
            String signature,
            String compiled,
            String runtime,
            String runtimeVersion,
            String toolVersion,
            Long macc,
            long parts,
            List<Tensor> inputs,
            List<Tensor> outputs,
            Long activationsBytes,
            Long weightsBytes,
            Double installMillis,
            Double startMillis) {}

    public record Tensor(String name, String type, List<Long> shape, float scale, int zeroPoint) {}
}
