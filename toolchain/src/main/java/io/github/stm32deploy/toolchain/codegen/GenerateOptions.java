// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.HexFormat;
import java.util.Objects;

/**
 * @param name what the network is called; made into a C identifier
 * @param modelSha256 64 hexadecimal digits of the model file, by which weights, code and device recognize each other
 * @param toolVersion for the provenance line
 * @param separateBuffers every tensor in memory of its own, nothing reused: for looking at each layer, not for a target
 */
public record GenerateOptions(String name, String modelSha256, String toolVersion, boolean separateBuffers) {
    public GenerateOptions {
        Objects.requireNonNull(name);
        Objects.requireNonNull(toolVersion);
        if (!modelSha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not a SHA-256: " + modelSha256);
        }
    }

    public GenerateOptions(String name, String modelSha256, String toolVersion) {
        this(name, modelSha256, toolVersion, false);
    }

    public GenerateOptions withSeparateBuffers() {
        return new GenerateOptions(name, modelSha256, toolVersion, true);
    }

    /** The first 16 bytes of the model's SHA-256. */
    byte[] modelDigest() {
        return HexFormat.of().parseHex(modelSha256.substring(0, 32));
    }

    /** {@link #name} with everything but letters, digits and underscores replaced, lower case. */
    String identifier() {
        String identifier = name.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        identifier = identifier.replaceAll("^_+|_+$", "");
        return identifier.isEmpty() ? "model" : identifier;
    }
}
