// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output is whole or absent, and what was there before is not lost. */
class BadOutputTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void quantized() throws IOException {
        model = Files.copy(DemoApplication.quantized(), folder.resolve("int8.onnx"));
    }

    private Cli.Ran generate(Object output) {
        return Cli.run("generate", model, "-o", output);
    }

    @Test
    void foreign_files_are_not_replaced() throws IOException {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Files.writeString(mine.resolve("thesis.tex"), "years of work");
        Files.writeString(mine.resolve("report.json"), "{\"schema\": \"somebody else's\"}");
        Map<String, String> before = Snapshot.of(folder);
        generate(mine).refused(2, "OUT-FOLDER-OCCUPIED");
        Cli.run("build", model, "-o", mine, "--board", "host").refused(2, "OUT-FOLDER-OCCUPIED");
        Cli.run("demo", "-o", mine, "--board", "host").refused(2, "OUT-FOLDER-OCCUPIED");
        generate(mine.resolve("thesis.tex")).refused(2, "OUT-FOLDER-OCCUPIED");
        generate(Path.of("")).refused(2, "OUT-FOLDER-OCCUPIED");
        generate("..").refused(2, "OUT-FOLDER-OCCUPIED");
        generate("/").refused(2, "OUT-FOLDER-OCCUPIED");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void a_folder_of_ours_and_an_empty_one_are_replaced() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        generate(empty).fine();
        Map<String, String> first = Snapshot.of(empty);
        Files.writeString(empty.resolve("network/stale.c"), "int stale;");
        generate(empty).fine();
        assertThat(Snapshot.of(empty)).isEqualTo(first);
        assertThat(Snapshot.of(folder).keySet()).noneMatch(name -> name.startsWith("."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a;b", "a|b", "a\"b", "a\\b", "$(touch injected)", "a\nb"})
    void names_that_compilers_take_apart(String name) throws IOException {
        assumeFalse(File.separator.equals("\\"), "these are no names here");
        Map<String, String> before = Snapshot.of(folder);
        Cli.run("build", model, "--board", "host", "-o", folder.resolve(name)).refused(2, "BUILD-FOLDER-NAME");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void names_that_only_look_odd() throws IOException {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path odd = folder.resolve("a $x 'b' #1 100% & (c) [d] {e} `f` <g> *=@,:!~^");
        Cli.run("build", model, "--board", "host", "-o", odd).fine();
        Cli.run("run", odd, DemoApplication.scene(2)).fine();
        assertThat(Snapshot.of(odd)).containsKey("run/detections.json");
    }

    @Test
    void output_below_a_file() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        Map<String, String> before = Snapshot.of(folder);
        generate(file.resolve("out")).refused(3, "OUT-UNWRITABLE");
        Cli.run("quantize", model, "-o", file.resolve("out.onnx")).refused(3, "OUT-UNWRITABLE");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void a_file_where_a_folder_is() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("taken"));
        Map<String, String> before = Snapshot.of(folder);
        Cli.run("quantize", model, "-o", taken).refused(3, "OUT-UNWRITABLE");
        Cli.run("quantize", model, "-o", "/").refused(3, "OUT-UNWRITABLE");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void a_folder_that_nobody_may_write() throws Exception {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Set<PosixFilePermission> mine = Files.getPosixFilePermissions(locked);
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        // Permissions do not stop the administrator, a disk mounted for reading does.
        boolean mounted = Files.isWritable(locked) && command("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", locked);
        try {
            assumeFalse(Files.isWritable(locked), "this user may write everywhere");
            generate(locked.resolve("out")).refused(3, "OUT-UNWRITABLE");
            Cli.run("quantize", model, "-o", locked.resolve("out.onnx")).refused(3, "OUT-UNWRITABLE");
            assertThat(Snapshot.of(locked)).hasSize(1);
        } finally {
            if (mounted) {
                command("umount", locked);
            }
            Files.setPosixFilePermissions(locked, mine);
        }
    }

    @Test
    void a_place_where_the_system_makes_no_files() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "there is no /proc here");
        generate("/proc/out").refused(3, "OUT-UNWRITABLE");
        Cli.run("quantize", model, "-o", "/proc/out.onnx").refused(3, "OUT-UNWRITABLE");
    }

    @Test
    void a_device_is_written_into_and_stays_a_device() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "there is no /dev/full here");
        Cli.run("quantize", model, "-o", full).refused(3, "OUT-DISK-FULL");
        Cli.run("quantize", model, "-o", "/dev/null").fine();
        assertThat(Files.isRegularFile(full)).isFalse();
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    @Test
    void a_link_to_a_file_stays_a_link() throws IOException {
        Path real = Files.writeString(folder.resolve("real.onnx"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.onnx"), real);
        Cli.run("quantize", model, "-o", link).fine();
        assertThat(link).isSymbolicLink();
        assertThat(real).hasSameBinaryContentAs(model);
    }

    @Test
    void a_full_disk() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk), "only root mounts a small disk");
        try {
            generate(disk.resolve("kept")).fine();
            int free = Math.toIntExact(disk.toFile().getUsableSpace());
            Files.write(disk.resolve("filler"), new byte[free - 64 * 1024]);
            Map<String, String> before = Snapshot.of(disk);
            generate(disk.resolve("out")).refused(3, "OUT-DISK-FULL");
            generate(disk.resolve("kept")).refused(3, "OUT-DISK-FULL");
            Cli.run("quantize", model, "-o", disk.resolve("out.onnx")).refused(3, "OUT-DISK-FULL");
            assertThat(Snapshot.of(disk)).isEqualTo(before);
        } finally {
            command("umount", disk);
        }
    }

    @Test
    void a_disk_that_fills_while_the_compiler_works() throws Exception {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk), "only root mounts a small disk");
        try {
            Cli.run("build", model, "--board", "host", "-o", disk.resolve("out"))
                    .refused(3, "OUT-DISK-FULL");
            assertThat(Snapshot.of(disk)).hasSize(1);
        } finally {
            command("umount", disk);
        }
    }

    @Test
    void others_may_read_what_the_umask_lets_them() throws IOException {
        Path out = folder.resolve("out");
        generate(out).fine();
        Set<PosixFilePermission> folderMode =
                Files.getPosixFilePermissions(Files.createDirectory(folder.resolve("usual")));
        Set<PosixFilePermission> fileMode =
                Files.getPosixFilePermissions(Files.writeString(folder.resolve("usual.txt"), ""));
        assertThat(Files.getPosixFilePermissions(out)).isEqualTo(folderMode);
        Path file = folder.resolve("copy.onnx");
        Cli.run("quantize", model, "-o", file).fine();
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(fileMode);
    }

    private static boolean command(Object... words) throws IOException, InterruptedException {
        String[] command = java.util.Arrays.stream(words).map(Object::toString).toArray(String[]::new);
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException noSuchProgram) {
            return false;
        }
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
