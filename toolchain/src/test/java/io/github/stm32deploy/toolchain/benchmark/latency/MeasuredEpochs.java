// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.benchmark.latency.MeasuredRun.Part;
import io.github.stm32deploy.toolchain.benchmark.network.CsvTable;
import io.github.stm32deploy.toolchain.latency.EpochLoad;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Single epochs whose shapes are known, from {@code data/n6-epochs.csv} of the shared data. */
final class MeasuredEpochs {
    private MeasuredEpochs() {}

    /** Hardware epochs with their core time and their setup time, software and hybrid epochs with their whole time. */
    static List<MeasuredRun> read(Path shared, Map<String, Npu.Clocks> clocks) throws IOException {
        CsvTable table = CsvTable.read(shared.resolve("data/n6-epochs.csv"));
        List<MeasuredRun> runs = new ArrayList<>();
        for (int index = 0; index < table.size(); index++) {
            Map<String, String> row = table.row(index);
            double extra = hardwareOfHybrid(table, index);
            String model = row.get("model");
            boolean single = model.startsWith("baseline");
            Optional<EpochLoad> load =
                    single ? singleLayer(row) : model.startsWith("mobilenet_v2") ? mobileNet(row) : yolo(row);
            if (load.isEmpty()) {
                continue;
            }
            boolean nominal = row.get("mcu_mhz").equals("600");
            double perMicro = Double.parseDouble(row.get("mcu_mhz"));
            double core = Double.parseDouble(row.get("cpu_cycles_core")) / perMicro;
            double setup =
                    (Double.parseDouble(row.get("cpu_cycles_pre")) + Double.parseDouble(row.get("cpu_cycles_post")))
                            / perMicro;
            String name = model + " " + row.get("epoch_id");
            String family = single
                    ? FitData.SINGLE_LAYERS
                    : model.startsWith("mobilenet_v2") ? "mobilenet_v2" : model.split("_")[0];
            SdkVersion sdk =
                    SdkVersion.of(row.get("stedgeai_version").split("-")[0]).orElseThrow();
            Npu.Clocks profile = clocks.get(nominal ? "nominal" : "overdrive");
            List<EpochLoad> loads = List.of(load.get());
            if (load.get().kind() == Epoch.Kind.HARDWARE) {
                runs.add(new MeasuredRun(name, family, loads, sdk, profile, false, core, Part.CORE));
            }
            if (load.get().kind() == Epoch.Kind.HARDWARE && !single) {
                runs.add(new MeasuredRun(name, family, loads, sdk, profile, false, setup, Part.SETUP));
            } else if (!single) {
                double whole = setup + core + extra / perMicro;
                runs.add(new MeasuredRun(name, family, loads, sdk, profile, false, whole, Part.WHOLE));
            }
        }
        return runs;
    }

    /**
     * One convolution of 64x64x3 to as many channels as the name says, and the mean behind it where that has an epoch of its
     * own. Their setup is not used: a network of one epoch programs it from cold.
     */
    private static Optional<EpochLoad> singleLayer(Map<String, String> row) {
        long filters = switch (row.get("model")) {
            case "baseline_conv2d_16f_3x3_int8" -> 16;
            case "baseline_conv2d_3x3_int8", "baseline_conv2d_32f_5x5_int8", "baseline_conv2d_1x1_int8" -> 32;
            case "baseline_conv2d_64f_3x3_int8" -> 64;
            default -> 0;
        };
        if (filters == 0) {
            return Optional.empty();
        }
        int kernel = (int) shape(row.get("kernel"))[0];
        long cells = 64 * 64;
        EpochGeometry map = new EpochGeometry(kernel, kernel, 1, 1, 1, 1, 1, 3, 64, 64, filters, 64, 64);
        if (row.get("epoch_id").equals("EpochBlock_3")) {
            EpochGeometry mean = new EpochGeometry(64, 64, 1, 1, 1, 1, 1, filters, 64, 64, filters, 1, 1);
            long elements = filters * cells;
            return Optional.of(new EpochLoad(
                    0,
                    Epoch.Kind.HARDWARE,
                    EpochWork.GLOBAL_POOL,
                    mean,
                    elements,
                    elements,
                    filters,
                    0,
                    0,
                    0,
                    0,
                    false,
                    false));
        }
        EpochWork work = kernel == 1 ? EpochWork.POINTWISE : EpochWork.CONVOLUTION;
        long weights = filters * 3 * kernel * kernel;
        return Optional.of(new EpochLoad(
                0,
                Epoch.Kind.HARDWARE,
                work,
                map,
                3 * cells,
                3 * cells,
                filters,
                map.products(),
                weights,
                0,
                0,
                false,
                false));
    }

