// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

/** Formats that begin with bytes of their own. */
final class BinarySignatures {
    private static final int ZIP_NAME_LENGTH = 26;
    private static final int ZIP_NAME = 30;
    private static final int TAR_MAGIC = 257;
    private static final int HEADER_LENGTH_BYTES = 8;

    private BinarySignatures() {}

    /**
     * @param head first bytes of the file, one character a byte
     * @return null where no such format begins like this
     */
    static FileSignature of(String head) {
        if (head.startsWith("TFL3", 4)) {
            return FileSignature.TFLITE;
        } else if (head.startsWith("ORTM", 4)) {
            return FileSignature.ORT_FORMAT;
        } else if (head.startsWith("PK\u0003\u0004")) {
            return zip(head);
        } else if (head.startsWith("\u0089HDF\r\n")) {
            return FileSignature.HDF5;
        } else if (head.startsWith("\u001f\u008b")) {
            return FileSignature.GZIP;
        } else if (head.startsWith("ustar", TAR_MAGIC)) {
            return FileSignature.TAR;
        } else if (head.startsWith("\u0080\u0002") || head.startsWith("\u0080\u0004")) {
            return FileSignature.PICKLE;
        } else if (head.startsWith("\u0093NUMPY")) {
            return FileSignature.NUMPY;
        } else if (head.startsWith("ptrt") || head.startsWith("ftrt")) {
            return FileSignature.TENSORRT;
        } else if (head.startsWith("RKNN")) {
            return FileSignature.COMPILED;
        } else if (head.startsWith("{\"", HEADER_LENGTH_BYTES)) {
            return FileSignature.SAFETENSORS;
        } else if (head.startsWith("\u0012\u0001\u0000\u0000\u0000\u0000\u0000\u0000")) {
            // The list magic 0x112 of NDArray::Save, and a reserved word.
            return FileSignature.MXNET_WEIGHTS;
        }
        return dlib(head);
    }

    /** An integer of dlib is a byte with its length and sign, then its bytes; matrices write their sizes negated. */
    private static FileSignature dlib(String head) {
        int loss = head.indexOf("loss_m");
        if (head.startsWith("\u0001") && loss > 0 && loss < 64) {
            return FileSignature.DLIB_NETWORK;
        }
        return head.startsWith("\u0001\u0001\u0081") ? FileSignature.DLIB_SHAPE_PREDICTOR : null;
    }

    /** The name of the first entry tells what kind of archive it is. */
    private static FileSignature zip(String head) {
        if (head.length() < ZIP_NAME) {
            return FileSignature.ZIP;
        }
        int length = head.charAt(ZIP_NAME_LENGTH) | head.charAt(ZIP_NAME_LENGTH + 1) << 8;
        String name = head.substring(ZIP_NAME, Math.min(head.length(), ZIP_NAME + length));
        if (name.endsWith(".tflite")) {
            return FileSignature.MEDIAPIPE_BUNDLE;
        } else if (name.endsWith("data.pkl") || name.endsWith("constants.pkl") || name.contains("/.data/")) {
            return FileSignature.PYTORCH_ZIP;
        } else if (name.equals("metadata.json") || name.equals("config.json") || name.endsWith("weights.h5")) {
            return FileSignature.KERAS_ZIP;
        }
        return name.endsWith(".npy") ? FileSignature.NUMPY : FileSignature.ZIP;
    }
}
