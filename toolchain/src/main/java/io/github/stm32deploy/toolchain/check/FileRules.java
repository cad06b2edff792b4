// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Rules about the file as such: versions, names, where it comes from. */
final class FileRules implements ModelRule {
    /** The vendor's front end writes these beside its report: {@code <model>_OE_3_3_1.onnx}. */
    private static final Pattern VENDOR_INTERMEDIATE = Pattern.compile(".*_OE_\\d+_\\d+_\\d+\\.onnx");

    /** Letters, digits and what the vendor's tool is seen to replace without trouble. */
    private static final Pattern TAME_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.\\-]*");

    private static final int NEWEST_IR_OF_2_2 = 9;
    private static final int NEWEST_OPSET = 21;

    /** Custom operators into which other vendors' compilers pack whole networks. */
    private static final Map<String, String> COMPILED =
            Map.of("ethos-u", "Arm Vela for Ethos-U", "edgetpu-custom-op", "the Edge TPU compiler of Coral");

    @Override
    public void judge(Evidence evidence, Findings findings) {
        compiledElsewhere(evidence, findings);
        if (evidence.onnx()) {
            versions(evidence, findings);
            intermediate(evidence, findings);
        }
        path(evidence, findings);
        collidingNames(evidence, findings);
    }

    /** True for a custom operator that is a network compiled for another accelerator. */
    static boolean compiled(Node node) {
        return COMPILED.containsKey(node.operator());
    }

    private static void compiledElsewhere(Evidence evidence, Findings findings) {
        List<Node> compiled = evidence.graph().nodes().stream()
                .filter(node -> COMPILED.containsKey(node.operator()))
                .toList();
        if (compiled.isEmpty()) {
            return;
        }
        String compiler = COMPILED.get(compiled.get(0).operator());
        findings.add(findings.start(
                        Severity.ERROR,
                        "FILE-COMPILED-ELSEWHERE",
                        "the model is already compiled for another accelerator",
                        compiled)
                .observed("custom operator " + compiled.get(0).operator() + ", made by " + compiler)
                .rule("a compiled network is a command stream for one accelerator; its layers cannot be read back")
                .effect("nothing can be generated from this file")
                .fix("take the file that was given to " + compiler));
    }

    private static void versions(Evidence evidence, Findings findings) {
        int ir = evidence.graph().irVersion();
        if (!evidence.sdk().atLeast(SdkVersion.V3_0) && ir > NEWEST_IR_OF_2_2) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "ONNX-IR-TOO-NEW",
                            "the file's ONNX IR version is newer than the vendor's front end reads")
                    .observed("IR version " + ir)
                    .rule("ST Edge AI Core 2.x reads up to IR version " + NEWEST_IR_OF_2_2)
                    .effect("the front end stops: \"Your model ir_version " + ir
                            + " is higher than the checker's (9)\"")
                    .fix("set ir_version to 9 and save the file again (onnx.load, onnx.save); the graph stays as it is")
                    .source("report of ST Edge AI Core 2.2.0-20266"));
        }
        int opset = evidence.graph().opset();
        if (opset > NEWEST_OPSET) {
            findings.add(findings.start(
                            Severity.ERROR,
                            "ONNX-OPSET-TOO-NEW",
                            "the file's operator set is newer than any seen to work")
                    .observed("operator set " + opset)
                    .rule("lint limit reported for ST Edge AI Core 4.0.1: 20; a published STM32N6 model has "
                            + NEWEST_OPSET)
                    .effect("the front end stops, or reads an operator in its old meaning")
                    .fix("export again with operator set 13 to 17")
                    .source("LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml"));
        }
    }

    private static void intermediate(Evidence evidence, Findings findings) {
        if (VENDOR_INTERMEDIATE.matcher(evidence.fileName()).matches()) {
            findings.add(findings.start(
                            Severity.WRONG,
                            "FILE-VENDOR-INTERMEDIATE",
                            "the file is the output of the vendor's front end, not a model to give to it")
                    .observed("name ends in "
                            + evidence.fileName().substring(evidence.fileName().indexOf("_OE_")))
                    .rule(
                            "the front end writes *_OE_*.onnx for the NPU compiler and accepts it as an input without a warning")
                    .effect("it is prepared a second time: other epochs, other figures than the model has")
                    .fix("take the model that this file was made from")
                    .source("LarocheC/stm32n6-deployment-zoo:zoo/faults/known_issues.toml"));
        }
    }

    private static void path(Evidence evidence, Findings findings) {
        String path = evidence.file().toString();
        if (path.chars().anyMatch(character -> character > 127)) {
            findings.add(findings.start(Severity.NOTE, "FILE-PATH-NON-ASCII", "the path holds characters outside ASCII")
                    .where(path)
                    .observed(path.chars()
                            .filter(character -> character > 127)
                            .distinct()
                            .limit(5)
                            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                            .toString())
                    .rule("on Windows the NPU compiler of ST Edge AI Core 4.0.1 takes ASCII paths only")
                    .effect("on Windows it stops: \"wstring_convert::from_bytes\" (signo=22)")
                    .fix("copy the model to a folder with a plain name; output and workspace folders as well")
                    .source("feasibility report of a Windows user, ST Edge AI Core 4.0.1"));
        }
        String name = evidence.fileName();
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        if (name.chars().allMatch(character -> character < 128)
                && !TAME_NAME.matcher(stem).matches()) {
            findings.add(findings.start(Severity.NOTE, "FILE-NAME-NO-IDENTIFIER", "the file name makes no C identifier")
                    .observed(stem)
                    .rule(
                            "C names start with a letter and hold letters, digits and _; dashes and dots are seen to be replaced")
                    .effect("names in generated sources differ from the file name")
                    .fix("rename the file, or give the network a name when it is generated"));
        }
    }

    private static void collidingNames(Evidence evidence, Findings findings) {
        Map<String, String> seen = new HashMap<>();
        Set<String> reported = new java.util.LinkedHashSet<>();
        Stream.concat(evidence.graph().inputs().stream(), evidence.graph().outputs().stream())
                .map(GraphValue::name)
                .distinct()
                .forEach(name -> {
                    String identifier = name.replaceAll("[^A-Za-z0-9_]", "_");
                    String before = seen.putIfAbsent(identifier, name);
                    if (before != null) {
                        reported.add('"' + before + "\" and \"" + name + '"');
                    }
                });
        if (!reported.isEmpty()) {
            findings.add(
                    findings.start(Severity.WRONG, "IO-NAMES-COLLIDE", "two inputs or outputs get the same name in C")
                            .observed(String.join(", ", reported))
                            .rule("characters that C does not allow in names become _")
                            .effect("one of the two tensors cannot be told from the other in generated code")
                            .fix("rename one of them in the model"));
        }
    }
}
