// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one .npy array front to back (NumPy enhancement proposal 1: format versions 1 to 3; C order; little-endian or
 * byte-sized elements of f2, f4, f8, i1, u1). Holds no more than what is asked for at a time.
 */
final class NumpyArray implements Closeable {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST_HEADER = 65536;
    private static final Map<String, ElementType> ELEMENTS = Map.of(
            "f2", ElementType.FLOAT16,
            "f4", ElementType.FLOAT32,
            "f8", ElementType.FLOAT64,
            "i1", ElementType.INT8,
            "u1", ElementType.UINT8);
    private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*:\\s*'([<>|=]?)([a-zA-Z])(\\d+)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\s,]*)\\)");

    private final ReadableByteChannel channel;
    private final String where;
    private final Shape shape;
    private final ElementType element;

    private NumpyArray(ReadableByteChannel channel, String where, Shape shape, ElementType element) {
        this.channel = channel;
        this.where = where;
        this.shape = shape;
        this.element = element;
    }

    /**
     * Reads the header. The array owns {@code channel} where this returns.
     *
     * @param where file (and entry) for messages
     * @throws DiagnosedException NPY-UNREADABLE
     */
    static NumpyArray open(ReadableByteChannel channel, String where) throws IOException {
        byte[] start = read(channel, 8);
        if (start.length < 8 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
            throw unreadable(where, "the file does not begin like a NumPy array");
        }
        int version = start[6];
        int lengthBytes = version == 1 ? 2 : 4;
        ByteBuffer length =
                ByteBuffer.wrap(Arrays.copyOf(read(channel, lengthBytes), 4)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = length.getInt();
        if (version < 1 || version > 3 || headerBytes <= 0 || headerBytes > LONGEST_HEADER) {
            throw unreadable(where, "format version " + version + " with a header of " + headerBytes + " bytes");
        }
        String header = new String(read(channel, headerBytes), StandardCharsets.UTF_8);
        Matcher description = DESCRIPTION.matcher(header);
        Matcher order = ORDER.matcher(header);
        Matcher sizes = SHAPE.matcher(header);
        if (!description.find() || !order.find() || !sizes.find()) {
            throw unreadable(where, "header " + header.strip());
        }
        String type = description.group(2) + description.group(3);
        ElementType element = ELEMENTS.get(type);
        if (element == null || description.group(1).equals(">")) {
            throw unreadable(where, "element type '" + description.group(1) + type + "'");
        }
        if (order.group(1).equals("True")) {
            throw unreadable(where, "column-major (Fortran) order");
        }
        long[] dimensions;
        try {
            dimensions = Arrays.stream(sizes.group(1).split(","))
                    .map(String::strip)
                    .filter(size -> !size.isEmpty())
                    .mapToLong(Long::parseLong)
                    .toArray();
            Shape.of(dimensions).elements();
        } catch (NumberFormatException | ArithmeticException huge) {
            throw unreadable(where, "shape (" + sizes.group(1) + ")");
        }
        return new NumpyArray(channel, where, Shape.of(dimensions), element);
    }

    Shape shape() {
        return shape;
    }

    /** Bytes that one sample takes in the file. */
    int bytesOf(Shape sample) {
        return Math.toIntExact(element.bytesFor(sample.elements()));
    }

    /**
     * The next elements as a float32 tensor of {@code sample}'s shape; integers keep their value, nothing is scaled.
     *
     * @param memory of {@link #bytesOf} bytes, which the tensor may be a window of
     * @throws DiagnosedException NPY-UNREADABLE where the data end early
     */
    TensorData next(Shape sample, ByteBuffer memory) throws IOException {
        try {
            while (memory.hasRemaining()) {
                if (channel.read(memory) < 0) {
                    throw unreadable(where, "the data end before all " + shape + " elements");
                }
            }
        } catch (EOFException end) {
            throw unreadable(where, "the compressed data end early");
        }
        TensorData stored = TensorData.of(new TensorType(element, sample), memory.flip());
        return element == ElementType.FLOAT32 ? stored : TensorData.ofFloats(sample, stored.toFloats());
    }

    /** As many bytes, or fewer where the channel ends. */
    private static byte[] read(ReadableByteChannel channel, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    static DiagnosedException unreadable(String where, String observed) {
        return new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error("NPY-UNREADABLE", Stage.QUANTIZE, "the file is no NumPy array that can be used")
                        .where(where)
                        .observed(observed)
                        .rule("row-major arrays of float16, float32, float64, int8 or uint8, little-endian")
                        .effect("there are no calibration values")
                        .fix("numpy.save(FILE, numpy.ascontiguousarray(values, dtype=numpy.float32))")
                        .source("NumPy enhancement proposal 1")
                        .build());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
