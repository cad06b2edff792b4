// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Builds a firmware tree with CMake and puts what is loaded into {@code image/}. The tree itself stays as it was written:
 * compilers work in a folder that is gone afterwards.
 */
public final class FirmwareBuild {
    /** CMake does not always pass on why a test program of its could not be written; no step of a build fits into this. */
    private static final long SCARCE_BYTES = 64 << 10;

    private static final Duration CONFIGURE_LIMIT = Duration.ofMinutes(5);
    private static final Duration COMPILE_LIMIT = Duration.ofMinutes(30);

    /** Ctrl-C ends compilers too; the virtual machine needs a moment to hear of it. */
    private static final Duration CTRL_C_PATIENCE = Duration.ofMillis(300);

    private static final List<String> HARMFUL = List.of("\"", ";", "|", "\\", "$(", "\n", "\r");

    private final ToolLocator tools;
    private final Optional<Path> vendorFolder;
    private final Optional<NpuRuntime> npuRuntime;

    public FirmwareBuild(ToolLocator tools) {
        this(tools, Optional.empty());
    }

    /** @param vendorFolder the chip vendor's drivers; empty: looked for where the board needs them */
    public FirmwareBuild(ToolLocator tools, Optional<Path> vendorFolder) {
        this(tools, vendorFolder, Optional.empty());
    }

    /** @param npuRuntime what a network for the NPU is linked with; empty for one that needs none */
    public FirmwareBuild(ToolLocator tools, Optional<Path> vendorFolder, Optional<NpuRuntime> npuRuntime) {
        this.tools = tools;
        this.vendorFolder = vendorFolder;
        this.npuRuntime = npuRuntime;
    }

    /**
     * Refuses folders whose names CMake, make or the shell between them take apart. Other parts of the name, spaces and
     * all letters included, do no harm.
     *
     * @throws DiagnosedException of kind USAGE
     */
    public static void checkName(Path folder) {
        String name = folder.toAbsolutePath().normalize().toString();
        String separator = folder.getFileSystem().getSeparator();
        for (String harmful : HARMFUL) {
            if (!harmful.equals(separator) && name.contains(harmful)) {
                throw new DiagnosedException(
                        DiagnosedException.Kind.USAGE,
                        Diagnosis.error(
                                        "BUILD-FOLDER-NAME",
                                        Stage.BUILD,
                                        "firmware cannot be built in a folder of this name")
                                .where(name)
                                .observed(harmful.isBlank() ? "a line break" : harmful)
                                .rule("CMake and make cannot handle \" ; | \\ $( and line breaks in paths")
                                .effect("nothing was built")
                                .fix("name another folder with -o")
                                .build());
            }
        }
    }

