// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import io.github.stm32deploy.host.stai.StaiException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The fields of one protobuf message, read from untrusted bytes: every byte sequence gives fields or a
 * {@link StaiException} of kind MALFORMED. Unknown fields are kept and ignored; of a field that comes twice the last
 * counts, as protobuf has it.
 */
final class WireFields {
    private static final int CONTINUED = 0x80;
    private static final int SEVEN_BITS = 0x7F;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int MAX_FIELDS = 1 << 20;

    private record Field(int number, int type, long value, byte[] content) {}

    private final String message;
    private final List<Field> fields = new ArrayList<>();
    private final byte[] bytes;
    private int position;

    /** @param message its name, for what is said of it */
    WireFields(String message, byte[] bytes) throws StaiException {
        this.message = message;
        this.bytes = bytes;
        while (position < bytes.length) {
            readField();
            if (fields.size() > MAX_FIELDS) {
                throw malformed("more than " + MAX_FIELDS + " fields");
            }
        }
    }

    /** Bare numbers, which the caller takes one by one. */
    private WireFields(byte[] numbers, String message) {
        this.message = message;
        this.bytes = numbers;
    }

    private void readField() throws StaiException {
        long head = varint();
        long number = head >>> 3;
        int type = (int) (head & 7);
        if (number == 0 || number > Integer.MAX_VALUE >>> 2) {
            throw malformed("a field with the number " + number);
        }
        switch (type) {
            case WireWriter.VARINT -> fields.add(new Field((int) number, type, varint(), null));
            case WireWriter.FIXED32 -> fields.add(new Field((int) number, type, fixed(Integer.BYTES), null));
            case WireWriter.FIXED64 -> fields.add(new Field((int) number, type, fixed(Long.BYTES), null));
            case WireWriter.LENGTH -> fields.add(new Field((int) number, type, 0, content()));
            default -> throw malformed("field " + number + " has the type " + type);
        }
    }

    private long varint() throws StaiException {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (position >= bytes.length) {
                throw malformed("it ends inside a number");
            }
            byte b = bytes[position++];
            value |= (long) (b & SEVEN_BITS) << (7 * i);
            if ((b & CONTINUED) == 0) {
                return value;
            }
        }
        throw malformed("a number has more than " + MAX_VARINT_BYTES + " bytes");
    }

    private long fixed(int size) throws StaiException {
        if (bytes.length - position < size) {
            throw malformed("it ends inside a number");
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (bytes[position++] & 0xFFL) << (Byte.SIZE * i);
        }
        return value;
    }

    private byte[] content() throws StaiException {
        long length = varint();
        if (length < 0 || length > bytes.length - position) {
            throw malformed("a part of " + Long.toUnsignedString(length) + " bytes where " + (bytes.length - position)
                    + " are left");
        }
        byte[] part = Arrays.copyOfRange(bytes, position, position + (int) length);
        position += (int) length;
        return part;
    }

    private StaiException malformed(String what) {
        return new StaiException(Kind.MALFORMED, message + ": " + what);
    }

    private Field last(int number, int type) throws StaiException {
        for (int i = fields.size() - 1; i >= 0; i--) {
            if (fields.get(i).number() == number) {
                if (fields.get(i).type() != type) {
                    throw malformed(
                            "field " + number + " has the type " + fields.get(i).type() + ", expected " + type);
                }
                return fields.get(i);
            }
        }
        return null;
    }

    private Field required(int number, int type) throws StaiException {
        Field field = last(number, type);
        if (field == null) {
            throw malformed("field " + number + " is missing");
        }
        return field;
    }

    boolean has(int number) {
        return fields.stream().anyMatch(field -> field.number() == number);
    }

    /** A {@code uint32} or an enum. */
    long number(int field) throws StaiException {
        return required(field, WireWriter.VARINT).value() & 0xFFFF_FFFFL;
    }

    /** A {@code uint64}; negative above 2^63. */
    long wideNumber(int field) throws StaiException {
        return required(field, WireWriter.VARINT).value();
    }

    /** An {@code int32}, in its long form (sign extended to 64 bits) or its short one. */
    int signed(int field) throws StaiException {
        return (int) required(field, WireWriter.VARINT).value();
    }

    float real(int field) throws StaiException {
        return Float.intBitsToFloat((int) required(field, WireWriter.FIXED32).value());
    }

    /** A float that older firmware does not have. */
    float realOr(int field, float otherwise) throws StaiException {
        return has(field) ? real(field) : otherwise;
    }

    byte[] bytes(int field) throws StaiException {
        return required(field, WireWriter.LENGTH).content();
    }

    String text(int field) throws StaiException {
        return new String(bytes(field), StandardCharsets.UTF_8);
    }

    /** Every content of a repeated message. */
    List<byte[]> all(int field) throws StaiException {
        List<byte[]> parts = new ArrayList<>();
        for (Field candidate : fields) {
            if (candidate.number() == field) {
                if (candidate.type() != WireWriter.LENGTH) {
                    throw malformed("field " + field + " is no message");
                }
                parts.add(candidate.content());
            }
        }
        return parts;
    }

    /** A repeated {@code uint32}, packed or not. */
    List<Long> numbers(int field) throws StaiException {
        List<Long> values = new ArrayList<>();
        for (Field candidate : fields) {
            if (candidate.number() != field) {
                continue;
            }
            if (candidate.type() == WireWriter.VARINT) {
                values.add(candidate.value() & 0xFFFF_FFFFL);
            } else if (candidate.type() == WireWriter.LENGTH) {
                values.addAll(unpacked(candidate.content()));
            } else {
                throw malformed("field " + field + " is no list of numbers");
            }
        }
        return values;
    }

    private List<Long> unpacked(byte[] content) throws StaiException {
        List<Long> values = new ArrayList<>();
        WireFields numbers = new WireFields(content, message);
        while (numbers.position < content.length) {
            values.add(numbers.varint() & 0xFFFF_FFFFL);
        }
        return values;
    }
}
