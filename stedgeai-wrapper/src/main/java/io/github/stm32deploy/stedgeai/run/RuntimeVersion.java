// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The four numbers of the NPU runtime ({@code LL_ATON_VERSION_*}), as a generated {@code network.c} asks for them and as the
 * runtime's {@code ll_aton_version.h} states them. They must be equal: releases up to 2.2 only warn where they are not, those from 3.0 on do
 * not compile.
 *
 * @param development last number, the build: {@code 262} in 1.1.3-262
 */
public record RuntimeVersion(int major, int minor, int micro, int development) {
    private static final List<String> NAMES = List.of("MAJOR", "MINOR", "MICRO", "DEV");

    /** Where the header lies below a runtime folder ({@code Middlewares/ST/AI}). */
    public static final Path HEADER = Path.of("Npu", "ll_aton", "ll_aton_version.h");

    /** The version that a {@code network.c} was generated for; empty where it has no such condition. */
    public static Optional<RuntimeVersion> ofNetwork(Path networkSource) throws IOException {
        return read(networkSource, "\\bLL_ATON_VERSION_%s\\s*!=\\s*(\\d{1,6})");
    }

    /** The version of a runtime folder; empty where its header is not there or says something else. */
    public static Optional<RuntimeVersion> ofRuntime(Path folder) throws IOException {
        Path header = folder.resolve(HEADER);
        return Files.isRegularFile(header)
                ? read(header, "#define\\s+LL_ATON_VERSION_%s\\s+\\(?(\\d{1,6})\\)?")
                : Optional.empty();
    }

    private static Optional<RuntimeVersion> read(Path file, String pattern) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        List<Integer> numbers = new ArrayList<>();
        for (String name : NAMES) {
            Matcher found = Pattern.compile(String.format(pattern, name)).matcher(text);
            if (!found.find()) {
                return Optional.empty();
            }
            numbers.add(Integer.parseInt(found.group(1)));
        }
        return Optional.of(new RuntimeVersion(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3)));
    }

    /** {@code 1.1.3-262}, as the compiler writes its own version. */
    @Override
    public String toString() {
        return major + "." + minor + "." + micro + "-" + development;
    }
}
