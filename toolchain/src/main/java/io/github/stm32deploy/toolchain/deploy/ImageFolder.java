// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.MemoryRegion;
import io.github.stm32deploy.toolchain.deploy.boot.ImageDigest;
import io.github.stm32deploy.toolchain.firmware.FirmwareNetwork;
import io.github.stm32deploy.toolchain.firmware.NpuNetwork;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes {@code image/} from a finished build: program, raw images, Intel HEX, weights, map and the plan of what goes where. */
final class ImageFolder {
    private static final String PROGRAM = "firmware.elf";
    private static final long NOWHERE = -1;

    private final WrittenFirmware written;
    private final Path target;
    private final List<DeployPlan.Load> loads = new ArrayList<>();

    private ImageFolder(WrittenFirmware written, Path target) {
        this.written = written;
        this.target = target;
    }

    static BuiltFirmware make(WrittenFirmware written, Path build, Map<String, String> versions) throws IOException {
        Path root = written.folder();
        // Not a temporary folder of the system's making: that one only its owner could read, and this becomes image/.
        Path partial = root.resolve(".image.partial");
        FirmwareBuild.delete(partial);
        Files.createDirectory(partial);
        try {
            DeployPlan plan = new ImageFolder(written, partial).fill(build);
            Path image = root.resolve("image");
            FirmwareBuild.delete(image);
            Files.move(partial, image);
            Path elf = image.resolve(PROGRAM);
            Optional<Footprint> footprint = ElfFile.isElf(elf)
                    ? Optional.of(Footprint.of(elf, written.network().constantBytes()))
                    : Optional.empty();
            return new BuiltFirmware(
                    elf,
                    image.resolve("firmware.map"),
                    footprint,
                    Collections.unmodifiableMap(new TreeMap<>(versions)),
                    plan);
        } finally {
            if (Files.exists(partial)) {
                FirmwareBuild.delete(partial);
            }
        }
    }

    private DeployPlan fill(Path build) throws IOException {
        Board board = written.board();
        Path elf = target.resolve(PROGRAM);
        Files.copy(build.resolve(PROGRAM), elf);
        if (!elf.toFile().setExecutable(true)) {
            throw new IOException(elf + " cannot be made executable");
        }
        if (!(written.network() instanceof NpuNetwork)) {
            Files.copy(
                    written.folder().resolve("network").resolve(FirmwareNetwork.WEIGHTS),
                    target.resolve(FirmwareNetwork.WEIGHTS));
        }
        Files.writeString(target.resolve("firmware.map"), LinkerMap.withoutFolders(build));
        if (board.kind() == Board.Kind.HARDWARE) {
            ProgramGate.pass(board, ElfFile.read(elf));
        }
        if (board.kind() != Board.Kind.HOST) {
            rawImages(ElfFile.read(elf), board);
        }
        DeployPlan.Flashing flashing =
                board.kind() == Board.Kind.HARDWARE && board.boot().isPresent()
                        ? FlashSection.write(board, board.boot().get(), loads, target)
                        : null;
        DeployPlan plan = new DeployPlan(
                DeployPlan.SCHEMA,
                board.id(),
                board.emulated(),
                written.digest(),
                written.network().modelDigest(),
                PROGRAM,
                loads,
                launch(board),
                flashing);
        Files.write(target.resolve("deploy-plan.json"), JsonFiles.toBytes(plan));
        return plan;
    }

    private static List<String> launch(Board board) {
        List<String> command = new ArrayList<>();
        board.launch().ifPresent(launch -> {
            command.add(launch.tool());
            command.addAll(launch.arguments());
            command.add("-kernel");
        });
        if (board.kind() != Board.Kind.HARDWARE) {
            command.add(PROGRAM);
        }
        return command;
    }

    private void rawImages(ElfFile elf, Board board) throws IOException {
        boolean npu = written.network() instanceof NpuNetwork;
        long weightsAddress = elf.sections().stream()
                .filter(section -> !npu && section.name().equals(".weights"))
                .mapToLong(ElfFile.Section::address)
                .findFirst()
                .orElse(NOWHERE);
        if (!npu && weightsAddress == NOWHERE) {
            throw new IOException("the program has no section .weights");
        }
        List<ElfFile.Segment> blocks = new ArrayList<>();
        for (MemoryRegion region : byAddress(board)) {
            List<ElfFile.Segment> inside = elf.segments().stream()
                    .filter(segment -> region.contains(segment.physicalAddress()))
                    .filter(segment -> segment.physicalAddress() != weightsAddress)
                    .sorted(Comparator.comparingLong(ElfFile.Segment::physicalAddress))
                    .toList();
            if (!inside.isEmpty()) {
                ElfFile.Segment block = joined(inside);
                String name = blocks.isEmpty()
                        ? "firmware.bin"
                        : "firmware-" + region.name().toLowerCase(Locale.ROOT) + ".bin";
                blocks.add(block);
                Files.write(target.resolve(name), block.content());
                load(name, region.name(), block);
            }
            if (region.contains(weightsAddress)) {
                byte[] weights = Files.readAllBytes(target.resolve("weights.bin"));
                load(FirmwareNetwork.WEIGHTS, region.name(), new ElfFile.Segment(weightsAddress, weights));
            }
        }
        Files.writeString(target.resolve("firmware.hex"), IntelHex.of(blocks), StandardCharsets.US_ASCII);
        if (written.network() instanceof NpuNetwork network) {
            constants(network);
        }
    }

    /** Constants of the NPU's network are no part of the program: they are programmed as they are. */
    private void constants(NpuNetwork network) throws IOException {
        for (NpuNetwork.Image image : network.images()) {
            byte[] content =
                    Files.readAllBytes(written.folder().resolve("network").resolve(image.file()));
            Files.write(target.resolve(image.file()), content);
            load(image.file(), image.pool(), new ElfFile.Segment(image.address(), content));
        }
    }

    private static List<MemoryRegion> byAddress(Board board) {
        return board.memory().stream()
                .sorted(Comparator.comparingLong(MemoryRegion::start))
                .toList();
    }

    /** One block from the first to the last byte, gaps filled with zeros. */
    private static ElfFile.Segment joined(List<ElfFile.Segment> segments) {
        long start = segments.get(0).physicalAddress();
        byte[] content = new byte[0];
        for (ElfFile.Segment segment : segments) {
            int offset = Math.toIntExact(segment.physicalAddress() - start);
            content = Arrays.copyOf(content, Math.max(content.length, offset + segment.content().length));
            System.arraycopy(segment.content(), 0, content, offset, segment.content().length);
        }
        return new ElfFile.Segment(start, content);
    }

    private void load(String file, String region, ElfFile.Segment block) {
        loads.add(new DeployPlan.Load(
                file,
                region,
                String.format(Locale.ROOT, "0x%08x", block.physicalAddress()),
                block.content().length,
                ImageDigest.sha256(block.content())));
    }
}
