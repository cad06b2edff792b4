// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Runs the C decoders somewhere: {@code n6_postprocess_cases.c}, compiled for one machine. */
public interface CaseProgram {
    /**
     * Runs cases.
     *
     * @param directory of the caller; what is compiled there stays for the next run
     * @param cases as {@link CDecoders} writes them
     * @param decoderSource text of {@code decoder.c}: a generated decoder
     * @param decoderHeader text of {@code decoder.h}
     * @return the lines that the program prints
     * @throws IOException where a file cannot be written
     * @throws InterruptedException where the calling thread was interrupted
     */
    List<String> run(Path directory, byte[] cases, String decoderSource, String decoderHeader)
            throws IOException, InterruptedException;
}
