// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.stai.StaiException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which a validation firmware can fail has a diagnosis of its own, with what to do. */
class ValidationFailureTest {
    private static List<Arguments> kinds() {
        return List.of(
                Arguments.of(StaiException.Kind.SILENT, "RUN-ST-SILENT", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(
                        StaiException.Kind.NOT_THIS_FIRMWARE,
                        "RUN-ST-OTHER-FIRMWARE",
                        DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.OTHER_VERSION, "RUN-ST-VERSION", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.OTHER_FIRMWARE, "RUN-ST-CHANGED", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.HANGS, "RUN-ST-HANGS", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.REFUSED, "RUN-ST-REFUSED", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.WRONG_REQUEST, "RUN-ST-NETWORK", DiagnosedException.Kind.USAGE),
                Arguments.of(StaiException.Kind.CUT_SHORT, "RUN-LINK-DAMAGED", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.BAD_PACKET, "RUN-LINK-DAMAGED", DiagnosedException.Kind.ENVIRONMENT),
                Arguments.of(StaiException.Kind.MALFORMED, "RUN-LINK-DAMAGED", DiagnosedException.Kind.ENVIRONMENT));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aCodeForEachKind(StaiException.Kind kind, String code, DiagnosedException.Kind outcome) {
        DiagnosedException explained =
                ValidationFailure.explain("COM5", List.of(921_600), new StaiException(kind, "what was seen"));
        assertThat(explained.kind()).isEqualTo(outcome);
        assertThat(explained.diagnoses()).singleElement().satisfies(diagnosis -> {
            assertThat(diagnosis.code()).isEqualTo(code);
            assertThat(diagnosis.where()).isEqualTo("COM5");
            assertThat(diagnosis.observed()).isEqualTo("what was seen");
            assertThat(diagnosis.fix()).isNotBlank();
        });
    }

    @Test
    void aLooseCableIsNoVerdictOnTheModel() {
        DiagnosedException explained =
                BoardFailure.vanished(new LinkException(LinkException.Kind.GONE, "COM5", "the port has gone"));
        assertThat(explained.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
        assertThat(explained.diagnoses()).singleElement().satisfies(diagnosis -> {
            assertThat(diagnosis.code()).isEqualTo("RUN-PORT-VANISHED");
            assertThat(diagnosis.effect()).contains("says nothing about the model");
        });
    }
}
