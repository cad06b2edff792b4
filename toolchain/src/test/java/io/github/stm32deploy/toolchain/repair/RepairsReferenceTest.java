// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/reference/repairs.md lists the repairs; {@code -DupdateReference=true} writes it anew. */
class RepairsReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "repairs.md");

    @Test
    void the_reference_is_the_list_of_repairs() throws IOException {
        String generated = generate();
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(REFERENCE, generated);
        }
        assertThat(Files.readString(REFERENCE).replace("\r\n", "\n")).isEqualTo(generated);
    }

    private static String generate() {
        StringBuilder text = new StringBuilder("""
                # Repairs

                What `stm32-deploy repair` can do to a graph, in the order in which it is tried. Generated from the repairs;
                `-DupdateReference=true` on RepairsReferenceTest writes it anew. Each change is compared: the graph before and the graph
                after run on the same seeded inputs in ONNX Runtime, and what moves results beyond its tolerance is reverted and said so.
                How to use it: [repairing](../guide/repairing.md); what became of each model of the collection:
                [before and after](deployable.md).

                *On request*: only with `--only ID`. `--cut TENSOR,TENSOR` ends the graph at tensors that you name (`cut-at`, before
                all others).

                | id | what it does | answers |
                |---|---|---|
                """);
        for (Repair repair : Repairs.all()) {
            text.append("| `")
                    .append(repair.id())
                    .append(repair.onRequest() ? "` (on request) | " : "` | ")
                    .append(repair.effect().replace("|", "\\|"))
                    .append(" | ")
                    .append(repair.answers().stream()
                            .sorted()
                            .map(code -> "[" + code + "](diagnoses.md#" + code.toLowerCase(java.util.Locale.ROOT) + ")")
                            .collect(Collectors.joining(", ")))
                    .append(" |\n");
        }
        return text.toString();
    }
}
