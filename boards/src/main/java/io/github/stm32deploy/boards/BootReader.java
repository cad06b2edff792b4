// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import java.util.Map;

/** The {@code boot} section of a board description. */
final class BootReader {
    private BootReader() {}

    static Boot boot(BoardFields fields) {
        fields.allow("flash", "slots", "modes", "cable");
        return new Boot(
                flash(fields.object("flash")),
                fields.objects("slots").stream().map(BootReader::slot).toList(),
                fields.objects("modes").stream().map(BootReader::mode).toList(),
                fields.text("cable"));
    }

    private static Boot.Flash flash(BoardFields fields) {
        fields.allow("start", "size", "eraseSize", "loader");
        return new Boot.Flash(
                fields.address("start"), fields.size("size"), fields.size("eraseSize"), fields.text("loader"));
    }

    private static Boot.Slot slot(BoardFields fields) {
        fields.allow("role", "start", "size", "copiedTo", "ramSize");
        boolean copied = fields.hasAny("copiedTo", "ramSize");
        return new Boot.Slot(
                fields.choice(
                        "role",
                        Map.of(
                                "fsbl", Boot.Role.FSBL,
                                "application", Boot.Role.APPLICATION,
                                "blobs", Boot.Role.BLOBS,
                                "weights", Boot.Role.WEIGHTS),
                        Boot.Role.WEIGHTS),
                fields.address("start"),
                fields.size("size"),
                copied ? fields.address("copiedTo") : 0,
                copied ? fields.size("ramSize") : 0);
    }

    private static Boot.Mode mode(BoardFields fields) {
        fields.allow("name", "steps");
        return new Boot.Mode(fields.oneOf("name", "development", "flash"), fields.texts("steps"));
    }
}
