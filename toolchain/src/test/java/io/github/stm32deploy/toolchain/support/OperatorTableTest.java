// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.read.SharedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every row of the table of operators that was collected from the vendor's documents has a rule that says the same. */
class OperatorTableTest {
    /** Rows whose operator column names a form rather than an operator, with the rule that is theirs. */
    private static final Map<String, String> NAMED_ROWS = Map.ofEntries(
            Map.entry("onnx Softmax (Core 4.0.1)", "OP-SOFTMAX-OPTION"),
            Map.entry("onnx Gelu (Core 4.0.1)", "OP-GELU-OPTION"),
            Map.entry("onnx Swish pattern x*sigmoid(x) (Core 4.0.1)", "OP-SWISH-OPTION"),
            Map.entry("onnx PRelu (Core 4.0.1)", "OP-PRELU-SLOPE"),
            Map.entry("onnx MatMul/Gemm (Core 4.0.1)", "OP-MATMUL-ACTIVATIONS"),
            Map.entry("onnx Tile with repeats input", "OP-TILE-REPEATS"),
            Map.entry("onnx Conv depthwise stride 2 (rank-3, Citrinet)", "OP-CONV-DEPTHWISE-STALL"),
            Map.entry("onnx Conv 1x1 after Relu separated by Reshape", "OP-CONV-AFTER-RESHAPED-RELU"),
            Map.entry("onnx DepthToSpace (Core 4.0.1)", "OP-DEPTHTOSPACE-STREAMS"),
            Map.entry("onnx Concat (Core 4.0.1, YOLO necks)", "OP-CONCAT-AXIS"),
            Map.entry("onnx Transpose (Core 4.0.1, YOLO head)", "OP-TRANSPOSE-ORDER"),
            Map.entry("onnx Sub (float, YOLO head)", "OP-SUB-CONSTANT-FIRST"),
            Map.entry("onnx ScatterND", "OP-SCATTERND"),
            Map.entry("onnx QuantizeLinear", "OP-QUANTIZELINEAR"),
            Map.entry("onnx DequantizeLinear", "OP-DEQUANTIZELINEAR"),
            Map.entry("tflite QUANTIZE", "OP-QUANTIZELINEAR"),
            Map.entry("tflite QUANTIZE (requantize)", "OP-QUANTIZELINEAR"),
            Map.entry("tflite DEQUANTIZE", "OP-DEQUANTIZELINEAR"),
            Map.entry("tflite FLOAT16 tensors", "NUM-FLOAT16"),
            Map.entry("tflite weight-only (dynamic range) quantised layers", "NUM-WEIGHT-ONLY"),
            Map.entry("any float32 layer", "NUM-FLOAT"),
            Map.entry("any uint8 activations (QDQ unsigned)", "NUM-UNSIGNED"));

    /** Rows that our rules contradict, because a report or the table itself shows otherwise. */
    private static final Map<String, String> CONTRADICTED = Map.of(
            "tflite MEAN", "the reports of the single-layer networks and of 4.0.1 have it as a pool on the NPU",
            "tflite weight-only (dynamic range) quantised layers",
                    "the user's table shows it running on the CPU for seconds");

    private static final Set<Placement> FAST = EnumSet.of(Placement.NPU, Placement.NONE, Placement.HYBRID);
    private static final Set<Placement> SLOW = EnumSet.of(Placement.CPU, Placement.OPTION);

    private record Row(String framework, String operator, String mapping) {
        String key() {
            return framework + " " + operator;
        }
    }

    @Test
    void every_row_has_a_rule_with_its_mapping() throws IOException {
        List<Row> rows = rows();
        assertThat(rows).hasSizeGreaterThan(250);
        List<String> wrong = new ArrayList<>();
        for (Row row : rows) {
            Rule rule = rule(row);
            if (rule == null) {
                wrong.add(row.key() + ": no rule");
            } else if (!CONTRADICTED.containsKey(row.key()) && !agrees(row, rule)) {
                wrong.add(row.key() + " is " + row.mapping() + ", rule " + rule.id() + " gives " + placements(rule));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static List<Row> rows() throws IOException {
        Path table = SharedModels.folder().resolveSibling("data").resolve("neural-art-operators.csv");
        assumeTrue(Files.isRegularFile(table), "no table of operators at " + table);
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(table)) {
            List<String> cells = cells(line);
            if (!cells.get(0).equals("framework")) {
                rows.add(new Row(cells.get(0), cells.get(1), cells.get(2)));
            }
        }
        return rows;
    }

    /** The first three cells of a line; commas inside quotes belong to the cell. */
    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (char letter : (line + ",").toCharArray()) {
            if (letter == '"') {
                quoted = !quoted;
            } else if (letter == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(letter);
            }
        }
        return cells;
    }

    private static Rule rule(Row row) {
        String named = NAMED_ROWS.get(row.key());
        if (named != null) {
            return Rules.byId(named).orElse(null);
        }
        String prefix = row.framework().equals("onnx") ? "OP-" : "TFL-";
        return Rules.byId(prefix + row.operator().toUpperCase(Locale.ROOT).replace('_', '-'))
                .orElse(null);
    }

    /** Placements that examples of the rule, and of the rules about forms of the same operator, end at. */
    private static Set<Placement> placements(Rule rule) {
        Set<Placement> found = EnumSet.noneOf(Placement.class);
        FormExamples.Pair pair = FormExamples.of(rule);
        for (SdkVersion sdk : rule.versions()) {
            if (pair != null) {
                found.add(pair.accepted().placement(sdk).placement());
                found.add(pair.refused().placement(sdk).placement());
                continue;
            }
            ListedExamples examples = new ListedExamples(rule);
            found.add(examples.onHardware().placement(sdk).placement());
            if (rule.outcomes().contains(Placement.NPU)) {
                found.add(examples.onFloats().placement(sdk).placement());
            }
        }
        return found;
    }

    private static boolean agrees(Row row, Rule rule) {
        Set<Placement> found = placements(rule);
        boolean fast = found.stream().anyMatch(FAST::contains);
        boolean slow = found.stream().anyMatch(SLOW::contains);
        return switch (row.mapping()) {
            case "hw" -> fast;
            case "hw-conditional" -> fast || rule.isRemark();
            case "sw" -> slow;
            case "unsupported" -> found.contains(Placement.REFUSED);
            default -> throw new AssertionError("mapping " + row.mapping());
        };
    }
}
