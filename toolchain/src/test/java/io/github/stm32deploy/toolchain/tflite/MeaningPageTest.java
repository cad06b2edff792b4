// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MeaningPageTest {
    @Test
    void thePageShowsWhatIsRecorded() throws IOException {
        Path page = Path.of(System.getProperty("user.dir")).resolve("../docs/reference/tflite-meaning.md");
        assertThat(page)
                .as("written by toolchain/benchmarks/tflite-meaning/run.sh")
                .content()
                .isEqualTo(MeaningPage.of(
                        MeaningPage.resource("interpreter-outputs.json"),
                        MeaningPage.resource("import-accuracy.json")));
        assertThat(Files.readString(page)).contains("| CONV_2D | INT8 |");
    }
}
