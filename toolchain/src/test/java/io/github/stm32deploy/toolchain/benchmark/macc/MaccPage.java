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

            ST Edge AI Core prints three figures that are all called `macc`, and they differ.

            - **Layer table**: `model: macc=` in the text report. Every layer of the file costs something, conversions included.
              Reports of Core 2.0.0, 2.1.0, 2.2.0, 3.0.0, 4.0.0 and 4.0.1 count alike. This is the figure that `check` shows first.
            - **Generated C**: what the summary of `validate` prints and the Developer Cloud shows, also for a model that runs on the
              NPU: fused activations and inner conversions of int8 layers are gone, integer curves are tables, transposed
              convolutions run over an input stuffed with zeros, changes of layout at the ends of an ONNX graph are counted.
            - **Summary**: what `analyze` and `generate` print for the NPU. 0 before 4.0; from there half the operations of the epochs.
              `check --sdk 4.0` shows it in brackets, `summaryMacc` in the report, where the file is int8 or runs as it is.

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

    private static final String SUMMARIES = """

            ## Summary

            The c_info files of 2.0 to 3.0 list operations for each epoch (`power_estimates[].ops`), although these releases
            print 0 in the summary (2.2 was seen to, 3.0 by the release notes of 4.0). Read off there:

            | node of an epoch | operations |
            |---|---|
            | Conv, Gemm, MatMul | 2 x outputs x window x input channels / groups |
            | its bias | 1 an output of an integer convolution; none for a product of two activations, none in float |
            | window larger than 3 high, 6 wide (12 at stride 2) | 1 an output for each further piece: 5x5 has two pieces, 7x7 six |
            | depthwise at stride 2 | its products twice: a group has two channels, one of them empty |
            | what a convolution reads | 1 an element where the zero point is the lowest code, as behind Relu: it is shifted to be unsigned |
            | Add, Sub, Mul | 1 an element, on the CPU too |
            | activations, pools, means, conversions, copies | 0 |

            The summary of 4.0 is half of that:

            | model | printed | ours | difference | where |
            |---|---:|---:|---:|---|
            """;

    private static final String ELSEWHERE = """

            Held against the same consoles once, on files that are not in the collection (Magnus3327/stm32n6-edge-ai-benchmarks, MD5 as
            the console prints it): 64 filters of 3x3 7,208,960, depthwise 3x3 116,736 and, with 4.0.1, YOLOv8n at 224 537,501,776 and
            YOLO11n at 224 399,666,001, all equal. YOLO11n also taught one row of the table: with biases for products of two activations
            it was 5,537 too high. MobileNetV2 at 224 printed 312,031,800 for a file of another MD5; the one in the collection has
            311,562,468.

            One line differs: the Developer Cloud, whose profile has `--optimization 3`, prints 337,920 for the depthwise layer of three
            channels, as if it were dense. Which layers that option turns is not known, so it is not counted.
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
        page.append(String.format(Locale.ROOT, TAIL, whole));
        page.append(SUMMARIES);
        for (PublishedMaccs.Shown shown : PublishedMaccs.summaries()) {
            long counted = shown.counted(shared);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %,d | %,d | %+,d | %s |%n",
                    shown.model().replaceAll(".*/", ""),
                    shown.macc(),
                    counted,
                    counted - shown.macc(),
                    shown.note()));
        }
        page.append(ELSEWHERE);
        return page.toString().replace("\r\n", "\n");
    }
}
