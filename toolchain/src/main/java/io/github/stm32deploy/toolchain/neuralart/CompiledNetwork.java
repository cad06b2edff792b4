// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.report.CInfo;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.stedgeai.run.GeneratedNetwork;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.util.List;

/**
 * A network that the vendor's compiler made and that passed every gate.
 *
 * @param network its files, in the folder that the caller named
 * @param run what the tool printed
 * @param description what its c_info file says
 * @param choice the installation that made it
 * @param diagnoses what is remarkable; no error among them
 */
public record CompiledNetwork(
        GeneratedNetwork network,
        ToolRun run,
        CInfo description,
        InstallationChoice choice,
        List<Diagnosis> diagnoses) {
    public CompiledNetwork {
        diagnoses = List.copyOf(diagnoses);
    }
}
