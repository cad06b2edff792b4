// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.stai.StaiException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.List;
import java.util.stream.Collectors;

/** Explains what went wrong between this computer and a validation firmware of ST. */
final class ValidationFailure {
    private ValidationFailure() {}

    static DiagnosedException explain(String port, List<Integer> bauds, StaiException failure) {
        if (failure.getCause() instanceof LinkException link) {
            return link.kind() == LinkException.Kind.GONE ? BoardFailure.vanished(link) : BoardFailure.noLink(link);
        }
        String rates = bauds.stream().map(String::valueOf).collect(Collectors.joining(", "));
        Diagnosis.Builder diagnosis = switch (failure.kind()) {
            case SILENT ->
                Diagnosis.error("RUN-ST-SILENT", Stage.RUN, "no validation firmware answers")
                        .rule("asked at " + rates + " baud")
                        .fix("load ST's validation firmware and reset the board; another rate with --baud");
            case NOT_THIS_FIRMWARE ->
                Diagnosis.error("RUN-ST-OTHER-FIRMWARE", Stage.RUN, "the board runs something else")
                        .rule("asked at " + rates + " baud")
                        .fix("for firmware of this program: measure DIR; else another rate with --baud");
            case OTHER_VERSION ->
                Diagnosis.error("RUN-ST-VERSION", Stage.RUN, "the firmware speaks another version of the protocol")
                        .fix("load the validation firmware of ST Edge AI Core 2.0 to 4.0");
            case OTHER_FIRMWARE ->
                Diagnosis.error("RUN-ST-CHANGED", Stage.RUN, "another firmware answers than before")
                        .fix("leave the board alone while it is measured, and start again");
            case HANGS ->
                Diagnosis.error("RUN-ST-HANGS", Stage.RUN, "the network does not finish")
                        .fix("reset the board; a longer wait with --timeout");
            case REFUSED ->
                Diagnosis.error("RUN-ST-REFUSED", Stage.RUN, "the firmware refuses")
                        .fix("reset the board; where it stays, load the validation firmware again");
            case WRONG_REQUEST ->
                Diagnosis.error("RUN-ST-NETWORK", Stage.RUN, "the firmware has no such network")
                        .fix("--network with one of its names");
            case CUT_SHORT, BAD_PACKET, MALFORMED, TOO_LONG, TOO_MANY_LOGS, NOT_THE_ANSWER, LINK ->
                Diagnosis.error("RUN-LINK-DAMAGED", Stage.RUN, "bytes are damaged on the way")
                        .fix("use a shorter cable or a lower speed");
        };
        return new DiagnosedException(
                failure.kind() == StaiException.Kind.WRONG_REQUEST ? Kind.USAGE : Kind.ENVIRONMENT,
                diagnosis
                        .where(port)
                        .observed(failure.getMessage())
                        .effect("nothing was measured")
                        .build());
    }
}
