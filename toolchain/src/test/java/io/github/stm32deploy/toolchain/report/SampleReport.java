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
            layers.add(new Report.Layer(name, "Conv", "Conv \"" + name + "\"", "cpu", null, 1000L * index, 64, 4096));
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
                "cpu",
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
                layers,
                new Report.ActivationPlan(12288, 12288, 512, buffers, live),
                new Report.Quantization(
                        "int8 QDQ, symmetric per-channel weights, asymmetric per-tensor activations",
                        "min-max",
                        16,
                        false,
                        List.of(new Report.OutputError("scores", 0.9991, 27.5, 0.02)),
                        errors,
                        List.of("notes.txt: no image")),
                new Report.Build("image/firmware.elf", 40_000, 9_000, 200, 20_000, 150_000, Map.of("gcc", "12.2.1")),
                new Report.Measurement(
                        new Report.Device("qemu-mps3-an547", true, 32_000_000, "ab12"),
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
}
