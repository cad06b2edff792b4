// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** explain answers a code, a message of the vendor's tools, and says what is near where there is neither. */
class ExplainCommandTest {
    @Test
    void a_code_prints_its_page() {
        String page = Cli.run("explain", "quant-weight-only").fine().text();
        assertThat(page)
                .startsWith("QUANT-WEIGHT-ONLY  Only the weights are quantized")
                .contains("  severity  slow")
                .contains("52.8 s")
                .contains("  fix       ");
        assertThat(page.lines()).allMatch(line -> line.length() <= 110);
    }

    @Test
    void a_rule_about_an_operator_has_a_page_as_well() {
        assertThat(Cli.run("explain", "OP-RESIZE-LINEAR").fine().text())
                .startsWith("OP-RESIZE-LINEAR  ")
                .contains("  fix       ")
                .contains("  source    ");
    }

    @Test
    void a_vendor_message_leads_to_its_page() {
        assertThat(Cli.run(
                                "explain",
                                "INTERNAL ERROR: arr must be of type np.generic or np.ndarray, got <class 'list'>")
                        .fine()
                        .text())
                .startsWith("ONNX-SLICE-ATTRIBUTES  ")
                .contains("  evidence  ");
    }

    @Test
    void an_unknown_code_names_its_neighbours() {
        Cli.Ran ran = Cli.run("explain", "QUANT-UNSIGND").refused(2, "USAGE-CODE-UNKNOWN");
        assertThat(ran.err()).contains("QUANT-UNSIGNED").contains("stm32-deploy explain --list");
        Cli.run("explain").ends(2);
    }

    @Test
    void the_list_has_one_line_a_code() {
        assertThat(Cli.run("explain", "--list").fine().text().lines())
                .hasSizeGreaterThan(140)
                .anyMatch(line -> line.startsWith("MEM-SPILL "));
    }
}
