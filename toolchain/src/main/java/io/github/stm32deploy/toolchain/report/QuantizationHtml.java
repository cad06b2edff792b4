// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.fact;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What {@code quantize} did, as one file without outside references. */
public final class QuantizationHtml {
    private QuantizationHtml() {}

    /**
     * @param model that was quantized
     * @param quantization null where it came quantized
     * @param withoutTask why it is not known what float and int8 find; empty where it is, or nobody asked
     * @param pictures of what both find
     */
    public static byte[] render(
            Report.Model model,
            Report.Quantization quantization,
            List<Report.Finding> findings,
            String withoutTask,
            TaskPictures pictures) {
        Page whole = new Page(model.file() + " in int8");
        StringBuilder page = whole.text();
        TaskView task = quantization == null ? null : quantization.task();
        page.append("<header>\n<p class=\"verdict npu-cpu\">int8</p>\n<h1>")
                .append(escape(model.file()))
                .append("</h1>\n<p class=\"answer\">")
                .append(escape(answer(quantization)))
                .append("</p>\n</header>\n");
        if (quantization != null) {
            List<String[]> tiles = new ArrayList<>(task == null ? List.of() : TaskSections.tiles(task));
            quantization.outputs().stream()
                    .filter(output -> output.sqnrDb() != null)
                    .min(Comparator.comparingDouble(Report.OutputError::sqnrDb))
                    .ifPresent(worst -> tiles.add(new String[] {
                        String.format(Locale.ROOT, "%.1f dB", worst.sqnrDb()), "SQNR of the worst output"
                    }));
            tiles.add(new String[] {
                Integer.toString(quantization.samples()),
                quantization.synthetic() ? "synthetic samples for the ranges" : "samples for the ranges"
            });
            HtmlReport.tiles(page, tiles);
            new TaskSections("float", "int8").append(page, task, withoutTask, pictures);
        }
        HtmlReport.findings(page, findings);
        if (quantization != null) {
            QuantizationSections.append(page, quantization);
        }
        page.append("<section>\n<h2>How this was obtained</h2>\n<dl>");
        Report.Tool tool = Report.thisTool();
        fact(page, "tool", tool.name() + " " + tool.version());
        fact(page, "model", model.format() + ", sha256 " + model.sha256());
        fact(page, "values", "float and int8 graph run in ONNX Runtime, without fusions; decoders as on the board");
        page.append("</dl>\n</section>\n");
        return whole.end();
    }

    private static String answer(Report.Quantization quantization) {
        if (quantization == null) {
            return "The model came quantized: there is no float graph to compare with.";
        }
        return quantization.outputs().stream()
                .filter(output -> output.sqnrDb() != null)
                .min(Comparator.comparingDouble(Report.OutputError::sqnrDb))
                .map(worst -> String.format(
                        Locale.ROOT,
                        "The worst output of the int8 graph is %s: its error is %s of the signal.",
                        worst.name(),
                        share(worst.sqnrDb())))
                .orElse("All outputs of the int8 graph are exact.");
    }

    private static String share(double decibels) {
        return String.format(Locale.ROOT, "%.3g %%", 100 * Math.pow(10, -decibels / 20));
    }
}
