// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boot;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage;
import io.github.stm32deploy.toolchain.deploy.boot.ImageDigest;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Looks for everything in a plan that would leave a board silent or computing nonsense, before the board is touched. */
public final class PlanCheck {
    private static final String NOTHING_WRITTEN = "nothing was written to the board";

    private static final int PADDING = 64;

    private final DeployPlan plan;
    private final Board board;
    private final Boot boot;
    private final Path folder;
    private final List<Diagnosis> findings = new ArrayList<>();

    private PlanCheck(DeployPlan plan, Board board, Boot boot, Path folder) {
        this.plan = plan;
        this.board = board;
        this.boot = boot;
        this.folder = folder;
    }

    /**
     * @param plan read from {@code folder}
     * @param board that the folder was built for; starts from external flash
     * @return all findings; empty where the plan can be carried out
     */
    public static List<Diagnosis> findings(DeployPlan plan, Board board, Path folder) {
        Boot boot = board.boot().orElseThrow(() -> new IllegalArgumentException(board.id() + " has no flash"));
        PlanCheck check = new PlanCheck(plan, board, boot, folder);
        check.all();
        return check.findings;
    }

    /**
     * The flaws of a boot image.
     *
     * @param name of the file, for the user
     */
    public static List<Diagnosis> header(String name, byte[] content, BootImage.Kind kind, Boot.Slot slot) {
        List<Diagnosis> findings = new ArrayList<>();
        for (BootImage.Flaw flaw :
                BootImage.parse(content, kind, slot.copiedTo()).flaws()) {
            findings.add(Diagnosis.error(code(flaw.kind()), Stage.FLASH, happened(flaw.kind()))
                    .where(name)
                    .observed(flaw.observed())
                    .rule(flaw.rule())
                    .effect("the board would stay silent; " + NOTHING_WRITTEN)
                    .fix(
                            kind == BootImage.Kind.FSBL
                                    ? "take ST's ai_fsbl.hex as it was published"
                                    : "build again, or sign with the options in deploy-plan.json")
                    .build());
        }
        return findings;
    }

    private static String code(BootImage.FlawKind kind) {
        return switch (kind) {
            case NO_HEADER -> "PLAN-HEADER-MISSING";
            case OTHER_VERSION -> "PLAN-HEADER-VERSION";
            case LENGTH -> "PLAN-HEADER-LENGTH";
            case CHECKSUM -> "PLAN-HEADER-CHECKSUM";
            case NOT_ALIGNED -> "PLAN-HEADER-ALIGN";
            case ENTRY -> "PLAN-HEADER-ENTRY";
            case TYPE -> "PLAN-HEADER-TYPE";
        };
    }

    private static String happened(BootImage.FlawKind kind) {
        return switch (kind) {
            case NO_HEADER -> "the image has no boot header";
            case OTHER_VERSION -> "the boot header is of another version";
            case LENGTH -> "the boot header counts another length";
            case CHECKSUM -> "the image was changed after its header was made";
            case NOT_ALIGNED -> "the program does not lie where the boot chain jumps to";
            case ENTRY -> "the entry point of the header is not the program's";
            case TYPE -> "the image is of another kind";
        };
    }

    private void all() {
        if (!plan.board().equals(board.id()) || plan.flashing() == null) {
            add(Diagnosis.error("PLAN-OTHER-BOARD", Stage.FLASH, "the plan is for another board")
                    .where("deploy-plan.json")
                    .observed(plan.board() + (plan.flashing() == null ? ", without images for flash" : ""))
                    .rule("the folder was built for " + board.id()));
            return;
        }
        List<DeployPlan.Image> images = plan.flashing().images();
        for (int i = 0; i < images.size(); i++) {
            DeployPlan.Image image = images.get(i);
            Optional<Boot.Slot> slot = slot(image);
            if (slot.isEmpty()) {
                add(Diagnosis.error("PLAN-IMAGE-MISPLACED", Stage.FLASH, "an image lies outside its slot")
                        .where(image.role())
                        .observed(image.address())
                        .rule("slots of " + board.id() + ": " + slots()));
                continue;
            }
            if (image.provider().equals("build")) {
                content(image, slot.get());
            }
            aligned(image);
            for (DeployPlan.Image earlier : images.subList(0, i)) {
                overlap(earlier, image);
            }
        }
        program();
    }

