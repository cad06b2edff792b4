// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Samples from a .npy array (models with one input) or a .npz archive (one array for each input, named like it; a single
 * array may have any name).
 *
 * <p>An array holds N samples along its first axis: N x the input without its batch axis, or N x the whole input; an array of
 * the input's shape without batch axis is one sample. Values are the model's input as it is: integers are widened, nothing is
 * normalised.
 */
public final class NumpyCalibration implements CalibrationSource {
    private final Path file;
    private final List<GraphValue> inputs;
    private final SampleMemory memory = new SampleMemory();

    public NumpyCalibration(Path file, List<GraphValue> inputs) {
        this.file = file;
        this.inputs = List.copyOf(inputs);
    }

    @Override
    public String description() {
        return file.toString();
    }

    @Override
    public boolean synthetic() {
        return false;
    }

    @Override
    public int count() {
        AtomicInteger count = new AtomicInteger();
        withArrays(arrays -> count.set(samplesIn(arrays)));
        return count.get();
    }

    @Override
    public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
        withArrays(arrays -> readAll(arrays, limit, samples));
    }

    private interface ArraysReader {
        void read(Map<GraphValue, NumpyArray> arrays) throws IOException;
    }

    private void withArrays(ArraysReader reader) {
        boolean archive = file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".npz");
        try {
            if (archive) {
                try (ZipFile zip = new ZipFile(file.toFile())) {
                    closing(openEntries(zip), reader);
                }
            } else {
                if (inputs.size() != 1) {
                    throw mismatch("the model has " + inputs.size() + " inputs", "a .npy file holds one array");
                }
                closing(Map.of(inputs.get(0), NumpyArray.open(FileChannel.open(file), file.toString())), reader);
            }
        } catch (ZipException damaged) {
            throw NumpyArray.unreadable(file.toString(), "zip archive: " + damaged.getMessage());
        } catch (IOException failure) {
            throw NumpyArray.unreadable(file.toString(), Files.exists(file) ? "cannot be read" : "no such file");
        }
    }

    private static void closing(Map<GraphValue, NumpyArray> arrays, ArraysReader reader) throws IOException {
        try {
            reader.read(arrays);
        } finally {
            for (NumpyArray array : arrays.values()) {
                array.close();
            }
        }
    }

    private Map<GraphValue, NumpyArray> openEntries(ZipFile zip) throws IOException {
        Map<GraphValue, NumpyArray> arrays = new LinkedHashMap<>();
        List<String> names = zip.stream().map(ZipEntry::getName).sorted().toList();
        for (GraphValue input : inputs) {
            ZipEntry entry = zip.getEntry(input.name() + ".npy");
            if (entry == null && inputs.size() == 1 && names.size() == 1) {
                entry = zip.getEntry(names.get(0));
            }
            if (entry == null) {
                throw mismatch("it holds " + names, "one array for each input, named like it: " + input.name());
            }
            arrays.put(
                    input,
                    NumpyArray.open(
                            Channels.newChannel(zip.getInputStream(entry)), file + ", array " + entry.getName()));
        }
        return arrays;
    }

    private void readAll(Map<GraphValue, NumpyArray> arrays, int limit, Consumer<CalibrationSample> samples)
            throws IOException {
        long count = samplesIn(arrays);
        for (long index = 0; index < Math.min(limit, count); index++) {
            Map<String, TensorData> values = new LinkedHashMap<>();
            List<ByteBuffer> taken = new ArrayList<>();
            for (Map.Entry<GraphValue, NumpyArray> array : arrays.entrySet()) {
                Shape one = InputShapes.batchOfOne(array.getKey());
                ByteBuffer bytes = memory.take(array.getValue().bytesOf(one));
                taken.add(bytes);
                values.put(array.getKey().name(), array.getValue().next(one, bytes));
            }
            AtomicBoolean released = new AtomicBoolean();
            samples.accept(new CalibrationSample("sample " + index, values, () -> {
                if (!released.getAndSet(true)) {
                    taken.forEach(memory::giveBack);
                }
            }));
        }
    }

    private int samplesIn(Map<GraphValue, NumpyArray> arrays) {
        long count = -1;
        for (Map.Entry<GraphValue, NumpyArray> array : arrays.entrySet()) {
            long held = samplesIn(array.getValue().shape(), InputShapes.batchOfOne(array.getKey()), array.getKey());
            if (count >= 0 && held != count) {
                throw mismatch("arrays of " + count + " and of " + held + " samples", "as many for each input");
            }
            count = held;
        }
        return (int) Math.min(Integer.MAX_VALUE, count);
    }

    private long samplesIn(Shape held, Shape one, GraphValue input) {
        List<Long> withoutBatch = sizes(one);
        boolean batched = one.rank() > 0 && one.size(0) == 1;
        if (batched) {
            withoutBatch = withoutBatch.subList(1, one.rank());
        }
        List<Long> array = sizes(held);
        if (array.equals(withoutBatch) || array.equals(sizes(one))) {
            return 1;
        }
        boolean many = held.rank() > 0
                && (array.subList(1, held.rank()).equals(sizes(one))
                        || batched && array.subList(1, held.rank()).equals(withoutBatch));
        if (!many || held.size(0) == 0) {
            throw mismatch(
                    "an array " + held + " for input \"" + input.name() + "\" of " + one,
                    "Nx" + one + " or one sample");
        }
        return held.size(0);
    }

    private static List<Long> sizes(Shape shape) {
        List<Long> sizes = new ArrayList<>();
        for (long size : shape.toArray()) {
            sizes.add(size);
        }
        return sizes;
    }

    private DiagnosedException mismatch(String observed, String rule) {
        return new DiagnosedException(
                DiagnosedException.Kind.FINDING,
                Diagnosis.error(
                                "QUANT-CALIBRATION-SHAPE",
                                Stage.QUANTIZE,
                                "the calibration array does not fit the model")
                        .where(file.toString())
                        .observed(observed)
                        .rule(rule)
                        .effect("the model cannot be calibrated")
                        .fix("save the array with the shape and layout of the model's input")
                        .build());
    }
}
