// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

/**
 * Messages that begin like ONNX's. None has a signature; what tells them apart is which fields come first and whether their
 * content is text or another message (onnx.proto, caffe.proto, graph.proto and saved_model.proto of TensorFlow, Model.proto of
 * Core ML).
 */
final class ProtobufSignatures {
    private static final int VERSION = 0x08;
    private static final int FIRST_MESSAGE = 0x0a;
    private static final int SECOND_MESSAGE = 0x12;
    private static final String CAFFE_LAYER = "\u00a2\u0006";

    /** Keys of ModelProto: fields 2 to 8, 14, and the first byte of those above 15. */
    private static final String ONNX_KEYS = "\u0008\u0012\u001a\"(2:Br\u00a2\u00ca";

    private ProtobufSignatures() {}

    /**
     * @param head first bytes of the file, one character a byte
     * @return null where no message that is known here begins like this
     */
    static FileSignature of(String head) {
        char key = head.charAt(0);
        if (key == FIRST_MESSAGE) {
            return startsWithText(head, 1) ? caffe(head) : graph(head);
        }
        if (key == VERSION && at(head, 2) == SECOND_MESSAGE) {
            FileSignature nested = versioned(head);
            return nested == null ? FileSignature.ONNX : nested;
        }
        return ONNX_KEYS.indexOf(key) >= 0 ? FileSignature.ONNX : null;
    }

    /**
     * A version, then field 2: the producer's name in ONNX, a message in SavedModel (whose first field holds the list of
     * operators) and in Core ML (whose first field is a feature that begins with its name).
     */
    private static FileSignature versioned(String head) {
        int content = content(head, 3);
        if (at(head, content) != FIRST_MESSAGE) {
            return null;
        }
        return switch (at(head, content(head, content + 1))) {
            case SECOND_MESSAGE -> FileSignature.TF_SAVED_MODEL;
            case FIRST_MESSAGE -> FileSignature.CORE_ML;
            default -> null;
        };
    }

    private static FileSignature caffe(String head) {
        return head.contains(CAFFE_LAYER) || head.contains("Convolution") || head.contains("Input")
                ? FileSignature.CAFFE_WEIGHTS
                : null;
    }

    private static FileSignature graph(String head) {
        return head.contains("Placeholder") || head.contains("Const") ? FileSignature.TF_GRAPH : null;
    }

    private static boolean startsWithText(String head, int length) {
        int first = at(head, content(head, length));
        return first >= ' ' && first < 127;
    }

    /** Position after the length that begins at {@code length}. */
    private static int content(String head, int length) {
        int position = length;
        while (at(head, position) >= 0x80) {
            position++;
        }
        return position + 1;
    }

    /** The byte there, or -1 behind the end of the head. */
    private static int at(String head, int position) {
        return position < head.length() ? head.charAt(position) : -1;
    }
}
