// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A release line of ST Edge AI Core, as {@code --sdk} names it. Rules, MACC conventions and weight formats differ between
 * them; patch releases of one line count as the line.
 */
public enum SdkVersion {
    V2_0("2.0"),
    V2_1("2.1"),
    V2_2("2.2"),
    V3_0("3.0"),
    V4_0("4.0");

    private final String label;

    SdkVersion(String label) {
        this.label = label;
    }

    /** As the user writes it: {@code 2.1}. */
    public String label() {
        return label;
    }

    /** The newest line whose reports the project has read. */
    public static SdkVersion newest() {
        return V4_0;
    }

    /** The line of a version text ({@code 2.2}, {@code 2.2.0}, {@code 4.0.1-20581}); empty where it is none of these. */
    public static Optional<SdkVersion> of(String text) {
        return Arrays.stream(values())
                .filter(version -> text.equals(version.label) || text.startsWith(version.label + "."))
                .findFirst();
    }

    public static List<String> labels() {
        return Arrays.stream(values()).map(SdkVersion::label).toList();
    }

    public boolean atLeast(SdkVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public String toString() {
        return label;
    }
}
