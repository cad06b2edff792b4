// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The C of the program that runs decoder cases: the library's post-processing, and a main function that reads files. */
public final class CaseSources {
    private static final String C_ROOT = "io/github/stm32deploy/firmware/c/";
    private static final Map<String, String> ANCHORS =
            Map.of("include", "n6_status.h", "postprocess", "n6_decoder.h", "cases", "n6_postprocess_cases.c");

    private CaseSources() {}

    /**
     * Writes {@code include/}, {@code postprocess/} and {@code cases/} into a folder.
     *
     * @throws IOException where it cannot be written
     */
    public static void write(Path folder) throws IOException {
        for (Map.Entry<String, String> part : ANCHORS.entrySet()) {
            for (FirmwareFile file : ResourceFolder.files(C_ROOT + part.getKey() + "/" + part.getValue())) {
                Path target = folder.resolve(part.getKey()).resolve(file.path());
                Files.createDirectories(target.getParent());
                Files.write(target, file.content());
            }
        }
    }
}
