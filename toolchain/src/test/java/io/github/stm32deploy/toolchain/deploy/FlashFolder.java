// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Boot;
import io.github.stm32deploy.toolchain.deploy.boot.ImageDigest;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A folder as {@code build} leaves it for an STM32N6, made without a compiler: a small program and weights of a pattern. */
public final class FlashFolder {
    /** Where the program of the test begins. */
    public static final long PROGRAM = 0x3400_0400L;

    private static final int PROGRAM_BYTES = 3000;

    private final Path folder;
    private final String board;
    private int weightsBytes = 70_000;
    private long weightsRead = 0x7100_0000L;
    private String symbols = "main\0n6_reset\0";
    private int programBytes = PROGRAM_BYTES;

    public FlashFolder(Path folder, String board) {
        this.folder = folder;
        this.board = board;
    }

    /** Another size of the weights. */
    public FlashFolder weights(int bytes) {
        weightsBytes = bytes;
        return this;
    }

    /** The program reads its weights elsewhere than where they are flashed. */
    public FlashFolder readsWeightsAt(long address) {
        weightsRead = address;
        return this;
    }

    public FlashFolder program(int bytes) {
        programBytes = bytes;
        return this;
    }

    /** Symbols of the program, each ended by NUL. */
    public FlashFolder symbols(String names) {
        symbols = names;
        return this;
    }

    /** Writes the folder. */
    public Path write() throws IOException {
        Path image = Files.createDirectories(folder.resolve("image"));
        byte[] program = program();
        byte[] weights = pattern(weightsBytes, 17);
        Files.write(image.resolve("firmware.bin"), program);
        Files.write(image.resolve("weights.bin"), weights);
        Files.write(image.resolve("firmware.elf"), elf(program, weights));
        Board description = Boards.byId(board);
        Boot boot = description.boot().orElseThrow();
        List<DeployPlan.Load> loads = new ArrayList<>();
        loads.add(load("firmware.bin", "CODE", PROGRAM, program));
        loads.add(load("weights.bin", "FLASH", boot.slot(Boot.Role.WEIGHTS).start(), weights));
        DeployPlan plan = new DeployPlan(
                DeployPlan.SCHEMA,
                board,
                false,
                "ab".repeat(32),
                "cd".repeat(32),
                "firmware.elf",
                loads,
                List.of(),
                FlashSection.write(description, boot, loads, image));
        Files.write(image.resolve("deploy-plan.json"), JsonFiles.toBytes(plan));
        Files.writeString(folder.resolve("application.json"), """
                {"schema": "stm32-deploy/application/1", "board": "%s", "elf": "image/firmware.elf",
                 "modelDigest": "%s", "firmwareDigest": "%s", "layerNames": ["conv_0"]}
                """.formatted(board, "cd".repeat(32), "ab".repeat(32)));
        Files.writeString(folder.resolve("report.json"), """
                {"schema": "stm32-deploy/report/1", "tool": {"name": "stm32-deploy", "version": "test"},
                 "model": {"name": "m", "file": "m.onnx", "format": "onnx", "sha256": "%s", "inputs": [], "outputs": [], "macc": 1000},
                 "board": {"id": "%s", "backend": "cpu"}, "verdict": "cpu", "diagnoses": []}
                """.formatted("ef".repeat(32), board));
        Path sources = Files.createDirectories(folder.resolve("firmware/app"));
        Files.writeString(
                sources.resolve("main.c"), "int main(void) { return 0; } /* never HAL_BSEC_OTP_Program() */\n");
        return folder;
    }

    private static DeployPlan.Load load(String file, String region, long address, byte[] content) {
        return new DeployPlan.Load(
                file,
                region,
                String.format(Locale.ROOT, "0x%08x", address),
                content.length,
                ImageDigest.sha256(content));
    }

    private byte[] program() {
        byte[] program = pattern(programBytes, 5);
        ByteBuffer.wrap(program)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x3410_0000)
                .putInt((int) PROGRAM + 0x101);
        return program;
    }

    static byte[] pattern(int count, int factor) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * factor + (i >> 8));
        }
        return bytes;
    }

    /** ELF32, little endian: segments for program and weights, sections .text, .weights, .strtab, .shstrtab. */
    private byte[] elf(byte[] program, byte[] weights) {
        byte[] names = "\0.text\0.weights\0.strtab\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
        byte[] strings = ("\0" + symbols).getBytes(StandardCharsets.US_ASCII);
        int programAt = 52 + 2 * 32;
        int weightsAt = programAt + program.length;
        int stringsAt = weightsAt + weights.length;
        int namesAt = stringsAt + strings.length;
        int sectionsAt = namesAt + names.length;
        ByteBuffer head = ByteBuffer.allocate(programAt).order(ByteOrder.LITTLE_ENDIAN);
        head.put(new byte[] {0x7F, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        head.putShort((short) 2)
                .putShort((short) 40)
                .putInt(1)
                .putInt((int) PROGRAM)
                .putInt(52)
                .putInt(sectionsAt);
        head.putInt(0).putShort((short) 52).putShort((short) 32).putShort((short) 2);
        head.putShort((short) 40).putShort((short) 5).putShort((short) 4);
        segment(head, programAt, PROGRAM, program.length);
        segment(head, weightsAt, weightsRead, weights.length);
        ByteBuffer sections = ByteBuffer.allocate(5 * 40).order(ByteOrder.LITTLE_ENDIAN);
        sections.position(40);
        section(sections, 1, 1, 6, PROGRAM, programAt, program.length);
        section(sections, 7, 1, 2, weightsRead, weightsAt, weights.length);
        section(sections, 16, 3, 0, 0, stringsAt, strings.length);
        section(sections, 24, 3, 0, 0, namesAt, names.length);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (byte[] part : List.of(head.array(), program, weights, strings, names, sections.array())) {
            file.writeBytes(part);
        }
        return file.toByteArray();
    }

    private static void segment(ByteBuffer head, int offset, long address, int bytes) {
        head.putInt(1)
                .putInt(offset)
                .putInt((int) address)
                .putInt((int) address)
                .putInt(bytes)
                .putInt(bytes);
        head.putInt(5).putInt(4);
    }

    private static void section(ByteBuffer table, int name, int type, int flags, long address, int offset, int bytes) {
        table.putInt(name)
                .putInt(type)
                .putInt(flags)
                .putInt((int) address)
                .putInt(offset)
                .putInt(bytes);
        table.putInt(0).putInt(0).putInt(4).putInt(0);
    }
}
