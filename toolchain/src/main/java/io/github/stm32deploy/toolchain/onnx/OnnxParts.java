// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * Counts the parts of an ONNX file before it is decoded. An empty message takes two bytes of the file and a hundred bytes of
 * memory, so a file could otherwise unfold to fifty times its size; weights are not looked into.
 */
final class OnnxParts {
    /** The largest model known has some hundred thousand. */
    static final int LIMIT = 2_000_000;

    /** Depth of messages in which the decoder gives up. */
    private static final int MAX_DEPTH = 100;

    private static final int MODEL_GRAPH = 7;
    private static final int MODEL_FUNCTIONS = 25;

    private enum Message {
        MODEL,
        GRAPH,
        NODE,
        ATTRIBUTE,
        OTHER
    }

    private final CodedInputStream input;
    private int parts;

    OnnxParts(CodedInputStream input) {
        this.input = input;
    }

    /**
     * @return fields of the model, its graphs, nodes and attributes; more than {@link #LIMIT} where there are too many
     * @throws IOException where the bytes are no protobuf message
     */
    int count() throws IOException {
        count(Message.MODEL, 0);
        return parts;
    }

    private void count(Message message, int depth) throws IOException {
        while (parts <= LIMIT) {
            int tag = input.readTag();
            if (tag == 0) {
                return;
            }
            parts++;
            Message inner = inner(message, WireFormat.getTagFieldNumber(tag));
            boolean entered = inner != null && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            if (!entered || depth >= MAX_DEPTH) {
                if (!input.skipField(tag)) {
                    return;
                }
                continue;
            }
            int before = input.pushLimit(input.readRawVarint32());
            count(inner, depth + 1);
            if (parts > LIMIT) {
                return;
            }
            input.popLimit(before);
        }
    }

    /** What a field of {@code message} holds, by its number in onnx.proto; null where there is no need to look inside. */
    private static Message inner(Message message, int field) {
        return switch (message) {
            case MODEL -> field == MODEL_GRAPH ? Message.GRAPH : field == MODEL_FUNCTIONS ? Message.OTHER : null;
            // Nodes; inputs, outputs and value_info. Initializers are weights and count as one part each.
            case GRAPH ->
                switch (field) {
                    case 1 -> Message.NODE;
                    case 11, 12, 13 -> Message.OTHER;
                    default -> null;
                };
            case NODE -> field == 5 ? Message.ATTRIBUTE : null;
            case ATTRIBUTE -> field == 6 || field == 11 ? Message.GRAPH : null;
            // A function has its nodes in field 7, a value its type in field 2, both count with their parts.
            case OTHER -> field == 7 ? Message.NODE : null;
        };
    }
}
