// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boot;
import io.github.stm32deploy.toolchain.deploy.FuseScan;
import io.github.stm32deploy.toolchain.deploy.PlanCheck;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage;
import io.github.stm32deploy.toolchain.deploy.programmer.CubeProgrammer;
import io.github.stm32deploy.toolchain.deploy.programmer.SigningTool;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The images of a plan with their bytes, checked.
 *
 * @param plan as it lies in the folder
 * @param images for flash, in the order of addresses
 * @param program raw bytes for RAM
 */
public record FlashImages(DeployPlan plan, Boot boot, List<Image> images, Image program) {
    /** Bytes for an address. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Image(String role, long address, byte[] content, String name) {
        public String hexAddress() {
            return String.format(Locale.ROOT, "0x%08x", address);
        }
    }

    public FlashImages {
        images = List.copyOf(images);
    }

    /** Initial stack pointer of the program. */
    public long stack() {
        return Long.decode(plan.flashing().start().stack());
    }

    /** Reset vector of the program. */
    public long entry() {
        return Long.decode(plan.flashing().start().entry());
    }

    /** What a mode writes into flash: a program in RAM needs neither boot loader nor boot image. */
    public List<Image> toFlash(FlashApplication.Mode mode) {
        return mode == FlashApplication.Mode.FLASH
                ? images
                : images.stream()
                        .filter(image ->
                                !image.role().equals("fsbl") && !image.role().equals("application"))
                        .toList();
    }

    static FlashImages of(FlashApplication.Request request) {
        BuiltFolder folder = BuiltFolder.open(request.folder());
        Board board = folder.board();
        Boot boot = board.boot().orElseThrow(() -> nothingToFlash(board));
        Path images = request.folder().resolve("image");
        DeployPlan plan = read(images.resolve("deploy-plan.json"), request.folder());
        List<Diagnosis> findings = new ArrayList<>(PlanCheck.findings(plan, board, images));
        try {
            boolean consent = request.consents().contains(FuseScan.CONSENT);
            if (!consent) {
                findings.addAll(FuseScan.ofFirmware(request.folder().resolve("firmware"), folder.elf()));
            }
            require(findings);
            List<Image> chosen = new ArrayList<>();
            for (DeployPlan.Image image : plan.flashing().images()) {
                if (image.provider().equals("build")) {
                    chosen.add(new Image(
                            image.role(),
                            Long.decode(image.address()),
                            Files.readAllBytes(images.resolve(image.file())),
                            image.file()));
                }
            }
            request.application().ifPresent(file -> replaceApplication(chosen, file, boot, findings));
            if (request.mode() == FlashApplication.Mode.FLASH) {
                Image fsbl = FirstStageLoader.read(request.fsbl(), boot);
                findings.addAll(
                        PlanCheck.header(fsbl.name(), fsbl.content(), BootImage.Kind.FSBL, boot.slot(Boot.Role.FSBL)));
                if (!consent) {
                    FuseScan.ofImage(fsbl.name(), fsbl.content()).ifPresent(findings::add);
                }
                chosen.add(0, fsbl);
            }
            require(findings);
            return new FlashImages(plan, boot, chosen, program(plan, images));
        } catch (IOException unreadable) {
            throw unusable(request.folder(), String.valueOf(unreadable.getMessage()));
        }
    }

    /** The same with the boot image that ST's tool makes of the program. */
    FlashImages signedBy(CubeProgrammer programmer, Path work, Path log, Optional<Duration> patience)
            throws IOException, InterruptedException {
        byte[] signed = new SigningTool(programmer).sign(program.content(), work, log, patience);
        List<Image> chosen = new ArrayList<>(images);
        List<Diagnosis> findings = new ArrayList<>();
        replaceApplication(chosen, "signed.bin", signed, boot, findings);
        require(findings);
        return new FlashImages(plan, boot, chosen, program);
    }

    private static Image program(DeployPlan plan, Path images) throws IOException {
        String vectors = plan.flashing().start().vectors();
        DeployPlan.Load load = plan.loads().stream()
                .filter(each -> each.address().equals(vectors))
                .findFirst()
                .orElseThrow(() -> new IOException("deploy-plan.json has no program for " + vectors));
        return new Image("program", Long.decode(vectors), Files.readAllBytes(images.resolve(load.file())), load.file());
    }

    private static void replaceApplication(List<Image> images, Path file, Boot boot, List<Diagnosis> findings) {
        try {
            replaceApplication(images, file.toString(), Files.readAllBytes(file), boot, findings);
        } catch (IOException absent) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("FLASH-FILE-UNREADABLE", Stage.FLASH, "a file that was named cannot be read")
                            .where(file.toString())
                            .observed(Files.exists(file) ? "it cannot be read" : "there is no such file")
                            .effect("nothing was written")
                            .fix("check the path")
                            .build());
        }
    }

    private static void replaceApplication(
            List<Image> images, String name, byte[] content, Boot boot, List<Diagnosis> findings) {
        Boot.Slot slot = boot.slot(Boot.Role.APPLICATION);
        findings.addAll(PlanCheck.header(name, content, BootImage.Kind.APPLICATION, slot));
        if (content.length > slot.capacity()) {
            findings.add(Diagnosis.error("PLAN-SLOT-OVERFLOW", Stage.FLASH, "an image does not fit into its slot")
                    .where(name)
                    .observed(content.length + " bytes")
                    .rule("the slot application takes " + slot.capacity() + " bytes")
                    .effect("nothing was written to the board")
                    .fix("name the image of an application")
                    .build());
        }
        images.replaceAll(image ->
                image.role().equals("application") ? new Image("application", image.address(), content, name) : image);
    }

    private static DeployPlan read(Path file, Path folder) {
        try {
            DeployPlan plan = JsonFiles.read(file, DeployPlan.class);
            if (plan == null || plan.board() == null || plan.program() == null) {
                throw unusable(folder, "deploy-plan.json is not complete");
            }
            if (!DeployPlan.SCHEMA.equals(plan.schema())) {
                throw unusable(
                        folder,
                        "deploy-plan.json is of " + plan.schema() + ", this program reads " + DeployPlan.SCHEMA);
            }
            return plan;
        } catch (IOException unreadable) {
            throw unusable(
                    folder,
                    Files.exists(file)
                            ? "deploy-plan.json is damaged: "
                                    + String.valueOf(unreadable.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("")
                            : "there is no deploy-plan.json in its image folder");
        }
    }

    private static void require(List<Diagnosis> findings) {
        if (!findings.isEmpty()) {
            throw new DiagnosedException(Kind.FINDING, findings);
        }
    }

    private static DiagnosedException unusable(Path folder, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("PLAN-UNREADABLE", Stage.FLASH, "the folder has no plan that can be carried out")
                        .where(folder.toString())
                        .observed(observed)
                        .effect("nothing was written")
                        .command("stm32-deploy build MODEL -o " + folder)
                        .build());
    }

    private static DiagnosedException nothingToFlash(Board board) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("FLASH-NOT-NEEDED", Stage.FLASH, "this board is not flashed")
                        .where(board.id())
                        .observed(board.kind() == Board.Kind.VIRTUAL ? "an emulator" : "a process of this computer")
                        .rule("measure and run start it from its program")
                        .effect("nothing was written")
                        .command("stm32-deploy measure DIR")
                        .build());
    }
}
