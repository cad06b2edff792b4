// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.stedgeai.failure.FailureSignature.About;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureSignaturesTest {
    private static final FailureSignatures TABLE = FailureSignatures.shipped();

    private static List<String> codes(String output) {
        return TABLE.match("log.txt", output).stream()
                .map(match -> match.signature().code())
                .toList();
    }

    @Test
    void the_reason_comes_before_the_message_that_something_failed() {
        String log = """
                12:00:01 [INFO] CmdLine:76 -       Warning: Oauto did not find valid compile options: aborting
                12:00:01 [INFO] CmdLine:76 -       total bytes left unallocated=3211264
                12:00:01 [INFO] CmdLine:76 -    E103(CliRuntimeError): Error calling the Neural Art compiler - ['']
                """;
        assertThat(codes(log)).containsExactly("MEM-ACTIVATIONS-EXCEED", "VENDOR-COMPILER-FAILED");
    }

    @Test
    void a_match_quotes_the_line_and_says_where_it_stands_and_how_often() {
        FailureMatch match = TABLE.match(
                        "log.txt", "all is well\nWARNING: a is not quantized\nWARNING: b is not quantized\n")
                .get(0);
        assertThat(match.quoted()).isEqualTo("WARNING: a is not quantized");
        assertThat(match.place()).hasToString("log.txt:2");
        assertThat(match.count()).isEqualTo(2);
    }

    @Test
    void the_target_of_the_cpu_flow_is_not_that_of_the_npu_flow() {
        assertThat(codes(" target/series      :   stm32n6   ")).containsExactly("VENDOR-CPU-ONLY");
        assertThat(codes(" target/series      :   stm32n6npu   ")).isEmpty();
    }

    @Test
    void harmless_messages_come_last() {
        String log = "   >>> Shell execution has FAILED (returned code = 1)\nINTERNAL ERROR: Unknown dimensions: CH\n";
        assertThat(codes(log)).containsExactly("VENDOR-UNKNOWN-DIMENSION", "VENDOR-SIZE-STEP");
        assertThat(TABLE.of("VENDOR-SIZE-STEP").orElseThrow().about()).isEqualTo(About.HARMLESS);
    }

    @Test
    void a_message_about_the_board_is_none_about_the_model() {
        assertThat(TABLE.match("log.txt", "No SERIAL COM port detected (STM board is not connected!)"))
                .extracting(match -> match.signature().about())
                .containsExactly(About.BOARD);
    }

    @Test
    void repairs_are_named_where_one_helps() {
        assertThat(TABLE.in("INTERNAL ERROR: Your model ir_version 10 is higher than the checker's (9).")
                        .get(0)
                        .repairs())
                .containsExactly("opset-for-sdk");
    }
}
