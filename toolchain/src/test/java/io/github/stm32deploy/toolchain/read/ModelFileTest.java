// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
    @TempDir
    Path folder;

    @Test
    void aMissingFileIsAWrongCommand() {
        DiagnosedException refused = refusal(folder.resolve("absent.onnx"));
        assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
        assertThat(refused.diagnoses().get(0).code()).isEqualTo("READ-FILE-MISSING");
    }

    @Test
    void aFolderIsAWrongCommand() {
        DiagnosedException refused = refusal(folder);
        assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
        assertThat(refused.diagnoses().get(0).code()).isEqualTo("READ-IS-DIRECTORY");
    }

    @Test
    void anEmptyFileIsAFinding() throws IOException {
        assertFinding(new byte[0], "READ-FILE-EMPTY", "empty");
    }

    @Test
    void aWebPageNamedOnnxIsCalledAWebPageAndTheRawDownloadIsExplained() throws IOException {
        Diagnosis found = assertFinding(
                "\n\n<!DOCTYPE html>\n<html><head></head></html>".getBytes(StandardCharsets.UTF_8),
                "READ-NOT-A-MODEL",
                "web page");
        assertThat(found.fix()).contains("raw.githubusercontent.com");
    }

    @Test
    void aGitLfsPointerIsNamed() throws IOException {
        byte[] pointer =
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n".getBytes(StandardCharsets.UTF_8);
        assertThat(assertFinding(pointer, "READ-NOT-A-MODEL", "Git LFS").fix()).contains("git lfs pull");
    }

    @Test
    void anArchiveAndATextFileAreNamed() throws IOException {
        assertFinding(new byte[] {'P', 'K', 3, 4, 20, 0}, "READ-NOT-A-MODEL", "ZIP");
        assertFinding("{\"layers\": []}".getBytes(StandardCharsets.UTF_8), "READ-NOT-A-MODEL", "text file");
    }

    @Test
    void thePathIsShownAsTyped() {
        Path typed = Path.of("some", "..", "absent.onnx");
        assertThat(refusal(typed).diagnoses().get(0).where()).isEqualTo(typed.toString());
    }

    @TestFactory
    Stream<DynamicTest> everyRealFileGivesAGraphOrADiagnosis() {
        Path models = SharedModels.folder();
        return SharedModels.all(".onnx", ".tflite").stream()
                .map(file -> DynamicTest.dynamicTest(models.relativize(file).toString(), () -> {
                    try {
                        ModelFile model = ModelFile.open(file);
                        assertThat(model.graph().nodes()).isNotEmpty();
                        assertThat(model.graph().outputs()).isNotEmpty();
                        assertThat(file.toString()).endsWith(model.format()).doesNotContain("notmodel");
                    } catch (DiagnosedException diagnosed) {
                        assertThat(diagnosed.diagnoses()).isNotEmpty();
                        assertThat(diagnosed.diagnoses().get(0).code()).isEqualTo("READ-NOT-A-MODEL");
                        assertThat(file.toString()).contains("notmodel");
                    }
                }));
    }

    private Diagnosis assertFinding(byte[] content, String code, String happened) throws IOException {
        Path file = folder.resolve("model.onnx");
        Files.write(file, content);
        DiagnosedException refused = refusal(file);
        assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.FINDING);
        Diagnosis first = refused.diagnoses().get(0);
        assertThat(first.code()).isEqualTo(code);
        assertThat(first.happened()).contains(happened);
        assertThat(first.where()).isEqualTo(file.toString());
        return first;
    }

    private static DiagnosedException refusal(Path file) {
        DiagnosedException refused = catchThrowableOfType(DiagnosedException.class, () -> ModelFile.open(file));
        assertThat(refused).as("refusal of %s", file).isNotNull();
        return refused;
    }
}
