// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which file a graph that this program wrote was made from. What a recipe knows of that file (how pictures become its input,
 * its decoder) is true of what was made from it too.
 */
final class Provenance {
    /** Key of the ONNX metadata: SHA-256 of the first file, hexadecimal. */
    static final String KEY = "stm32-deploy.source.sha256";

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private Provenance() {}

    /** The graph with what the source says about itself, and the digest of the file that stands at the beginning. */
    static ModelGraph stamped(ModelGraph graph, ModelSource source) {
        ModelGraph.Builder builder = graph.toBuilder();
        source.model().graph().metadata().forEach(builder::metadata);
        return builder.metadata(KEY, of(source.model().graph()).orElse(source.sha256()))
                .build();
    }

    /** Digest of the file at the beginning; empty where the graph does not say, or says something else. */
    static Optional<String> of(ModelGraph graph) {
        return Optional.ofNullable(graph.metadata().get(KEY))
                .filter(digest -> DIGEST.matcher(digest).matches());
    }
}
