// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.deploy.programmer.CubeProgrammer;
import io.github.stm32deploy.toolchain.deploy.programmer.ProgrammerPlaces;
import io.github.stm32deploy.toolchain.deploy.programmer.ProgrammerSession;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Carries out the plan of a built folder: writes the images to the board, reads them back, starts and greets it. */
public final class FlashApplication {
    private static final String LOG = "flash.log";

    private final Progress progress;

    public FlashApplication(Progress progress) {
        this.progress = progress;
    }

    /** Where the program goes. */
    public enum Mode {
        /** Into RAM by the debugger, started at once, lost with the power; weights go to flash. */
        RAM,
        /** Everything into external flash; the board starts by itself. */
        FLASH
    }

    /**
     * @param folder made by {@code build}
     * @param programmer STM32_Programmer_CLI or its folder; empty to look for it
     * @param fsbl first-stage boot loader of ST, Intel HEX or raw; empty where the environment names one
     * @param application boot image to take instead of the packed one
     * @param sign true: ST's signing tool makes the boot image
     * @param probe serial number of the ST-LINK
     * @param toolPatience longest time of one call of a tool; empty for one that grows with the bytes
     * @param consents irreversible steps that the user names
     */
    public record Request(
            Path folder,
            Mode mode,
            Optional<Path> programmer,
            Optional<Path> fsbl,
            Optional<Path> application,
            boolean sign,
            Optional<String> probe,
            Optional<Duration> toolPatience,
            Set<String> consents) {
        public Request {
            Objects.requireNonNull(folder);
            Objects.requireNonNull(mode);
            Objects.requireNonNull(programmer);
            Objects.requireNonNull(fsbl);
            Objects.requireNonNull(application);
            Objects.requireNonNull(probe);
            Objects.requireNonNull(toolPatience);
            consents = Set.copyOf(consents);
        }
    }

    /**
     * What happened to an image.
     *
     * @param written false where it was there already
     */
    public record Outcome(String role, String address, long bytes, boolean written) {}

    /** @param outcomes in the order in which they were handled */
    public record Result(FlashImages images, CubeProgrammer programmer, List<Outcome> outcomes) {}

    /**
     * The images, checked, without touching a board or starting a tool.
     *
     * @throws DiagnosedException with everything that is wrong with them
     */
    public static FlashImages plan(Request request) {
        return FlashImages.of(request);
    }

    /**
     * @param images from {@link #plan} for the same request
     * @throws DiagnosedException at the first step that fails; what was verified before is remembered
     */
    public Result flash(Request request, FlashImages images) {
        Path log = request.folder().resolve(LOG).toAbsolutePath();
        try {
            Files.deleteIfExists(log);
            CubeProgrammer programmer = CubeProgrammer.find(
                    request.programmer(),
                    ProgrammerPlaces.of(
                            System.getenv(), Path.of(System.getProperty("user.home")), System.getProperty("os.name")),
                    log);
            Path loader = programmer.loader(images.boot().flash().loader());
            Path work = Files.createTempDirectory("stm32-deploy-flash-");
            try {
                FlashImages chosen =
                        request.sign() ? images.signedBy(programmer, work, log, request.toolPatience()) : images;
                ProgrammerSession session =
                        new ProgrammerSession(programmer, work, log, request.probe(), request.toolPatience());
                return new Result(chosen, programmer, write(request, chosen, session, loader));
            } finally {
                delete(work);
            }
        } catch (IOException unwritable) {
            throw OutputFailure.of(request.folder(), unwritable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("FLASH-CANCELLED", Stage.FLASH, "writing was ended")
                            .where(request.folder().toString())
                            .effect("the board holds a part of the images")
                            .fix("start the command again: what was verified is not written again")
                            .build());
        }
    }

    private List<Outcome> write(Request request, FlashImages images, ProgrammerSession session, Path loader)
            throws IOException, InterruptedException {
        VerifiedImages verified = VerifiedImages.open(request.folder());
        List<Outcome> outcomes = new ArrayList<>();
        // Highest address first: the boot loader comes last, so that a board never starts half of an application.
        List<FlashImages.Image> order = images.toFlash(request.mode()).stream()
                .sorted(Comparator.comparingLong(FlashImages.Image::address).reversed())
                .toList();
        int step = 0;
        for (FlashImages.Image image : order) {
            progress.phase(image.role() + " at " + image.hexAddress() + ", " + image.content().length + " bytes");
            progress.advance(step++, order.size());
            boolean there = verified.names(image) && equal(image, session, loader);
            if (!there) {
                verified.forget(image);
                session.write(image.role(), image.content(), image.address(), Optional.of(loader));
                verify(image, session, loader);
                verified.add(image);
            }
            outcomes.add(new Outcome(image.role(), image.hexAddress(), image.content().length, !there));
        }
        if (request.mode() == Mode.RAM) {
            FlashImages.Image program = images.program();
            progress.phase("program into RAM at " + program.hexAddress());
            session.write("program", program.content(), program.address(), Optional.empty());
            session.start(images.stack(), images.entry());
            outcomes.add(new Outcome("program", program.hexAddress(), program.content().length, true));
        }
        return outcomes;
    }

    private static boolean equal(FlashImages.Image image, ProgrammerSession session, Path loader)
            throws IOException, InterruptedException {
        byte[] read = session.read(image.role(), image.address(), image.content().length, Optional.of(loader));
        return Arrays.equals(read, image.content());
    }

    private static void verify(FlashImages.Image image, ProgrammerSession session, Path loader)
            throws IOException, InterruptedException {
        byte[] read = session.read(image.role(), image.address(), image.content().length, Optional.of(loader));
        int first = Arrays.mismatch(read, image.content());
        if (first >= 0) {
            String observed = first < read.length
                    ? String.format(
                            java.util.Locale.ROOT,
                            "0x%02x at 0x%08x, 0x%02x was written",
                            read[first] & 0xFF,
                            image.address() + first,
                            image.content()[first] & 0xFF)
                    : read.length + " of " + image.content().length + " bytes came back";
            throw new DiagnosedException(
                    Kind.VENDOR,
                    Diagnosis.error("FLASH-VERIFY-MISMATCH", Stage.FLASH, "the flash does not hold what was written")
                            .where(image.role())
                            .observed(observed)
                            .rule("STM32CubeProgrammer reported success; every image is read back and compared")
                            .effect("the board would not run this application")
                            .fix("start the command again; where it stays, the flash is protected or worn out")
                            .build());
        }
    }

    /**
     * Greets a board that runs, and checks that it is this folder's firmware.
     *
     * @throws DiagnosedException of kind ENVIRONMENT where it does not answer or is another
     */
    public static Answer.Hello greet(Path folder, String port, Deadlines deadlines) {
        try (RunningBoard board = RunningBoard.start(BuiltFolder.open(folder), Optional.of(port), deadlines)) {
            return board.session().device();
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException stays) {
            // The system clears its temporary folder.
            return;
        }
    }
}
