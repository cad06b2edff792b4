// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.quantize;

import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class QuantizeBenchmark {
    public static void main(String[] arguments) throws IOException {
        Path shared = Path.of(arguments[0]);
        Path work = Files.createDirectories(Path.of(arguments[1]));
        Photographs photographs = new Photographs(shared.resolve("images"));
        for (FloatModels.Case model : FloatModels.all()) {
            OnnxWriter.write(model.graph(shared), work.resolve(model.id() + ".onnx"));
            photographs.write(work.resolve(model.id() + "-calibration.npy"), false, model.contract());
            photographs.write(work.resolve(model.id() + "-held-out.npy"), true, model.contract());
        }
    }
}
