// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.Table;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableRowsTest {
    private static Report.Finding finding(String severity, String command, String text) {
        return new Report.Finding(
                "CODE-ONE", severity, "check", "", "it happened", "", "", "", new Report.Fix(command, false, text), "");
    }

    @Test
    void the_fix_of_a_row_is_what_to_do_about_its_gravest_findings() {
        assertThat(TableRows.fix(List.of(
                        finding("error", "stm32-deploy quantize m", "with images"),
                        finding("wrong", null, "export again"),
                        finding("note", null, "only a note"))))
                .isEqualTo("stm32-deploy quantize m");
        assertThat(TableRows.fix(List.of(
                        finding("wrong", null, "export again"),
                        finding("slow", null, "another thing"),
                        finding("slow", null, "a third thing"))))
                .isEqualTo("export again; another thing");
        assertThat(TableRows.fix(List.of(finding("note", null, "only a note")))).isEmpty();
    }

    @Test
    void a_fault_of_the_program_is_a_row_that_says_so_and_no_verdict_on_the_model() {
        Table.Row row = TableRows.failed("a.onnx", new IllegalStateException("x"));
        assertThat(row.diagnoses()).containsExactly("CHECK-INTERNAL");
        assertThat(row.notes()).contains("fault of its own", "IllegalStateException");
        assertThat(TableRows.failed("a.onnx", new OutOfMemoryError()).diagnoses())
                .containsExactly("OUT-OF-MEMORY");
    }

    @Test
    void a_network_of_the_user_s_table_without_a_file_keeps_their_text_and_gets_our_cause_and_fix() {
        Recipe recipe = Recipes.byId("centerface-nx3xhxw").orElseThrow();
        Table.Theirs user = KnownModel.theirs(recipe, "no file").orElseThrow();
        assertThat(user.name()).isEqualTo("centerface_Nx3xHxW");
        assertThat(user.macc()).isEqualTo(2_377_640L);
        assertThat(user.doubt()).contains("macc cannot be right");
        Table.Row row = TableRows.withoutFile(recipe, List.of("centerface/a.tflite"));
        assertThat(row.verdict()).isEqualTo("no-file");
        assertThat(row.notes()).contains("Related: centerface/a.tflite");
        assertThat(row.user()).isEqualTo(user);
    }
}