    /**
     * Builds and makes {@code image/} beside {@code firmware/}, whole or not at all.
     *
     * @throws DiagnosedException where a tool is missing, the code does not fit, or a compiler refuses the sources; the
     *     full log is then kept in a file that the diagnosis names
     * @throws IOException where the folder cannot be written
     * @throws InterruptedException where the calling thread was interrupted; no process is left behind
     */
    public BuiltFirmware build(WrittenFirmware written) throws IOException, InterruptedException {
        checkName(written.folder());
        Board board = written.board();
        boolean cross = board.toolchain().compiler().startsWith("arm-none-eabi");
        Path cmake = tools.require(ToolLocator.Kind.CMAKE);
        Path builder = tools.require(ToolLocator.Kind.BUILDER);
        Path compiler = tools.require(cross ? ToolLocator.Kind.ARM_GCC : ToolLocator.Kind.HOST_GCC);
        if (cross) {
            tools.require(ToolLocator.Kind.NEWLIB);
        }
        Optional<VendorPackage> drivers = board.vendor().map(vendor -> VendorPackage.require(vendor, vendorFolder));
        Path root = written.folder().toAbsolutePath().normalize();
        Path work = Files.createTempDirectory(root, ".build-");
        try {
            boolean ninja = builder.getFileName().toString().startsWith("ninja");
            List<String> configure = new ArrayList<>(List.of(
                    cmake.toString(),
                    "--preset",
                    board.id(),
                    "-B",
                    work.toString(),
                    "-G",
                    ninja ? "Ninja" : "Unix Makefiles",
                    "-DCMAKE_MAKE_PROGRAM=" + builder,
                    "-DCMAKE_C_COMPILER=" + compiler));
            drivers.ifPresent(found -> configure.add("-DN6_VENDOR_PACKAGE=" + found.folder()));
            npuRuntime.ifPresent(found -> configure.add("-DN6_NPU_RUNTIME=" + found.folder()));
            run(configure, root.resolve("firmware"), CONFIGURE_LIMIT, board);
            int jobs = Runtime.getRuntime().availableProcessors();
            run(
                    List.of(cmake.toString(), "--build", work.toString(), "-j", Integer.toString(jobs)),
                    root,
                    COMPILE_LIMIT,
                    board);
            Map<String, String> versions = new TreeMap<>();
            version(versions, board.toolchain().compiler(), compiler);
            version(versions, "cmake", cmake);
            drivers.ifPresent(found -> versions.put(
                    board.vendor().orElseThrow().name(), found.version().orElse("version unknown")));
            npuRuntime.ifPresent(
                    found -> versions.put("NPU runtime", found.version().orElse("version unknown")));
            return ImageFolder.make(written, work, versions);
        } finally {
            delete(work);
        }
    }

    private void version(Map<String, String> versions, String name, Path program) {
        tools.version(program).ifPresent(version -> versions.put(name, version));
    }

    private static void run(List<String> command, Path folder, Duration limit, Board board)
            throws IOException, InterruptedException {
        ChildProcess.Outcome outcome = ChildProcess.run(command, folder, limit);
        if (!outcome.succeeded()) {
            if (UnfinishedWork.ending(CTRL_C_PATIENCE)) {
                throw new InterruptedException(command.get(0) + " was ended together with this program");
            }
            if (new BuildLog(outcome.output()).diskFull()
                    || Files.getFileStore(folder).getUsableSpace() < SCARCE_BYTES) {
                throw new IOException("No space left on device");
            }
            Path log = Files.createTempFile("stm32-deploy-build-", ".log");
            Files.writeString(log, String.join(" ", command) + "\n" + outcome.output());
            throw refused(outcome, board, log);
        }
    }

    private static DiagnosedException refused(ChildProcess.Outcome outcome, Board board, Path log) {
        BuildLog lines = new BuildLog(outcome.output());
        Optional<BuildLog.Overflow> overflow = lines.overflow();
        if (overflow.isPresent()) {
            return new DiagnosedException(
                    DiagnosedException.Kind.FINDING,
                    Diagnosis.error("BUILD-MEMORY-EXCEEDED", Stage.BUILD, "the firmware does not fit into memory")
                            .where(board.id() + ", " + overflow.get().region())
                            .observed(overflow.get().bytes() + " bytes too many")
                            .rule("region " + overflow.get().region() + " of the board description")
                            .effect("no firmware is built")
                            .fix("use a smaller model; the whole log is in " + log)
                            .build());
        }
        String observed = outcome.status().isEmpty() ? "no end within the time limit" : lines.firstProblem();
        return new DiagnosedException(
                DiagnosedException.Kind.ENVIRONMENT,
                Diagnosis.error("BUILD-COMPILE-FAILED", Stage.BUILD, "the firmware project does not build")
                        .where("firmware/ for " + board.id())
                        .observed(observed)
                        .effect("there is no image")
                        .fix("the whole log is in " + log)
                        .build());
    }

    static void delete(Path folder) {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | java.io.UncheckedIOException stays) {
            // A hidden folder that stays is no reason to fail a build that succeeded.
            return;
        }
    }
}
