// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --input NAME=1x3x128x128}: sizes that the file leaves open. */
final class InputOptions {
    private static final Pattern SIZES = Pattern.compile("\\d{1,9}(x\\d{1,9})*");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--input",
            paramLabel = "NAME=SHAPE",
            description = "Shape of an input whose dimensions the file leaves open, 1x3x128x128. May be repeated.")
    private Map<String, String> inputs = new LinkedHashMap<>();

    /** By input name, in the order of the command line. */
    Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        inputs.forEach((name, text) -> {
            if (!SIZES.matcher(text).matches()) {
                throw new ParameterException(
                        command.commandLine(), "--input " + name + "=" + text + ": a shape is written 1x3x128x128");
            }
            String[] sizes = text.split("x");
            long[] dimensions = new long[sizes.length];
            for (int axis = 0; axis < sizes.length; axis++) {
                dimensions[axis] = Long.parseLong(sizes[axis]);
            }
            shapes.put(name, Shape.of(dimensions));
        });
        return shapes;
    }
}
