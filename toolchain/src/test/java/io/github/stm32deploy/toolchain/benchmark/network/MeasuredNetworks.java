// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import io.github.stm32deploy.toolchain.benchmark.network.MobileNets.Rounding;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The published measurements ({@code data/n6-measurements.csv} of the shared data), each with the graph that was measured:
 * a file where there is one, else built from its paper. The one place that knows which row is which network.
 */
public final class MeasuredNetworks {
    /** What has to be known about a row before it is used. */
    public enum Flag {
        /** Another row has the same figures under another version: one measurement. */
        RELABELLED,
        /** The row contradicts itself (file name and table, RAM and board). */
        DOUBTFUL,
        /** Some weights are int4; which is not published. */
        MIXED_WEIGHTS,
        /** Whole milliseconds, or measured within an application. */
        ROUNDED,
        /** All of it runs on the CPU: float or weight-only quantization. */
        CPU_ONLY,
        /** Compiled for the epoch controller. */
        EPOCH_CONTROLLER,
        /** The graph is float; the row is of its quantized form. */
        QUANTIZE,
        /** Quantized by the user; the file measured is not the one that the graph is of. */
        OTHER_FILE
    }

    /**
     * One published measurement.
     *
     * @param line in the file, 2 for the first row
     * @param name as the row has it
     * @param family networks of one design; what is left out together when a fit is judged
     * @param sdk empty where the row does not say
     * @param board {@code stm32n6570-dk} or {@code nucleo-n657x0-q}
     * @param clocks {@code overdrive} or {@code nominal}
     * @param externalKib OptionalDouble.empty() where not printed, as the others
     * @param macc as printed
     * @param millis one inference
     */
    public record Row(
            int line,
            String name,
            String family,
            Optional<SdkVersion> sdk,
            String board,
            String clocks,
            OptionalDouble internalKib,
            OptionalDouble externalKib,
            OptionalDouble flashKib,
            OptionalDouble macc,
            double millis,
            Set<Flag> flags,
            Supplier<ModelGraph> graph) {

        public boolean is(Flag flag) {
            return flags.contains(flag);
        }
    }

    /** A row without a graph, and why. */
    public record Unmapped(int line, String name, String reason) {}

    private record Network(String family, Set<Flag> flags, Supplier<ModelGraph> graph) {}

    private final Path shared;
    private final List<Row> rows = new ArrayList<>();
    private final List<Unmapped> unmapped = new ArrayList<>();

    private MeasuredNetworks(Path shared) {
        this.shared = shared;
    }

    /**
     * @param shared folder with {@code data} and {@code models}
     */
    public static MeasuredNetworks read(Path shared) throws IOException {
        MeasuredNetworks networks = new MeasuredNetworks(shared);
        CsvTable table = CsvTable.read(shared.resolve("data/n6-measurements.csv"));
        for (int index = 0; index < table.size(); index++) {
            networks.add(index + 2, table.row(index));
        }
        return networks;
    }

    /** Rows with a graph, in the order of the file. */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    public List<Unmapped> unmapped() {
        return List.copyOf(unmapped);
    }

    private void add(int line, Map<String, String> row) {
        String name = row.get("model");
        String notes = row.get("notes");
        if (row.get("inference_ms").isEmpty()) {
            unmapped.add(new Unmapped(line, name, "no time"));
            return;
        }
        String shape = row.get("input_shape");
        Optional<Network> network = network(name, row.get("format"), row.get("dataset"), shape, row.get("precision"));
        if (network.isEmpty()) {
            unmapped.add(new Unmapped(line, name, "no file and no published definition that is certain"));
            return;
        }
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        flags.addAll(network.get().flags);
        flag(flags, notes.contains("same figures") || notes.contains("identical figures"), Flag.RELABELLED);
        flag(flags, notes.contains("mixed 4/8-bit"), Flag.MIXED_WEIGHTS);
        flag(flags, notes.contains("whole ms") || notes.contains("example report"), Flag.ROUNDED);
        flag(flags, notes.contains("file name says") || notes.contains("exceeds the on-chip"), Flag.DOUBTFUL);
        flag(flags, controlled(row), Flag.EPOCH_CONTROLLER);
        String board = row.get("board").startsWith("NUCLEO") ? "nucleo-n657x0-q" : "stm32n6570-dk";
        String clocks = notes.contains("MCU 600 MHz") ? "nominal" : "overdrive";
        rows.add(new Row(
                line,
                name,
                network.get().family,
                SdkVersion.of(row.get("stedgeai_version").split("-")[0]),
                board,
                clocks,
                number(row.get("internal_ram_kib")),
                number(row.get("external_ram_kib")),
                number(row.get("weights_flash_kib")),
                number(row.get("macc")),
                Double.parseDouble(row.get("inference_ms")),
                flags,
                network.get().graph));
    }

