// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VendorPackageTest {
    private static final Board BOARD = Boards.byId("stm32n6570-dk");
    private static final Board.Vendor VENDOR = BOARD.vendor().orElseThrow();

    @TempDir
    Path home;

    @Test
    void theNewestPackageOfTheIdeIsTakenByNumberNotByLetter() throws IOException {
        StandInCube.write(home.resolve("STM32Cube/Repository/STM32Cube_FW_N6_V1.9.0"), BOARD);
        Path newest = StandInCube.write(home.resolve("STM32Cube/Repository/STM32Cube_FW_N6_V1.10.0"), BOARD);
        Files.createDirectories(home.resolve("STM32Cube/Repository/STM32Cube_FW_H7_V2.0.0"));

        VendorPackage found = VendorPackage.require(VENDOR, Optional.empty(), Map.of(), home);

        assertThat(found.folder()).isEqualTo(newest);
        assertThat(found.version()).contains("FW.N6.0.0.1");
    }

    @Test
    void theFolderAskedForGoesBeforeTheVariableAndTheVariableBeforeTheIde() throws IOException {
        StandInCube.write(home.resolve("STM32Cube/Repository/STM32Cube_FW_N6_V1.0.0"), BOARD);
        Path named = StandInCube.write(home.resolve("named"), BOARD);
        Path asked = StandInCube.write(home.resolve("asked"), BOARD);
        Map<String, String> environment = Map.of(VendorPackage.VARIABLE, named.toString());

        assertThat(VendorPackage.require(VENDOR, Optional.of(asked), environment, home)
                        .reason())
                .isEqualTo("--cube");
        assertThat(VendorPackage.require(VENDOR, Optional.empty(), environment, home)
                        .folder())
                .isEqualTo(named);
    }

    @Test
    void theVersionOfTheDriversIsReadFromTheirHeader() throws IOException {
        Path cube = StandInCube.write(home.resolve("cube"), BOARD);
        Files.writeString(
                cube.resolve("Drivers/STM32N6xx_HAL_Driver/Inc/stm32n6xx_hal.h"),
                "#define __STM32N6xx_HAL_VERSION_MAIN   (0x01UL)\n#define __STM32N6xx_HAL_VERSION_SUB1   (0x0AU)\n"
                        + "#define __STM32N6xx_HAL_VERSION_SUB2   (0x02U)\n");

        assertThat(VendorPackage.require(VENDOR, Optional.of(cube), Map.of(), home)
                        .version())
                .contains("FW.N6.0.0.1, HAL 1.10.2");
    }

    @Test
    void aComputerWithoutThePackageIsToldWhereItWasLookedFor() {
        DiagnosedException refused = catchThrowableOfType(
                DiagnosedException.class, () -> VendorPackage.require(VENDOR, Optional.empty(), Map.of(), home));

        assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
        assertThat(refused.diagnoses().get(0).code()).isEqualTo("TOOL-CUBE-MISSING");
        assertThat(refused.diagnoses().get(0).where()).contains("Repository");
    }

    @Test
    void aCloneWithoutItsSubmodulesIsToldWhichFileIsMissing() throws IOException {
        Path cube = StandInCube.write(home.resolve("cube"), BOARD);
        Files.delete(cube.resolve("Drivers/BSP/Components/aps256xx/aps256xx.c"));

        DiagnosedException refused = catchThrowableOfType(
                DiagnosedException.class, () -> VendorPackage.require(VENDOR, Optional.of(cube), Map.of(), home));

        assertThat(refused.diagnoses().get(0).code()).isEqualTo("TOOL-CUBE-INCOMPLETE");
        assertThat(refused.diagnoses().get(0).observed()).contains("Drivers/BSP/Components/aps256xx/aps256xx.c");
    }
}
