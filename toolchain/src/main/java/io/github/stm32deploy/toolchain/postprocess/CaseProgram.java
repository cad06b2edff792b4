// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs the C decoders somewhere: {@code n6_postprocess_cases.c}, compiled for one machine. */
public interface CaseProgram {
    /**
     * Runs cases.
     *
     * @param directory of the caller; what is compiled there stays for the next run
     * @param cases as {@link CDecoders} writes them
     * @param generated C files beside the program, by name: {@code case_table.c} with the decoders of the cases,
     *     {@code decoder.c} and {@code decoder.h} with a generated decoder
     * @return the lines that the program prints
     * @throws IOException where a file cannot be written
     * @throws InterruptedException where the calling thread was interrupted
     */
    List<String> run(Path directory, byte[] cases, Map<String, String> generated)
            throws IOException, InterruptedException;
}
