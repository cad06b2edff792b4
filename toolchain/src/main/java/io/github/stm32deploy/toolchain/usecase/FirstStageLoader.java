// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Boot;
import io.github.stm32deploy.toolchain.deploy.boot.IntelHexFile;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * ST's first-stage boot loader, which only the user can supply: a file named on the command line or by the environment. An
 * Intel HEX file may hold more (ST's examples come with application and weights in one file): what lies in the slot of the
 * boot loader is taken.
 */
final class FirstStageLoader {
    static final String VARIABLE = "STM32_DEPLOY_FSBL";

    private FirstStageLoader() {}

    /** @throws DiagnosedException of kind ENVIRONMENT where no file is named, of kind USAGE where it cannot be used */
    static FlashImages.Image read(Optional<Path> named, Boot boot) {
        return read(named, System.getenv(), boot);
    }

    static FlashImages.Image read(Optional<Path> named, Map<String, String> environment, Boot boot) {
        Path file = named.or(() -> Optional.ofNullable(environment.get(VARIABLE))
                        .filter(text -> !text.isBlank())
                        .map(Path::of))
                .orElseThrow(FirstStageLoader::missing);
        Boot.Slot slot = boot.slot(Boot.Role.FSBL);
        try {
            byte[] content = Files.readAllBytes(file);
            String name = file.getFileName().toString();
            if (content.length > 0 && content[0] == ':') {
                content = IntelHexFile.read(new String(content, StandardCharsets.ISO_8859_1)).stream()
                        .filter(block -> block.address() == slot.start())
                        .map(IntelHexFile.Block::content)
                        .findFirst()
                        .orElseThrow(() -> unusable(file, String.format("it has no bytes for 0x%08x", slot.start())));
            }
            if (content.length > slot.capacity()) {
                throw unusable(file, content.length + " bytes, the slot takes " + slot.capacity());
            }
            return new FlashImages.Image("fsbl", slot.start(), content, name);
        } catch (IOException absent) {
            throw unusable(file, Files.exists(file) ? "it cannot be read" : "there is no such file");
        } catch (IntelHexFile.Malformed malformed) {
            throw unusable(file, "it is no sound Intel HEX file: " + malformed.getMessage());
        }
    }

    private static DiagnosedException missing() {
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("FLASH-FSBL-MISSING", Stage.FLASH, "the first-stage boot loader is not named")
                        .where("--fsbl, " + VARIABLE)
                        .observed("neither is given")
                        .rule("the board starts ST's boot loader first, which copies the application to RAM; it is ST's"
                                + " file and does not come with stm32-deploy")
                        .effect("nothing was written")
                        .fix(
                                "take ai_fsbl.hex from ST's STM32N6-GettingStarted repositories and name it with --fsbl FILE;"
                                        + " or load the program into RAM: --mode ram")
                        .build());
    }

    private static DiagnosedException unusable(Path file, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("FLASH-FSBL-UNUSABLE", Stage.FLASH, "the first-stage boot loader cannot be used")
                        .where(file.toString())
                        .observed(observed)
                        .effect("nothing was written")
                        .fix("name ST's ai_fsbl.hex as it was published")
                        .build());
    }
}
