// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boot;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage;
import io.github.stm32deploy.toolchain.deploy.boot.ImageDigest;
import io.github.stm32deploy.toolchain.deploy.boot.SigningOptions;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/** The part of the plan for a board that starts from external flash, and the boot image that it needs. */
final class FlashSection {
    /** The application with its boot header. */
    static final String BOOT_IMAGE = "firmware-boot.bin";

    private final Boot boot;
    private final String boardId;
    private final List<DeployPlan.Load> loads;
    private final Path folder;

    private FlashSection(Board board, Boot boot, List<DeployPlan.Load> loads, Path folder) {
        this.boardId = board.id();
        this.boot = boot;
        this.loads = loads;
        this.folder = folder;
    }

    /**
     * Packs the boot image into {@code folder} and describes all images.
     *
     * @param loads raw images of {@code folder}; one begins where the application's vector table is copied to
     */
    static DeployPlan.Flashing write(Board board, Boot boot, List<DeployPlan.Load> loads, Path folder)
            throws IOException {
        return new FlashSection(board, boot, loads, folder).section();
    }

    private DeployPlan.Flashing section() throws IOException {
        Boot.Slot slot = boot.slot(Boot.Role.APPLICATION);
        long vectors = slot.copiedTo() + BootImage.PROGRAM_OFFSET;
        DeployPlan.Load program = loads.stream()
                .filter(load -> Long.decode(load.address()) == vectors)
                .findFirst()
                .orElseThrow(() -> new IOException("no part of the program begins at " + hex(vectors)));
        byte[] content = Files.readAllBytes(folder.resolve(program.file()));
        byte[] image = BootImage.pack(content, BootImage.Kind.APPLICATION);
        Files.write(folder.resolve(BOOT_IMAGE), image);

        List<DeployPlan.Image> images = new ArrayList<>();
        Boot.Slot fsbl = boot.slot(Boot.Role.FSBL);
        images.add(new DeployPlan.Image("fsbl", "user", null, hex(fsbl.start()), fsbl.capacity(), null, null, null));
        images.add(image(slot, slot.start(), BOOT_IMAGE, image));
        for (DeployPlan.Load load : loads) {
            long address = Long.decode(load.address());
            if (address >= boot.flash().start() && address < boot.flash().end()) {
                Boot.Slot within = slotAt(address);
                images.add(image(within, address, load.file(), Files.readAllBytes(folder.resolve(load.file()))));
            }
        }
        images.sort(Comparator.comparingLong(entry -> Long.decode(entry.address())));
        ByteBuffer words = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        return new DeployPlan.Flashing(
                hex(boot.flash().start()),
                boot.flash().bytes(),
                boot.flash().eraseBytes(),
                boot.flash().loader(),
                images,
                new DeployPlan.Start(
                        hex(vectors), hex(words.getInt(0) & 0xFFFF_FFFFL), hex(words.getInt(4) & 0xFFFF_FFFFL)),
                SigningOptions.section(program.file()),
                List.of(new DeployPlan.Procedure("ram", ram()), new DeployPlan.Procedure("flash", flash(images))));
    }

    private Boot.Slot slotAt(long address) throws IOException {
        return boot.slots().stream()
                .filter(slot -> address >= slot.start() && address < slot.end())
                .findFirst()
                .orElseThrow(() -> new IOException("no slot of the flash holds " + hex(address)));
    }

    private static DeployPlan.Image image(Boot.Slot slot, long address, String file, byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return new DeployPlan.Image(
                slot.role().name().toLowerCase(Locale.ROOT),
                "build",
                file,
                hex(address),
                slot.capacity() - (address - slot.start()),
                (long) content.length,
                ImageDigest.sha256(content),
                hex(crc.getValue()));
    }

    private List<String> ram() {
        List<String> steps = new ArrayList<>();
        steps.add("connect " + boot.cable());
        steps.addAll(boot.mode("development").steps());
        steps.add("write the weights to flash, read them back");
        steps.add("load the program into RAM and start it; it is lost with the power");
        steps.add("greet the firmware and compare its digest");
        return steps;
    }

    private List<String> flash(List<DeployPlan.Image> images) {
        List<String> steps = new ArrayList<>();
        steps.add("connect " + boot.cable());
        steps.addAll(boot.mode("development").steps());
        for (DeployPlan.Image image : images) {
            steps.add("write " + image.role() + " to " + image.address() + ", read it back");
        }
        steps.addAll(boot.mode("flash").steps());
        steps.add("greet the firmware on " + boardId + " and compare its digest");
        return steps;
    }

    private static String hex(long address) {
        return String.format(Locale.ROOT, "0x%08x", address);
    }
}
