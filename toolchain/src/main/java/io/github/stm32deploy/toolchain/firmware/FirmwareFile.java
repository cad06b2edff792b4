// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import java.nio.charset.StandardCharsets;

/**
 * A file of the tree.
 *
 * @param path with {@code /}, below the folder that it belongs to
 * @param content bytes; not copied, not changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record FirmwareFile(String path, byte[] content) {
    public static FirmwareFile text(String path, String content) {
        return new FirmwareFile(path, content.getBytes(StandardCharsets.UTF_8));
    }
}
