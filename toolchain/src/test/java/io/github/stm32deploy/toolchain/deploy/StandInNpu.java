// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.firmware.NpuNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** This project's stand-in for ST's NPU runtime, and a network for it as ST's compiler would leave it in a folder. */
public final class StandInNpu {
    private static final Path TESTS = Path.of(System.getProperty("user.dir"))
            .resolveSibling("firmware-templates")
            .resolve("src/test/c/npu");

    /** Bytes of the constants of the network. */
    public static final int CONSTANTS = 16;

    private StandInNpu() {}

    /** Like {@code Middlewares/ST/AI} of an installation. */
    public static Path runtime() {
        return TESTS.resolve("runtime");
    }

    /**
     * Writes {@code network.c} and its constants, with {@code stai_network.*} where that interface is asked for.
     *
     * @param flash where the constants lie
     */
    public static Path network(Path folder, Board board, NpuNetwork.Api api, long flash) throws IOException {
        Files.createDirectories(folder);
        boolean stai = api == NpuNetwork.Api.STAI;
        String name = stai ? "network" : "Default";
        long activations = board.region("ACTIVATIONS").start() + 0x100000;
        String source = Files.readString(TESTS.resolve("network/network.c"))
                .replaceAll("STANDIN_NAME\\((\\w+)\\)", "$1" + name)
                .replace("{STANDIN_ACTIVATIONS}", address(activations))
                .replace("{STANDIN_WEIGHTS}", address(flash));
        Files.writeString(
                folder.resolve("network.c"),
                "/* GIT_BRANCH \"STAI-" + (stai ? "4.0" : "2.1") + "\" */\n"
                        + "#if LL_ATON_VERSION_MAJOR != 0 || LL_ATON_VERSION_MINOR != 0 || LL_ATON_VERSION_MICRO != 0"
                        + " || LL_ATON_VERSION_DEV != 1\n#endif\n"
                        + "#define STANDIN_ACTIVATIONS ((unsigned char *)" + activations + ")\n"
                        + "#define STANDIN_WEIGHTS ((unsigned char *)" + flash + ")\n"
                        + source);
        if (stai) {
            for (String file : new String[] {"stai_network.c", "stai_network.h"}) {
                Files.copy(TESTS.resolve("network").resolve(file), folder.resolve(file));
            }
        }
        Files.write(folder.resolve("network_atonbuf.xSPI2.raw"), new byte[CONSTANTS]);
        Files.write(folder.resolve("network_atonbuf.AXISRAM5.raw"), new byte[0]);
        return folder;
    }

    private static String address(long address) {
        return String.format(Locale.ROOT, "{(unsigned char *)(0x%08xUL) /* as ST's compiler writes it */}", address);
    }
}
