// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model whose nodes take more room than the program has is a finding, not a crash: read in a process with 24 MB of heap. */
class SmallHeapTest {
    private static final int NODES = 400_000;

    @Test
    void a_graph_that_does_not_fit_into_memory_is_diagnosed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("long.onnx");
        Files.write(file, chain());
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx24m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallHeapTest.class.getName(),
                        file.toString()))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("READ-OUT-OF-MEMORY ");
    }

    /** Opens the file of the argument and prints the code of what is said of it. */
    public static void main(String[] arguments) {
        try {
            ModelFile.open(Path.of(arguments[0]));
            System.out.println("read");
        } catch (DiagnosedException refused) {
            System.out.println(refused.diagnoses().get(0).code() + " ");
        }
    }

    /** ModelProto of onnx.proto with ir_version 8 and a graph that is a chain of Identity nodes. */
    private static byte[] chain() throws IOException {
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        for (int index = 0; index < NODES; index++) {
            ByteArrayOutputStream node = new ByteArrayOutputStream();
            field(node, 1, Integer.toString(index).getBytes(StandardCharsets.US_ASCII));
            field(node, 2, Integer.toString(index + 1).getBytes(StandardCharsets.US_ASCII));
            field(node, 4, "Identity".getBytes(StandardCharsets.US_ASCII));
            field(graph, 1, node.toByteArray());
        }
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        model.write(new byte[] {0x08, 8});
        field(model, 7, graph.toByteArray());
        return model.toByteArray();
    }

    private static void field(ByteArrayOutputStream message, int number, byte[] content) throws IOException {
        message.write(number << 3 | 2);
        int length = content.length;
        while (length >= 0x80) {
            message.write(length & 0x7f | 0x80);
            length >>>= 7;
        }
        message.write(length);
        message.write(content);
    }
}
