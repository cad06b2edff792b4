// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.sanitize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.toolchain.benchmark.BenchmarkModels;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.read.SharedModels;
import io.github.stm32deploy.toolchain.usecase.MeasureApplication;
import io.github.stm32deploy.toolchain.usecase.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One generated project: on the emulated chip, and on this machine under sanitizers. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SanitizedModelsTest {
    @TempDir
    Path folder;

    @Test
    void theDemoModelRunsCleanAndGivesTheVirtualBoardsBytes() throws Exception {
        check(new BenchmarkModels(folder.resolve("none"), folder), BenchmarkModels.DEMO);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "blazeface/face_detection_front_128_integer_quant.tflite",
                "generic/kws_ref_model.tflite",
            })
    void realModelsRunCleanAndGiveTheVirtualBoardsBytes(String model) throws Exception {
        check(new BenchmarkModels(SharedModels.folder().getParent(), folder), model);
    }

    private void check(BenchmarkModels models, String model) throws Exception {
        ToolLocator tools = new ToolLocator();
        assumeTrue(tools.isPresent(ToolLocator.Kind.CMAKE), "cmake is not installed");
        assumeTrue(tools.isPresent(ToolLocator.Kind.HOST_GCC), "no C compiler is installed");
        assumeTrue(tools.isPresent(ToolLocator.Kind.NEWLIB), "arm-none-eabi-gcc is not installed");
        assumeTrue(tools.isPresent(ToolLocator.Kind.QEMU), "qemu-system-arm is not installed");
        models.build(model);
        MeasureApplication.Result emulated = new MeasureApplication(Progress.silent())
                .measure(new MeasureApplication.Request(
                        models.folder(model),
                        Optional.empty(),
                        Deadlines.standard(),
                        new MeasurementPlan(1, 1, 0),
                        Optional.empty()));

        Path program = SanitizedBoard.build(models.folder(model), folder.resolve("sanitized"));
        List<byte[]> outputs = SanitizedBoard.infer(program, emulated.inputs());

        assertThat(outputs).hasSameSizeAs(emulated.outputs());
        for (int index = 0; index < outputs.size(); index++) {
            assertThat(outputs.get(index)).isEqualTo(emulated.outputs().get(index));
        }
    }
}
