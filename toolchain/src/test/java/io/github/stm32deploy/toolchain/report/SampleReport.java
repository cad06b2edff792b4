// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A report with every section, made up for tests of the JSON contract and of the page. */
final class SampleReport {
    private SampleReport() {}

    static Report complete() {
        List<Report.Layer> layers = new ArrayList<>();
        List<Report.LayerTime> times = new ArrayList<>();
        List<Report.Buffer> buffers = new ArrayList<>();
        List<Report.LayerError> errors = new ArrayList<>();
        List<Long> live = new ArrayList<>();
        for (int index = 0; index < 30; index++) {
            String name = "backbone/stage<" + index / 8 + ">/block_" + index % 8 + "/Conv";
            layers.add(new Report.Layer(
                    name,
                    "Conv",
                    "Conv \"" + name + "\"",
                    index % 7 == 6 ? "cpu" : "npu",
                    "kernel 3x3, stride 1",
                    1_000_000L * index,
                    64,
                    4096,
                    List.of(index + 1),
                    40.0 * (index + 1)));
            times.add(new Report.LayerTime(name, "instructions", 5000.0 * (index + 1)));
            errors.add(new Report.LayerError(name, "Conv", 0.999, 10.0 + index, 0.01));
            buffers.add(new Report.Buffer("t" + index, (index % 3) * 4096L, 4096, index, index + 1));
            live.add(8192L + (index % 3) * 2048);
        }
        return new Report(
                Report.SCHEMA,
                new Report.Tool("stm32-deploy", "0.1.0"),
                new Report.Model(
                        "sample",
                        "gesichter & größen.onnx",
                        "onnx",
                        "0".repeat(64),
                        List.of(new Report.Value("input", "float32", List.of(1L, 3L, 128L, 128L), "NCHW")),
                        List.of(new Report.Value("scores", "float32", List.of(1L, 896L, 1L), "")),
                        123_456L,
                        7890L,
                        "Knows drawn faces only."),
                new Report.Board("qemu-mps3-an547", "cpu"),
                "npu+cpu",
                "Runs on the NPU; 4 of 30 epochs are computed by the CPU.",
                List.of(new Report.Finding(
                        "QNT-CALIBRATION-SYNTHETIC",
                        "wrong",
                        "quantize",
                        "sample.onnx",
                        "ranges come from noise",
                        "no folder was given",
                        "",
                        "boxes may be missed",
                        new Report.Fix("stm32-deploy build sample.onnx --calibration FOLDER", false, ""),
                        "")),
                new Report.Known("sample-recipe", "A sample", "same file", "MIT", null),
                prediction(),
                layers,
                new Report.ActivationPlan(12288, 12288, 512, buffers, live),
                List.of(
                        new Report.Repair(
                                "uint8-to-int8",
                                List.of("conv_1", "conv_2"),
                                "2 tensors hold unsigned codes",
                                List.of("input \"input\" takes INT8 codes"),
                                Map.of(),
                                new Report.Parity(0.0, 0.0, 0.0, 896L, 0L, true, "896 values are equal")),
                        new Report.Repair(
                                "symmetric-weights",
                                List.of("conv_3"),
                                "weights of 1 convolution have a zero point",
                                List.of(),
                                Map.of(),
                                new Report.Parity(
                                        null, null, null, null, null, false, "not comparable: no fixed size"))),
                new Report.Quantization(
                        "int8 QDQ, symmetric per-channel weights, asymmetric per-tensor activations",
                        "min-max",
                        16,
                        false,
                        List.of(new Report.OutputError("scores", 0.9991, 27.5, 0.02)),
                        errors,
                        List.of("notes.txt: no image"),
                        List.of(new Report.QuantizationStep(
                                "equalize-channels",
                                "channels share the scale of their tensor: strength full",
                                List.of("conv_1"),
                                2.5,
                                true)),
                        List.of(new Report.LayerSensitivity("conv_1", "Conv", List.of("conv_1"), 41.5, 0.7, 0.12)),
                        task()),
                new Report.Obtained(
                        "4.0.1-20581 7ed50de05",
                        "1.1.3-275",
                        "stai",
                        new Report.ObtainedEpochs(30, 24, 2, 1, 3),
                        Map.of("Softmax", 3L, "Cast", 1L),
                        new StReport.Placement(3, 3, 4, 1.0, 0.75, "nothing", "1 Cast 64"),
                        150_000,
                        98_304,
                        List.of(
                                new Report.ObtainedPool("npuRAM5", 458_752, 98_304),
                                new Report.ObtainedPool("octoFlash", 117_440_512, 150_000)),
                        List.of(new Report.WeightFile("network_atonbuf.xSPI2.raw", "octoFlash", 0x71000000L, 150_000))),
                new Report.Build("image/firmware.elf", 40_000, 9_000, 200, 20_000, 150_000, Map.of("gcc", "12.2.1")),
                new Report.Measurement(
                        new Report.Device("qemu-mps3-an547", true, 32_000_000, null, "ab12"),
                        new Report.Method(2, 5, 1, "SSE-300 counter under -icount"),
                        new Report.Spread("instructions", 30_000_000, 30_000_001, 30_000_002, 30_000_002),
                        new Report.Spread("instructions", 40_000, 40_001, 40_002, 40_002),
                        new Report.Spread("microseconds", 600_000, 610_000, 650_000, 700_000),
                        new Report.Spread("microseconds", 900_000, 910_000, 950_000, 990_000),
                        times,
                        new Report.Memory(40_000, 2_100, 199_200, 12_288, 150_000),
                        123_456,
                        "trusted",
                        "all reloads agree"),
                List.of(new Report.ImageDetections(
                        "scene.png",
                        List.of(new Report.Box(10, 20, 30.5, 40.25, 0.93, List.of(List.of(12.0, 24.0)))),
                        null)));
    }