    private void content(DeployPlan.Image image, Boot.Slot slot) {
        byte[] content;
        try {
            content = Files.readAllBytes(folder.resolve(image.file()));
        } catch (IOException absent) {
            add(Diagnosis.error("PLAN-IMAGE-MISSING", Stage.FLASH, "an image of the plan is missing")
                    .where(image.file())
                    .observed("the file cannot be read")
                    .rule("deploy-plan.json names it for " + image.address()));
            return;
        }
        if (content.length != image.bytes() || !ImageDigest.sha256(content).equals(image.sha256())) {
            add(Diagnosis.error("PLAN-IMAGE-CHANGED", Stage.FLASH, "an image is not the one that was built")
                    .where(image.file())
                    .observed(content.length + " bytes, SHA-256 "
                            + ImageDigest.sha256(content).substring(0, 12) + "...")
                    .rule(image.bytes() + " bytes, SHA-256 " + image.sha256().substring(0, 12)
                            + "... in deploy-plan.json"));
        }
        long end = address(image) + content.length;
        if (content.length > slot.capacity() || end > slot.end()) {
            add(Diagnosis.error("PLAN-SLOT-OVERFLOW", Stage.FLASH, "an image does not fit into its slot")
                    .where(image.file())
                    .observed(content.length + " bytes at " + image.address())
                    .rule("the slot " + image.role() + " takes " + slot.capacity() + " bytes from "
                            + hex(slot.start())));
        }
        if (slot.role() == Boot.Role.APPLICATION) {
            findings.addAll(header(image.file(), content, BootImage.Kind.APPLICATION, slot));
        }
    }

    /** An image that begins inside an erase block, or shares one with another, would lose bytes to the other's erasing. */
    private void aligned(DeployPlan.Image image) {
        long erase = boot.flash().eraseBytes();
        boolean header = image.role().equals("application") || image.role().equals("fsbl");
        long start = boot.flash().start();
        if (header && !slot(image).map(slot -> slot.start() == address(image)).orElse(false)
                || (address(image) - start) % erase != 0 && sharesBlock(image, erase)) {
            add(Diagnosis.error("PLAN-IMAGE-UNALIGNED", Stage.FLASH, "an image begins at the wrong address")
                    .where(image.role())
                    .observed(image.address())
                    .rule(
                            header
                                    ? "the boot chain looks at the beginning of the slot"
                                    : "writing it erases blocks of " + erase
                                            + " bytes that another image has a part of"));
        }
    }

    private boolean sharesBlock(DeployPlan.Image image, long erase) {
        long block = address(image) / erase;
        return plan.flashing().images().stream()
                .filter(other -> other != image && other.bytes() != null)
                .anyMatch(other ->
                        address(other) / erase <= block && (address(other) + other.bytes() - 1) / erase >= block);
    }

    private void overlap(DeployPlan.Image earlier, DeployPlan.Image later) {
        long earlierEnd = address(earlier) + (earlier.bytes() == null ? 1 : earlier.bytes());
        long laterEnd = address(later) + (later.bytes() == null ? 1 : later.bytes());
        if (address(earlier) < laterEnd && address(later) < earlierEnd) {
            add(Diagnosis.error("PLAN-IMAGES-OVERLAP", Stage.FLASH, "two images share addresses")
                    .where(earlier.role() + " and " + later.role())
                    .observed(earlier.address() + " to " + hex(earlierEnd - 1) + ", " + later.address() + " to "
                            + hex(laterEnd - 1))
                    .rule("the one written last would overwrite the other"));
        }
    }

