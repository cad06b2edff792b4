// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.toolchain.deploy.boot.FuseController;
import io.github.stm32deploy.toolchain.deploy.boot.ImageDigest;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks for code that programs one-time fuses in everything that would run on the board. */
public final class FuseScan {
    /** What a user names to let such code through. */
    public static final String CONSENT = "otp-fuses";

    private FuseScan() {}

    /**
     * @param sources folder of the firmware's C sources
     * @param program ELF file that was made of them and of the vendor's drivers
     */
    public static List<Diagnosis> ofFirmware(Path sources, Path program) throws IOException {
        List<Diagnosis> findings = new ArrayList<>();
        if (Files.isDirectory(sources)) {
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(FuseScan::isSource).sorted().toList()) {
                    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                    FuseController.calledIn(text)
                            .ifPresent(name -> findings.add(
                                    programs(sources.relativize(file).toString(), name)));
                }
            }
        }
        FuseController.namedIn(ElfFile.read(program).names())
                .ifPresent(name -> findings.add(programs(program.getFileName().toString(), name)));
        return findings;
    }

    /** @param name of the image, for the user */
    public static Optional<Diagnosis> ofImage(String name, byte[] content) {
        return switch (FuseController.accessOf(content, ImageDigest.sha256(content))) {
            case NONE, READS -> Optional.empty();
            case UNKNOWN ->
                Optional.of(found(name)
                        .observed(
                                "it holds the address of the fuse controller, and is none of the images that are known"
                                        + " to read only")
                        .build());
            case PROGRAMS ->
                Optional.of(found(name)
                        .observed("it stores to the register for data to be programmed")
                        .build());
        };
    }

    private static boolean isSource(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".c") || name.endsWith(".h");
    }

    private static Diagnosis programs(String where, String function) {
        return found(where).observed(function).build();
    }

    private static Diagnosis.Builder found(String where) {
        return Diagnosis.error("FLASH-FUSE-CODE", Stage.FLASH, "code that may program one-time fuses is in an image")
                .where(where)
                .rule("fuses cannot be reset; OTP word 124 tells the chip which supply its flash has")
                .effect("nothing was written")
                .fix("leave the code out, or say --consent " + CONSENT + " when you know the board and want it");
    }
}
