// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.deploy.boot.ImageDigest;
import io.github.stm32deploy.toolchain.report.FlashState;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Images that an earlier run has read back from the board, kept in a file of the folder. */
final class VerifiedImages {
    private static final String FILE = "flash-state.json";

    private final Path file;
    private final List<FlashState.Verified> entries;

    private VerifiedImages(Path file, List<FlashState.Verified> entries) {
        this.file = file;
        this.entries = entries;
    }

    /** A file that is absent or damaged names nothing: everything is written then. */
    static VerifiedImages open(Path folder) {
        Path file = folder.resolve(FILE);
        List<FlashState.Verified> entries = new ArrayList<>();
        try {
            if (Files.isRegularFile(file)) {
                FlashState state = JsonFiles.read(file, FlashState.class);
                if (state != null && FlashState.SCHEMA.equals(state.schema())) {
                    entries.addAll(state.verified());
                }
            }
        } catch (IOException damaged) {
            entries.clear();
        }
        return new VerifiedImages(file, entries);
    }

    boolean names(FlashImages.Image image) {
        return entries.contains(entry(image));
    }

    void add(FlashImages.Image image) {
        entries.add(entry(image));
        save();
    }

    /** Before an address is written, what was verified there is no longer so. */
    void forget(FlashImages.Image image) {
        if (entries.removeIf(entry -> entry.address().equals(image.hexAddress()))) {
            save();
        }
    }

    private void save() {
        WholeFile.write(file, JsonFiles.toBytes(new FlashState(FlashState.SCHEMA, entries)));
    }

    private static FlashState.Verified entry(FlashImages.Image image) {
        return new FlashState.Verified(image.hexAddress(), ImageDigest.sha256(image.content()));
    }
}
