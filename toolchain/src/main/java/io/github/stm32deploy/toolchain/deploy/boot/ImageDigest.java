// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.boot;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Identity of an image's bytes. */
public final class ImageDigest {
    private ImageDigest() {}

    /** SHA-256, hexadecimal, small letters. */
    public static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
