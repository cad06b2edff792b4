// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.deploy.boot.BootImage.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The packer against images that ST published: each is packed anew from its bytes after 0x400, and the result is the same
 * file but for the random bytes of the padding extension. The files are ST's and not part of this project; the folder
 * named by STM32_DEPLOY_ST_IMAGES holds the {@code .hex} files of the repositories STM32N6-GettingStarted-ObjectDetection
 * and -FaceDetection. No part of the test run, because nobody has these files by themselves: {@code mvn -pl toolchain -am test
 * -Dtest=PublishedImagesTrial -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class PublishedImagesTrial {
    private static final long FSBL_FLASH = 0x7000_0000L;
    private static final long APPLICATION_FLASH = 0x7010_0000L;

    @TestFactory
    List<DynamicTest> packing_anew_gives_the_same_bytes() throws IOException {
        String folder = System.getenv("STM32_DEPLOY_ST_IMAGES");
        Assumptions.assumeTrue(folder != null, "STM32_DEPLOY_ST_IMAGES names no folder with ST's images");
        try (var files = Files.list(Path.of(folder))) {
            List<DynamicTest> tests = files.filter(file -> file.toString().endsWith(".hex"))
                    .sorted()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)))
                    .toList();
            assertThat(tests).isNotEmpty();
            return tests;
        }
    }

    private static void check(Path file) throws Exception {
        int images = 0;
        for (IntelHexFile.Block block : IntelHexFile.read(Files.readString(file, StandardCharsets.US_ASCII))) {
            if (block.address() == FSBL_FLASH || block.address() == APPLICATION_FLASH) {
                images++;
                boolean fsbl = block.address() == FSBL_FLASH;
                byte[] theirs = block.content();
                Kind kind = fsbl ? Kind.FSBL : Kind.APPLICATION;
                assertThat(BootImage.parse(theirs, kind, fsbl ? 0x3418_0000L : 0x3400_0000L)
                                .flaws())
                        .isEmpty();

                byte[] ours = BootImage.pack(Arrays.copyOfRange(theirs, 0x400, theirs.length), kind);

                Arrays.fill(theirs, BootImage.EXTENSION_CONTENT, BootImage.HEADER_BYTES, (byte) 0);
                assertThat(ours).isEqualTo(theirs);
            }
        }
        assertThat(images).as("boot images in the file").isPositive();
    }
}