    /** CPU cycles of the hardware epochs that follow a hybrid one and belong to it: {@code EpochBlock_53 (3)}. */
    private static double hardwareOfHybrid(CsvTable table, int hybrid) {
        String name = table.row(hybrid).get("epoch_id") + " (";
        double cycles = 0;
        for (int index = hybrid + 1; index < table.size(); index++) {
            Map<String, String> row = table.row(index);
            if (!row.get("epoch_id").startsWith(name)) {
                break;
            }
            cycles += Double.parseDouble(row.get("cpu_cycles_pre"))
                    + Double.parseDouble(row.get("cpu_cycles_core"))
                    + Double.parseDouble(row.get("cpu_cycles_post"));
        }
        return cycles;
    }

    private static Optional<EpochLoad> mobileNet(Map<String, String> row) {
        if (row.get("in_shape").isEmpty()) {
            return Optional.empty();
        }
        long[] in = shape(row.get("in_shape"));
        long[] out = shape(row.get("out_shape"));
        String operator = row.get("op");
        EpochWork work = switch (operator) {
            case "Conv2D" -> EpochWork.CONVOLUTION;
            case "Conv2D_1x1", "Conv2D_1x1+Add" -> EpochWork.POINTWISE;
            case "DepthwiseConv2D" -> EpochWork.DEPTHWISE;
            case "Gemm" -> EpochWork.FULLY_CONNECTED;
            case "DequantizeLinear" -> EpochWork.DEQUANTIZE;
            case "QuantizeLinear" -> EpochWork.QUANTIZE;
            case "GlobalAveragePool" -> EpochWork.GLOBAL_POOL;
            case "requantize" -> EpochWork.REQUANTIZE;
            default -> EpochWork.COPY;
        };
        Epoch.Kind kind = row.get("type").equals("SW") ? Epoch.Kind.SOFTWARE : Epoch.Kind.HARDWARE;
        int kernel = row.get("kernel").isEmpty() ? 1 : (int) shape(row.get("kernel"))[0];
        int stride = row.get("stride").isEmpty() ? 1 : (int) shape(row.get("stride"))[0];
        long groups = work == EpochWork.DEPTHWISE ? in[1] : 1;
        EpochGeometry geometry = new EpochGeometry(
                kernel,
                kernel,
                stride,
                stride,
                1,
                1,
                groups,
                in[1],
                size(in, 2),
                size(in, 3),
                out[1],
                size(out, 2),
                size(out, 3));
        long added = operator.endsWith("+Add") ? elements(out) : 0;
        boolean multiplies = !row.get("weight_bytes").isEmpty();
        return Optional.of(new EpochLoad(
                0,
                kind,
                work,
                geometry,
                elements(in) + added,
                elements(in),
                elements(out),
                multiplies ? geometry.products() : 0,
                multiplies ? Long.parseLong(row.get("weight_bytes")) : 0,
                0,
                0,
                kind == Epoch.Kind.SOFTWARE,
                false));
    }

    /** Cells of the three grids of YOLOv8n at 224x224. */
    private static final long CELLS = 28 * 28 + 14 * 14 + 7 * 7;