    /** One object that both find, one that only float finds and int8 nearly. */
    static TaskView task() {
        Report.Box box = new Report.Box(10, 20, 30.5, 40.25, 0.93, List.of(List.of(12.0, 24.0)));
        TaskView.Agreement agreement = new TaskView.Agreement(2, 1, 1, 0.5, 1.0, 0.9, -0.01, 0.02, 0.03);
        return new TaskView(
                "YuNet v2",
                "outputs named cls_8",
                "in 1 calibration image int8 finds 1 of 2 detections of float",
                "photos",
                true,
                1,
                2,
                List.of("notes.png"),
                new TaskView.Boxes(
                        0.5,
                        0.5,
                        1,
                        agreement,
                        List.of(new TaskView.ImageBoxes(
                                "gruppe <1>.png",
                                agreement,
                                false,
                                List.of(
                                        new TaskView.Seen(box, box, 0.9, 0.02, null, null),
                                        new TaskView.Seen(null, box, null, null, 0.3, null),
                                        new TaskView.Seen(box, null, null, null, null, 0.47))))),
                new TaskView.Labels(
                        1,
                        1,
                        List.of(new TaskView.ImageLabels(
                                "gruppe <1>.png",
                                true,
                                1,
                                List.of(new Report.Label(3, 0.8)),
                                List.of(new Report.Label(3, 0.7))))));
    }

    /** A network whose epochs are of every kind and wait for everything there is. */
    static Prediction prediction() {
        List<String> bounds = List.of(
                "output stream",
                "depthwise input",
                "multiply",
                "weights from flash",
                "channels",
                "external ram",
                "software",
                "overhead");
        List<Prediction.Step> steps = new ArrayList<>();
        List<Prediction.Buffer> buffers = new ArrayList<>();
        for (int index = 0; index < 30; index++) {
            String bound = bounds.get(index % bounds.size());
            boolean software = bound.equals("software");
            steps.add(new Prediction.Step(
                    index + 1,
                    software ? "sw" : index % 9 == 4 ? "hybrid" : "hw",
                    software ? "quantize" : index % 2 == 0 ? "pointwise" : "depthwise",
                    "Conv 1x1 + Relu <" + index + ">",
                    List.of("backbone/stage<" + index / 8 + ">/block_" + index % 8 + "/Conv"),
                    software ? 0 : 150_000L * (index + 1) * (index + 1),
                    40_000,
                    30_000,
                    500L * index,
                    index == 3 ? 100_000 : 0,
                    software,
                    30.0 + 20 * (index % 11),
                    bound));
            buffers.add(new Prediction.Buffer(
                    "t" + index,
                    index % 3 == 0 ? "npuRAM5" : index % 3 == 1 ? "npuRAM4" : index == 5 ? "hyperRAM" : "cpuRAM2",
                    (index % 5) * 65_536L,
                    65_536L * (1 + index % 2),
                    index,
                    index + 1 + index % 3,
                    index == 5));
        }
        return new Prediction(
                "after quantize",
                "4.0",
                "overdrive: CPU 800 MHz, NPU 1000 MHz",
                900_000,
                131_072,
                310_000,
                310_000,
                700_000,
                true,
                4.1,
                3.4,
                5.2,
                new Prediction.EpochCounts(22, 4, 4),
                "fitted on 41 published networks; this one lies between them",
                new Prediction.MaccShares(1_200_000_000, 150_000_000, 20_000_000, 0),
                null,
                new Prediction.Limits(288e9, 6.4e9, 397e6, 1_000_000_000),
                List.of(
                        new Prediction.Pool("cpuRAM2", "on-chip", 1_048_576, 250_000, 250_000, 0),
                        new Prediction.Pool("npuRAM4", "on-chip", 458_752, 400_000, 400_000, 0),
                        new Prediction.Pool("npuRAM5", "on-chip", 458_752, 458_752, 300_000, 158_752),
                        new Prediction.Pool("octoFlash", "external-flash", 117_440_512, 310_000, 0, 310_000),
                        new Prediction.Pool("hyperRAM", "external-ram", 33_554_432, 131_072, 131_072, 0)),
                buffers,
                steps);
    }
}