    /** The program must find its weights where they are flashed, and must be all in the image that is copied. */
    private void program() {
        ElfFile elf;
        List<ElfFile.Segment> segments;
        Optional<Long> weights;
        try {
            elf = ElfFile.read(folder.resolve(plan.program()));
            segments = elf.segments();
            weights = elf.sections().stream()
                    .filter(section -> section.name().equals(".weights") && section.occupiesFile())
                    .map(ElfFile.Section::address)
                    .findFirst();
        } catch (IOException unreadable) {
            add(Diagnosis.error("PLAN-IMAGE-MISSING", Stage.FLASH, "an image of the plan is missing")
                    .where(plan.program())
                    .observed(unreadable.getMessage())
                    .rule("the program is checked against its images"));
            return;
        }
        weights.filter(read -> images("weights").stream().noneMatch(image -> address(image) == read))
                .ifPresent(read -> add(Diagnosis.error(
                                "PLAN-WEIGHTS-ELSEWHERE",
                                Stage.FLASH,
                                "the weights are not flashed where they are read")
                        .where("weights")
                        .observed("flashed to "
                                + images("weights").stream()
                                        .map(DeployPlan.Image::address)
                                        .toList())
                        .rule("the program reads them at " + hex(read) + "; blank flash gives constant outputs")));
        for (DeployPlan.Load load : plan.loads()) {
            long address = Long.decode(load.address());
            boolean program = load.address().equals(plan.flashing().start().vectors());
            if (!program
                    && (address < boot.flash().start()
                            || address >= boot.flash().end())) {
                add(Diagnosis.error("PLAN-BYTES-LOST", Stage.FLASH, "a part of the program is in no image")
                        .where(load.file())
                        .observed(load.bytes() + " bytes for " + load.address() + " (" + load.region() + ")")
                        .rule("what lies in RAM is lost with the power: only the application is copied there"));
            }
        }
        for (ElfFile.Segment segment : segments) {
            if (!covered(segment)) {
                add(Diagnosis.error("PLAN-BYTES-LOST", Stage.FLASH, "a part of the program is in no image")
                        .where(plan.program())
                        .observed(segment.content().length + " bytes for " + hex(segment.physicalAddress()))
                        .rule("every loaded byte is in the application image or in flash, as the program has it"));
            }
        }
    }

    /** True where an image holds these bytes for this address, after the copy to RAM. */
    private boolean covered(ElfFile.Segment segment) {
        for (DeployPlan.Image image : plan.flashing().images()) {
            Optional<Boot.Slot> slot = slot(image);
            if (!image.provider().equals("build") || slot.isEmpty()) {
                continue;
            }
            long base = slot.get().ramBytes() > 0 ? slot.get().copiedTo() : address(image);
            long offset = segment.physicalAddress() - base;
            try {
                byte[] content = Files.readAllBytes(folder.resolve(image.file()));
                if (offset >= 0 && offset < content.length) {
                    return holds(content, (int) offset, segment.content());
                }
            } catch (IOException reported) {
                // Its absence is a finding of its own.
                return true;
            }
        }
        return false;
    }

    /** Zeros with which the linker rounds up to {@link #PADDING} bytes need not be there: nothing reads them. */
    private static boolean holds(byte[] image, int offset, byte[] bytes) {
        int there = Math.min(bytes.length, image.length - offset);
        if (!Arrays.equals(bytes, 0, there, image, offset, offset + there) || bytes.length - there >= PADDING) {
            return false;
        }
        for (int i = there; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private List<DeployPlan.Image> images(String role) {
        return plan.flashing().images().stream()
                .filter(image -> image.role().equals(role))
                .toList();
    }

    private Optional<Boot.Slot> slot(DeployPlan.Image image) {
        return boot.slots().stream()
                .filter(slot -> slot.role().name().toLowerCase(Locale.ROOT).equals(image.role()))
                .filter(slot -> address(image) >= slot.start() && address(image) < slot.end())
                .findFirst();
    }

    private String slots() {
        return String.join(
                ", ",
                boot.slots().stream()
                        .map(slot -> slot.role().name().toLowerCase(Locale.ROOT) + " " + hex(slot.start()) + " to "
                                + hex(slot.end() - 1))
                        .toList());
    }

    private static long address(DeployPlan.Image image) {
        return Long.decode(image.address());
    }

    private void add(Diagnosis.Builder finding) {
        findings.add(finding.effect(NOTHING_WRITTEN)
                .fix("build the folder again: stm32-deploy build MODEL --board " + board.id() + " -o DIR")
                .build());
    }

    private static String hex(long address) {
        return String.format(Locale.ROOT, "0x%08x", address);
    }
}
