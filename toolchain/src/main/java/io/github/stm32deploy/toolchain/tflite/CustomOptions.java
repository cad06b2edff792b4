// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.google.flatbuffers.ArrayReadWriteBuf;
import com.google.flatbuffers.FlexBuffers;
import io.github.stm32deploy.toolchain.model.Attribute;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Options of custom operators that are a FlexBuffers map (google.github.io/flatbuffers/flexbuffers.html). Others, MediaPipe's
 * among them, are C structures without names: only operators that are known to have a map are read.
 */
final class CustomOptions {
    private static final int MOST_BYTES = 1 << 16;

    /** tensorflow/lite/kernels/detection_postprocess.cc */
    private static final Set<String> WITH_A_MAP = Set.of("TFLite_Detection_PostProcess");

    private CustomOptions() {}

    /** Numbers, truth values and texts by name; empty where the operator has none or they cannot be read. */
    static Map<String, Attribute> of(TfliteOperator operator) {
        ByteBuffer options =
                WITH_A_MAP.contains(operator.name()) ? operator.table().customOptionsAsByteBuffer() : null;
        if (options == null || options.remaining() > MOST_BYTES) {
            return Map.of();
        }
        byte[] bytes = new byte[options.remaining()];
        options.slice().get(bytes);
        try {
            FlexBuffers.Map map = FlexBuffers.getRoot(new ArrayReadWriteBuf(bytes, bytes.length))
                    .asMap();
            Map<String, Attribute> attributes = new TreeMap<>();
            for (int index = 0; index < map.size(); index++) {
                FlexBuffers.Reference value = map.values().get(index);
                String name = map.keys().get(index).toString();
                if (value.isBoolean()) {
                    attributes.put(name, Attribute.of(value.asBoolean() ? 1L : 0L));
                } else if (value.isInt() || value.isUInt()) {
                    attributes.put(name, Attribute.of(value.asLong()));
                } else if (value.isFloat()) {
                    attributes.put(name, Attribute.of((float) value.asFloat()));
                } else if (value.isString()) {
                    attributes.put(name, Attribute.of(value.asString()));
                }
            }
            return attributes;
        } catch (FlexBuffers.FlexBufferException
                | IndexOutOfBoundsException
                | IllegalArgumentException
                | ArithmeticException broken) {
            return Map.of();
        }
    }
}