    /**
     * AI Studio of 4.0.1 lists blocks of the epoch controller. The model zoo does not print its options; its profiles have
     * the controller on, and its times leave no room for the programming that the same networks need without.
     */
    private static boolean controlled(Map<String, String> row) {
        boolean zoo = row.get("source").startsWith("STMicroelectronics/stm32ai-modelzoo");
        boolean studio = row.get("notes").contains("AI Studio")
                && row.get("stedgeai_version").startsWith("4.0.1");
        return studio || zoo;
    }

    private static void flag(Set<Flag> flags, boolean condition, Flag flag) {
        if (condition) {
            flags.add(flag);
        }
    }

    private static OptionalDouble number(String text) {
        return text.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text));
    }

    private Optional<Network> network(String name, String format, String dataset, String shape, String precision) {
        Optional<Network> file = fileOf(name, precision);
        return file.isPresent() ? file : built(name, format, dataset, shape);
    }

    private Optional<Network> fileOf(String name, String precision) {
        if (name.matches("baseline_(conv2d_(16f_3x3|1x1|32f_5x5|32f_7x7|3x3|pool))_int8")) {
            return file("single layers", "generic/baseline/" + name + ".tflite");
        }
        return switch (name) {
            case "mobilenet_v2_224_int8" -> file("mobilenet_v2", "generic/mobilenet_v2_224_int8.onnx");
            // Version 2 of ONNX's model zoo, in PyTorch's form: 54 hardware epochs of 56.
            case "mobilenet_v2_1.0_224" ->
                Optional.of(new Network(
                        "mobilenet_v2",
                        Set.of(),
                        () -> MobileNets.v2(Flavour.ONNX, 1, Rounding.TO_EIGHT, false, 224, 224, 1000)
                                .build()));
            case "blazeface_front_128_quant_pc_ff_od_widerface",
                    "blazeface_front_128_quant_pc_ff",
                    "blazeface_front_128" ->
                file("blazeface", "blazeface/blazeface_front_128_quant_pc_ff_od_wider_face.tflite");
            case "dbface_keras_256x256_integer_quant_nhwc" ->
                file("dbface", "dbface/dbface_keras_256x256_integer_quant_nhwc.tflite");
            case "dbface_keras_480x640_integer_quant_nhwc" ->
                Optional.of(new Network(
                        "dbface",
                        Set.of(Flag.OTHER_FILE),
                        () -> faceAt480x640(open("dbface/dbface_keras_256x256_integer_quant_nhwc.tflite"))));
            case "yolov8n_micro_224_int8" ->
                Optional.of(new Network(
                        "yolov8n", Set.of(Flag.OTHER_FILE), () -> yoloAt224(open("generic/yolov8n_int8.onnx"))));
            case "YuNet/model_weight_quant" -> file("yunet", "yunet/model_weight_quant.tflite", Flag.CPU_ONLY);
            case "retinaface_mobilenet0.25_Final_1x3x256x256_fixed" ->
                resized(
                        "retinaface",
                        "retinaface/retinaface_mbnet0.25.onnx",
                        Shape.of(1, 3, 256, 256),
                        Flag.CPU_ONLY,
                        Flag.OTHER_FILE);
            case "SCRFD/model_float32" ->
                resized(
                        "scrfd",
                        "scrfd/scrfd_500m_bnkps.onnx",
                        Shape.of(1, 3, 480, 640),
                        Flag.CPU_ONLY,
                        Flag.OTHER_FILE);
            case "faceboxes_1x3x192x320_PerChannel_quant_random_1" ->
                resized(
                        "faceboxes",
                        "faceboxes/FaceBoxes.onnx",
                        Shape.of(1, 3, 192, 320),
                        Flag.QUANTIZE,
                        Flag.OTHER_FILE);
            default -> Optional.empty();
        };
    }

    private Optional<Network> file(String family, String path, Flag... flags) {
        return Optional.of(new Network(family, Set.of(flags), () -> open(path).graph()));
    }

    private Optional<Network> resized(String family, String path, Shape input, Flag... flags) {
        return Optional.of(new Network(family, Set.of(flags), () -> {
            ModelGraph graph = open(path).graph();
            return ShapeInference.infer(graph, Map.of(graph.inputs().get(0).name(), input));
        }));
    }

    /** The same network at another input: constants that count or list the cells of the grids follow. */
    private static ModelGraph yoloAt224(ModelFile file) {
        ModelGraph graph = file.graph();
        long[] cells = {80 * 80 + 40 * 40 + 20 * 20, 28 * 28 + 14 * 14 + 7 * 7};
        ModelGraph.Builder builder = graph.toBuilder();
        graph.constants().forEach((name, value) -> {
            long[] shape = value.shape().toArray();
            long[] smaller = Arrays.stream(shape)
                    .map(size -> size == cells[0] ? cells[1] : size)
                    .toArray();
            if (!Arrays.equals(shape, smaller)) {
                ByteBuffer zeros = ByteBuffer.allocate(
                        (int) value.element().bytesFor(Shape.of(smaller).elements()));
                builder.constant(name, TensorData.of(new TensorType(value.element(), Shape.of(smaller)), zeros));
            } else if (value.element() == ElementType.INT64 && value.elements() > 0) {
                long[] values = value.toLongs();
                for (int index = 0; index < values.length; index++) {
                    values[index] = values[index] == cells[0] ? cells[1] : values[index];
                }
                builder.constant(name, TensorData.ofLongs(value.shape(), values));
            }
        });
        String input = graph.inputs().get(0).name();
        return ShapeInference.infer(builder.build(), Map.of(input, Shape.of(1, 3, 224, 224)));
    }

    /** The same network at another input: the sizes that it resizes to follow. */
    private static ModelGraph faceAt480x640(ModelFile file) {
        ModelGraph graph = file.graph();
        ModelGraph.Builder builder = graph.toBuilder();
        for (Node node : graph.nodes()) {
            if (node.is("Resize")) {
                long[] sizes = graph.constant(node.input(3)).orElseThrow().toLongs();
                long[] larger = {sizes[0], sizes[1], sizes[2] * 480 / 256, sizes[3] * 640 / 256};
                builder.constant(node.input(3), TensorData.ofLongs(Shape.of(4), larger));
            }
        }
        String input = graph.inputs().get(0).name();
        return ShapeInference.infer(builder.build(), Map.of(input, Shape.of(1, 480, 640, 3)));
    }

    private ModelFile open(String path) {
        return ModelFile.open(shared.resolve("models").resolve(path));
    }

    private static final Map<String, Double> WIDTHS = Map.of(
            "025", 0.25, "035", 0.35, "050", 0.5, "0.25", 0.25, "0.5", 0.5, "075", 0.75, "100", 1.0, "1.0", 1.0, "140",
            1.4);

    private static final Pattern V1 =
            Pattern.compile("mobilenet(?:_v1|v1|b)?_a?(0\\.25|0\\.5|1\\.0|\\d{3})_(?:pt_)?224.*");
    private static final Pattern V2 =
            Pattern.compile("mobilenetv2(b?)_[aw](\\d{3})_(pt_)?(\\d+)(_128)?(_fft)?(_qdq.*)?");
    private static final Pattern FAST_DOWN = Pattern.compile("fdmobilenet_a(\\d{3})_(pt_)?(\\d+)(_tfs)?");
    private static final Pattern YOLO_X = Pattern.compile(
            "st_yoloxn_d(\\d)(\\d\\d)_w(\\d)(\\d\\d)_(\\d+).*|st_yolo_x_nano_(\\d+)_([\\d.]+)_([\\d.]+)");

    private Optional<Network> built(String name, String format, String dataset, String shape) {
        Flavour flavour = format.startsWith("onnx") ? Flavour.ONNX : Flavour.TFLITE;
        int size = shape.matches("1x(\\d+)x.*") ? Integer.parseInt(shape.split("x")[1]) : 0;
        Optional<Network> mobile = mobile(name, flavour, dataset);
        if (mobile.isPresent()) {
            return mobile;
        }
        long classes = classes(name, dataset);
        if (name.startsWith("baseline_conv2d_64f_3x3")) {
            return net("single layers", () -> SingleLayers.convolution(64, 3));
        } else if (name.startsWith("baseline_depthwise_3x3")) {
            return net("single layers", () -> SingleLayers.depthwise(3));
        } else if (name.startsWith("squeezenetv11")) {
            return net("squeezenet", () -> Classifiers.squeezeNet11(flavour, size, classes));
        } else if (name.startsWith("squeezenetv10")) {
            return net("squeezenet", () -> Classifiers.squeezeNet10(flavour, size, classes));
        } else if (name.startsWith("resnet50v2")) {
            return net("resnet50_v2", () -> Classifiers.resNet50v2(flavour, size, classes));
        } else if (name.startsWith("darknettiny")) {
            return net("darknet", () -> Classifiers.darkNetTiny(flavour, size, classes));
        } else if (name.startsWith("mnasnet_d050")) {
            return net("mnasnet", () -> Classifiers.mnasNetB1(flavour, 0.5, size, classes));
        } else if (name.startsWith("proxylessnas")) {
            return net("proxylessnas", () -> Classifiers.proxylessMobile(flavour, size, classes));
        } else if (name.startsWith("hardnet39ds")) {
            return net("hardnet", () -> Classifiers.harDNet39ds(flavour, size, classes));
        } else if (name.startsWith("dla46c")) {
            return net("dla", () -> DeepLayerAggregation.dla46c(flavour, size, classes));
        } else if (name.startsWith("dla46xc")) {
            return net("dla", () -> DeepLayerAggregation.dla46xc(flavour, size, classes));
        } else if (name.startsWith("dla60xc")) {
            return net("dla", () -> DeepLayerAggregation.dla60xc(flavour, size, classes));
        } else if (name.startsWith("st_efficientnetlcv1")) {
            return net("efficientnet", () -> Classifiers.efficientNet(flavour, 0.45, 3, size, classes));
        } else if (name.startsWith("yolov2t") || name.contains("tiny_yolo_v2")) {
            return net("tiny_yolo_v2", () -> Detectors.tinyYolo2(flavour, size == 0 ? 224 : size, 512, 1));
        } else if (name.startsWith("st_yololcv1")) {
            return net("st_yolo_lc", () -> Detectors.yoloLc(flavour, size, 1));
        } else if (name.startsWith("ssd_mobilenetv1_pt") || name.startsWith("ssdlite_mobilenetv1_pt")) {
            return net(
                    "ssd_mobilenet_v1",
                    () -> Detectors.ssdMobileNet1(flavour, size, name.startsWith("ssdlite"), classes + 1));
        } else if (name.startsWith("st_deeplabv3") || name.startsWith("deeplab_v3")) {
            return net("deeplab_v3", () -> Detectors.deepLab3(flavour, 0.5, size, 2));
        }
        Matcher yolo = YOLO_X.matcher(name);
        if (yolo.matches()) {
            boolean old = yolo.group(6) != null;
            double depth = Double.parseDouble(old ? yolo.group(7) : yolo.group(1) + "." + yolo.group(2));
            double width = Double.parseDouble(old ? yolo.group(8) : yolo.group(3) + "." + yolo.group(4));
            return net("st_yolo_x", () -> YoloX.network(flavour, depth, width, size, classes));
        }
        return Optional.empty();
    }

    private static Optional<Network> mobile(String name, Flavour flavour, String dataset) {
        long classes = classes(name, dataset);
        Matcher v1 = V1.matcher(name);
        if (v1.matches()) {
            double width = WIDTHS.get(v1.group(1));
            return net("mobilenet_v1", () -> MobileNets.v1(flavour, width, 224, classes));
        }
        Matcher v2 = V2.matcher(name);
        if (v2.matches()) {
            double width = WIDTHS.get(v2.group(2));
            // pytorchcv collection, but for the 0.35 that it does not have.
            boolean collection = v2.group(3) != null && !name.contains("w035");
            int rows = Integer.parseInt(v2.group(4));
            int columns = v2.group(5) == null ? rows : 128;
            Rounding rounding = collection ? Rounding.DOWN : Rounding.TO_EIGHT;
            boolean first = collection && v2.group(1).isEmpty();
            return net("mobilenet_v2", () -> MobileNets.v2(flavour, width, rounding, first, rows, columns, classes));
        }
        Matcher fast = FAST_DOWN.matcher(name);
        if (fast.matches()) {
            double width = WIDTHS.get(fast.group(1));
            int size = Integer.parseInt(fast.group(3));
            return net("fdmobilenet", () -> MobileNets.fastDown(flavour, width, size, classes));
        }
        if (name.startsWith("st_fdmobilenetv1")) {
            int size = name.contains("128") ? 128 : 224;
            return net("fdmobilenet", () -> MobileNets.stFastDown(flavour, size, classes));
        }
        return Optional.empty();
    }

    private static long classes(String name, String dataset) {
        return switch (dataset) {
            case "food101", "food-101" -> name.contains("_fft") || name.contains("_tfs") ? 101 : 1000;
            case "coco_person", "st_person" -> name.startsWith("mobilenet") ? 2 : 1;
            case "coco", "coco_80" -> 80;
            case "voc" -> 20;
            case "DeepSportradar" -> 128;
            default -> 1000;
        };
    }

    private static Optional<Network> net(String family, Supplier<NetworkBuilder> network) {
        return Optional.of(new Network(family, Set.of(), () -> network.get().build()));
    }

    /** SHA-256 of the table of measurements, for provenance. */
    public String digest() {
        try {
            return CsvTable.sha256(shared.resolve("data/n6-measurements.csv"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
