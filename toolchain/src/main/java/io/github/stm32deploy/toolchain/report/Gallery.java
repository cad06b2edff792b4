// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The content of gallery.json: what each of several models found in the same images on a board.
 *
 * @param emulated the board is emulated
 */
public record Gallery(String schema, String board, boolean emulated, List<Entry> entries) {
    /** Name and version of this file's layout. */
    public static final String SCHEMA = "stm32-deploy/gallery/1";

    public Gallery {
        entries = List.copyOf(entries);
    }

    public Gallery(String board, boolean emulated, List<Entry> entries) {
        this(SCHEMA, board, emulated, entries);
    }

    /**
     * One model.
     *
     * @param model as it was named
     * @param folder of this model below the gallery's folder, with forward slashes; its {@code app} is what {@code build}
     *     made
     * @param family of the decoder; absent where the model was not built
     * @param evidence why that family was chosen
     * @param quantized how a float model became int8; absent where the file is integer already
     * @param findings what was said on the way; where nothing was run, the last one says why
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(
            String model,
            String folder,
            String family,
            String evidence,
            String quantized,
            List<Picture> pictures,
            List<Report.Finding> findings) {
        public Entry {
            pictures = List.copyOf(pictures);
            findings = List.copyOf(findings);
        }

        /** Whether the model ran. */
        public boolean ran() {
            return !pictures.isEmpty();
        }
    }

    /**
     * @param file drawn image below the gallery's folder, with forward slashes
     * @param caption what was found, in words
     */
    public record Picture(String file, String caption, Report.ImageDetections detections) {}
}
