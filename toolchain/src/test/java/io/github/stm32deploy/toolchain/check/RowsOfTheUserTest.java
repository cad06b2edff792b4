// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.diagnose.Catalogue;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every row of the table of models tried by hand has our diagnosis, and the check says the same of the file itself. */
class RowsOfTheUserTest {
    private static final int ROWS = 35;

    private static Map<String, Recipe.UserFigures> rows() {
        return Recipes.bundled().stream()
                .flatMap(recipe -> recipe.user().stream())
                .filter(user -> !user.row().isEmpty())
                .collect(Collectors.toMap(Recipe.UserFigures::row, Function.identity()));
    }

    @Test
    void every_code_of_a_row_has_a_page() {
        assertThat(rows()).hasSize(ROWS);
        rows().values()
                .forEach(user -> assertThat(user.diagnoses())
                        .as(user.row())
                        .allMatch(code -> Explanations.page(code).isPresent()));
    }

    @Test
    void an_error_text_of_a_row_leads_to_its_diagnosis() {
        for (Recipe.UserFigures user : rows().values()) {
            boolean message = user.note().matches(".*(INTERNAL ERROR|NOT IMPLEMENTED|Build Error|Error for).*");
            if (message) {
                assertThat(user.diagnoses()).as(user.row()).isNotEmpty();
                assertThat(Catalogue.shipped().explaining(user.note()))
                        .as("pages that explain %s", user.note())
                        .anyMatch(page -> user.diagnoses().contains(page.code()));
            }
        }
    }

    /** The files of the rows themselves, and one that the same tool has quantized. */
    @ParameterizedTest
    @CsvSource({
        "version-RFB-320, ultraface/version-RFB-320.onnx",
        "/YuNet/model_float16_quant, yunet/model_float16_quant.tflite",
        "/YuNet/model_weight_quant, yunet/model_weight_quant.tflite",
        "face_detection_yunet_120x160, yunet/face_detection_yunet_120x160.onnx",
        "version-RFB-320-int8, generic/shufflenet-v2-12-int8.onnx",
        "dbface_keras_256x256_integer_quant_nhwc, dbface/dbface_keras_256x256_integer_quant_nhwc.tflite"
    })
    void the_check_says_it_of_the_file(String row, String file) {
        List<Diagnosis> found = findings(SharedModels.file(file));
        List<String> expected = rows().get(row).diagnoses();
        assertThat(found).extracting(Diagnosis::code).containsAll(expected);
        if (expected.isEmpty()) {
            assertThat(found).noneMatch(diagnosis -> diagnosis.severity().name().matches("ERROR|WRONG"));
        }
    }

    private static List<Diagnosis> findings(Path file) {
        ModelFile model = ModelFile.open(file);
        SdkVersion sdk = SdkVersion.newest();
        return ModelFindings.of(new Evidence(
                file,
                model.format(),
                model.graph(),
                NpuScheduler.schedule(model.graph(), sdk),
                Optional.empty(),
                sdk,
                Optional.empty()));
    }
}
