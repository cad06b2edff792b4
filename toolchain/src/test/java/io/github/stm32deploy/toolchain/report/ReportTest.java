// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final Path SCHEMA = Path.of("..", "docs", "reference", "report.schema.json");

    @Test
    void a_report_with_every_section_is_valid_against_the_published_schema() throws IOException {
        assertThat(violations(new String(JsonFiles.toBytes(SampleReport.complete()), StandardCharsets.UTF_8)))
                .isEmpty();
    }

    @Test
    void the_schema_refuses_a_report_whose_keys_are_not_in_the_contract() throws IOException {
        String json = new String(JsonFiles.toBytes(SampleReport.complete()), StandardCharsets.UTF_8);
        assertThat(violations(json.replace("\"peakBytes\"", "\"peak\""))).isNotEmpty();
        assertThat(violations(json.replace("\"unit\" : \"instructions\"", "\"unit\" : \"milliseconds\"")))
                .isNotEmpty();
    }

    @Test
    void sections_that_did_not_happen_are_absent() {
        Report all = SampleReport.complete();
        Report checked = Report.judged(all.model(), all.board(), all.verdict(), all.diagnoses());
        String json = new String(JsonFiles.toBytes(checked), StandardCharsets.UTF_8);
        assertThat(json)
                .doesNotContain(
                        "\"measurement\"", "\"build\"", "\"layers\"", "\"prediction\"", "\"answer\"", "\"repairs\"");
    }

    @Test
    void a_report_is_read_back_as_it_was_written(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("report.json");
        Files.write(file, JsonFiles.toBytes(SampleReport.complete()));
        assertThat(JsonFiles.read(file, Report.class)).isEqualTo(SampleReport.complete());
    }

    @Test
    void the_page_is_self_contained_and_escapes_the_names_of_the_user() throws IOException {
        byte[] png = {(byte) 0x89, 'P', 'N', 'G'};
        String page = new String(
                HtmlReport.render(SampleReport.complete(), List.of(new HtmlReport.Picture("a <b> & c", png))),
                StandardCharsets.UTF_8);
        Files.write(Path.of("target", "sample-report.html"), page.getBytes(StandardCharsets.UTF_8));
        assertThat(page)
                .contains("gesichter &amp; größen.onnx", "stage&lt;0&gt;", "a &lt;b&gt; &amp; c", "emulated")
                .doesNotContain("http://", "https://", "src=\"/", "stage<0>");
    }

    @Test
    void the_page_says_what_was_repaired_first_and_what_became_of_it() {
        String page = new String(HtmlReport.render(SampleReport.complete(), List.of()), StandardCharsets.UTF_8);
        assertThat(page)
                .contains("<h2>Repaired first</h2>")
                .contains("<td>uint8-to-int8</td><td>done</td>", "input &quot;input&quot; takes INT8 codes")
                .contains("<td>symmetric-weights</td><td>not done</td>", "not comparable: no fixed size");
        Report all = SampleReport.complete();
        assertThat(new String(HtmlReport.render(all.withRepairs(List.of()), List.of()), StandardCharsets.UTF_8))
                .doesNotContain("Repaired first");
    }

    private static Set<ValidationMessage> violations(String json) throws IOException {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(Files.readString(SCHEMA))
                .validate(json, InputFormat.JSON);
    }
}
