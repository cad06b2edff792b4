// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A folder that looks like STM32CubeN6 and holds only sources of this project: enough to compile and link against. */
public final class StandInCube {
    private static final String HAL = "Drivers/STM32N6xx_HAL_Driver/";

    private StandInCube() {}

    /** Makes the folder for a board. */
    public static Path write(Path folder, Board board) throws IOException {
        Map<String, String> content = Map.of(
                HAL + "Inc/stm32n6xx_hal.h",
                resource("stm32n6xx_hal.h").replace("\r", ""),
                HAL + "Inc/board_xspi.h",
                resource("board_xspi.h"),
                "Drivers/BSP/STM32N6570-DK/stm32n6570_discovery_xspi.h",
                "#include \"board_xspi.h\"\n",
                "Drivers/BSP/STM32N6xx_Nucleo/stm32n6xx_nucleo_xspi.h",
                "#include \"board_xspi.h\"\n",
                HAL + "Src/stm32n6xx_hal.c",
                resource("stm32n6xx_hal.c"),
                "package.xml",
                "<Package Release=\"FW.N6.0.0.1\"/>\n");
        for (Map.Entry<String, String> file : content.entrySet()) {
            save(folder.resolve(file.getKey()), file.getValue());
        }
        for (String source : board.vendor().orElseThrow().sources()) {
            if (!content.containsKey(source)) {
                save(folder.resolve(source), "/* nothing */\n");
            }
        }
        return folder;
    }

    private static void save(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = StandInCube.class.getResourceAsStream("/cube/" + name)) {
            return new String(stream.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
