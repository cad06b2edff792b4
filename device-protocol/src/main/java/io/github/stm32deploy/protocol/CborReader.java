// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;

/** The items of one message, in order. Each method takes the next item and fails if it is of another kind. */
final class CborReader {
    private static final long MAX_UINT32 = 0xFFFFFFFFL;

    private final JsonParser parser;

    CborReader(CBORFactory factory, byte[] message) throws IOException {
        this.parser = factory.createParser(message);
    }

    private static IOException wrong(String expected, JsonToken found) {
        return new IOException("expected " + expected + ", found " + found);
    }

    private void next(JsonToken expected) throws IOException {
        JsonToken token = parser.nextToken();
        if (token != expected) {
            throw wrong(expected.toString(), token);
        }
    }

    void startArray() throws IOException {
        next(JsonToken.START_ARRAY);
    }

    /** Checks that the current item, as {@link #more} left it, begins an array. */
    void requireArrayStarted() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw wrong("an array", parser.currentToken());
        }
    }

    /** True when the array or map being read has another element, which becomes the current one. */
    boolean more() throws IOException {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw wrong("the end of an array", null);
        }
        return token != JsonToken.END_ARRAY && token != JsonToken.END_OBJECT;
    }

    long uint() throws IOException {
        parser.nextToken();
        return currentUint();
    }

    long currentUint() throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw wrong("an unsigned integer", parser.currentToken());
        }
        long value = parser.getLongValue();
        if (value < 0) {
            throw new IOException("expected an unsigned integer, found " + value);
        }
        return value;
    }

    long uint32() throws IOException {
        long value = uint();
        if (value > MAX_UINT32) {
            throw new IOException(value + " does not fit into 32 bits");
        }
        return value;
    }

    int index() throws IOException {
        return Math.toIntExact(uint());
    }

    int int32() throws IOException {
        next(JsonToken.VALUE_NUMBER_INT);
        return parser.getIntValue();
    }

    boolean bool() throws IOException {
        JsonToken token = parser.nextToken();
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw wrong("true or false", token);
        }
        return token == JsonToken.VALUE_TRUE;
    }

    float float32() throws IOException {
        next(JsonToken.VALUE_NUMBER_FLOAT);
        return parser.getFloatValue();
    }

    float currentFloat() throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_FLOAT) {
            throw wrong("a number with a fraction", parser.currentToken());
        }
        return parser.getFloatValue();
    }

    String text() throws IOException {
        next(JsonToken.VALUE_STRING);
        return parser.getText();
    }

    String currentText() throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong("a text", parser.currentToken());
        }
        return parser.getText();
    }

    byte[] bytes() throws IOException {
        next(JsonToken.VALUE_EMBEDDED_OBJECT);
        return parser.getBinaryValue();
    }

    void startMap() throws IOException {
        next(JsonToken.START_OBJECT);
    }

    String currentKey() throws IOException {
        return parser.currentName();
    }

    void skipValue() throws IOException {
        parser.nextToken();
        parser.skipChildren();
    }

    /** Skips the rest of an array whose next element has not been looked at. */
    void skipRest() throws IOException {
        while (more()) {
            parser.skipChildren();
        }
    }
}