    /**
     * The tail and the neck of YOLOv8n at 224x224, whose shapes follow from the network: distributions of 4x16 values a
     * cell, two coordinates a cell, upsampled and joined maps of 256, 128 and 64 channels.
     */
    private static Optional<EpochLoad> yolo(Map<String, String> row) {
        if (row.get("model").startsWith("yolov11n")) {
            return attention(row);
        }
        if (!row.get("model").startsWith("yolov8n")) {
            return Optional.empty();
        }
        return switch (row.get("epoch_id")) {
            case "EpochBlock_115" -> software(EpochWork.SOFTMAX, 64 * CELLS, false);
            case "EpochBlock_118" -> software(EpochWork.DEQUANTIZE, 2 * CELLS, true);
            case "EpochBlock_119" -> software(EpochWork.ELEMENTWISE, 2 * CELLS, true);
            case "EpochBlock_120", "EpochBlock_121" -> software(EpochWork.QUANTIZE, 2 * CELLS, true);
            case "EpochBlock_108" -> software(EpochWork.COPY, 80 * CELLS, false);
            case "EpochBlock_111" -> software(EpochWork.COPY, 64 * CELLS, false);
            case "EpochBlock_52" -> hybrid(EpochWork.RESIZE, 256 * 14 * 14);
            case "EpochBlock_53" -> hybrid(EpochWork.COPY, 384 * 14 * 14);
            case "EpochBlock_62" -> hybrid(EpochWork.RESIZE, 128 * 28 * 28);
            case "EpochBlock_64" -> hybrid(EpochWork.COPY, 192 * 28 * 28);
            default -> Optional.empty();
        };
    }

    /**
     * The attention of YOLO11n at 224x224, two heads over the 7x7 cells of the coarsest grid with keys of 32 and values of 64:
     * the products of two activations, a head each, the softmax between them, and the softmax of the tail.
     */
    private static Optional<EpochLoad> attention(Map<String, String> row) {
        long pairs = 49 * 49;
        return switch (row.get("epoch_id")) {
            case "EpochBlock_71", "EpochBlock_72" -> product(pairs, pairs * 32);
            case "EpochBlock_83", "EpochBlock_84" -> product(49 * 64, pairs * 64);
            case "EpochBlock_77" -> software(EpochWork.SOFTMAX, 2 * pairs, false);
            case "EpochBlock_164" -> software(EpochWork.SOFTMAX, 64 * CELLS, false);
            default -> Optional.empty();
        };
    }

    private static Optional<EpochLoad> product(long elements, long products) {
        EpochGeometry geometry = new EpochGeometry(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        return Optional.of(new EpochLoad(
                0,
                Epoch.Kind.SOFTWARE,
                EpochWork.MATRIX_PRODUCT,
                geometry,
                elements,
                elements,
                elements,
                products,
                0,
                0,
                0,
                false,
                false));
    }

    private static Optional<EpochLoad> software(EpochWork work, long elements, boolean floating) {
        return Optional.of(load(Epoch.Kind.SOFTWARE, work, elements, floating));
    }

    private static Optional<EpochLoad> hybrid(EpochWork work, long elements) {
        return Optional.of(load(Epoch.Kind.HYBRID, work, elements, false));
    }

    private static EpochLoad load(Epoch.Kind kind, EpochWork work, long elements, boolean floating) {
        EpochGeometry geometry = new EpochGeometry(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        return new EpochLoad(0, kind, work, geometry, elements, elements, elements, 0, 0, 0, 0, floating, false);
    }

    private static long[] shape(String text) {
        return Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray();
    }

    private static long size(long[] shape, int axis) {
        return axis < shape.length ? shape[axis] : 1;
    }

    private static long elements(long[] shape) {
        return Arrays.stream(shape).reduce(1, (left, right) -> left * right);
    }
}
