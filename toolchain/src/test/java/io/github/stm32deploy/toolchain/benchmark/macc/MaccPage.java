// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.macc;

import io.github.stm32deploy.toolchain.macc.LayerTable;
import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.macc.MaccCounter;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Our count beside published ones, as the page {@code docs/reference/macc.md}. */
public final class MaccPage {
    private static final String HEAD = """
            <!-- SPDX-License-Identifier: Apache-2.0 -->
            <!-- Written by toolchain/benchmarks/memory/run.sh --write; do not edit. -->
            # Multiply-accumulates as ST counts them

                toolchain/benchmarks/memory/run.sh --write

            ST Edge AI Core prints two figures that are both called `macc`, and they differ.

            - **Layer table**: `model: macc=` in the text report. Every layer of the file costs something, conversions included.
              Reports of Core 2.0.0, 2.1.0, 2.2.0, 3.0.0, 4.0.0 and 4.0.1 count alike. This is the figure that `check` shows.
            - **Generated C**: what the summary of `validate` prints and the Developer Cloud shows, also for a model that runs on the
              NPU: fused activations and inner conversions of int8 layers are gone, integer curves are tables, transposed
              convolutions run over an input stuffed with zeros, changes of layout at the ends of an ONNX graph are counted.

            The summary of `analyze` and `generate` prints a third one for the NPU: 0 up to 2.2, and from 4.0 a count over epochs. It
            is not predicted.

            | operator | layer table |
            |---|---|
            | Conv, QLinearConv | outputs x window x input channels / groups, plus one for each bias (a channel) |
            | ConvTranspose | inputs x window x output channels / groups, plus biases (generated C: outputs x window x input channels) |
            | Gemm, MatMul | outputs x inner size, plus biases |
            | MaxPool, AveragePool | outputs x window |
            | GlobalAveragePool, ReduceMean | inputs |
            | Add, Sub, Mul, Relu, Clip, LeakyRelu | 1 an element (LeakyRelu in generated float C: 3) |
            | PRelu, other BatchNormalization, QuantizeLinear, DequantizeLinear, Cast | 2 an element |
            | BatchNormalization behind a Conv | folded into it: 0, or the biases that the Conv did not have |
            | Div | 5 an element |
            | Sigmoid | 10 an element (generated int8 C: 1) |
            | Softmax | 15 an element |
            | Transpose | 1/2 an element |
            | Reshape, Concat, Slice, Split, Pad, Resize, Gather | 0 |

            Read off layer tables, but for the two remarks on generated C. Operators that no published table shows are taken as
            their likes (Tanh, Exp, HardSwish as Sigmoid) or as one an element. Sizes that a file leaves open count as 1.

            ## Layer tables of published reports

            Equal means every layer, not the sum alone.

            | report | Core | printed | ours | layers with a cost |
            |---|---|---:|---:|---|
            """;

    private static final String SHOWN = """

            ## Generated C

            | model | input | shown | ours | difference | where |
            |---|---|---:|---:|---:|---|
            """;

    private static final String TAIL = """

            CenterFace is the row to be careful with: its file leaves height and width open, so the 2,377,640 that the cloud shows
            are the operations on an image of one pixel. At 128x128 the same network has %,d by the layer table.
            """;

    private MaccPage() {}

    public static String render(Path shared) throws IOException {
        StringBuilder page = new StringBuilder(HEAD);
        for (PublishedMaccs.Report report : PublishedMaccs.reports()) {
            LayerTable table =
                    LayerTable.read(shared.resolve("fixtures/stedgeai").resolve(report.report()));
            MaccCount count = MaccCounter.count(
                    ModelFile.open(shared.resolve(report.model())).graph(), report.sdk());
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %,d | %,d | %d |%n",
                    report.report(),
                    report.sdk(),
                    table.total(),
                    count.total(),
                    table.layers().stream().filter(layer -> layer.macc() > 0).count()));
        }
        page.append(SHOWN);
        for (PublishedMaccs.Shown shown : PublishedMaccs.shown()) {
            long counted = shown.counted(shared);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %,d | %,d | %+,d | %s |%n",
                    shown.model().replaceAll(".*/", ""),
                    shown.input().isEmpty() ? "as filed" : shown.input(),
                    shown.macc(),
                    counted,
                    counted - shown.macc(),
                    shown.note()));
        }
        Path centerFace = shared.resolve("models/centerface/centerface_1x3x128x128_full_integer_quant.tflite");
        long whole = MaccCounter.count(
                        ModelFile.open(centerFace).graph(), io.github.stm32deploy.toolchain.support.SdkVersion.V2_2)
                .total();
        return page.append(String.format(Locale.ROOT, TAIL, whole)).toString().replace("\r\n", "\n");
    }
}
