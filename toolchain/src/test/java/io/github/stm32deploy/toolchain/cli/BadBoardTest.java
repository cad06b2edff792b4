// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.board.HostBoard;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders, images, ports and boards that run and measure cannot use. */
class BadBoardTest {
    @TempDir
    Path folder;

    private Path built;

    @BeforeEach
    void copyOfABuiltFolder() throws IOException {
        built = folder.resolve("built");
        Snapshot.copy(DemoApplication.built(DemoApplication.HOST), built);
    }

    /** Both commands refuse, and change nothing. */
    private List<Cli.Ran> refused(int exitCode, String code, Object... options) throws IOException {
        Map<String, String> before = Snapshot.of(folder);
        List<Cli.Ran> both = new ArrayList<>();
        for (List<Object> command :
                List.of(List.<Object>of("measure", built), List.<Object>of("run", built, DemoApplication.scene(1)))) {
            List<Object> arguments = new ArrayList<>(command);
            arguments.addAll(List.of(options));
            both.add(Cli.run(arguments.toArray()).refused(exitCode, code));
        }
        assertThat(Snapshot.of(folder)).isEqualTo(before);
        return both;
    }

    @Test
    void a_folder_that_build_did_not_make() throws IOException {
        Path good = built;
        built = Files.createDirectory(folder.resolve("empty"));
        refused(2, "RUN-FOLDER-UNUSABLE");
        built = folder.resolve("nowhere");
        refused(2, "RUN-FOLDER-UNUSABLE");
        built = good.resolve("report.json");
        refused(2, "RUN-FOLDER-UNUSABLE");
    }

    @Test
    void a_folder_of_generate_has_no_firmware_to_run() throws IOException {
        built = folder.resolve("generated");
        Cli.run("generate", DemoApplication.quantized(), "-o", built).fine();
        refused(2, "RUN-FOLDER-UNUSABLE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "{}", "\"text\"", "\u0000\u0001", "{\"board\": \"host\"}"})
    void a_damaged_description(String content) throws IOException {
        for (String name : List.of("application.json", "report.json")) {
            Path file = built.resolve(name);
            byte[] whole = Files.readAllBytes(file);
            Files.writeString(file, content);
            refused(2, "RUN-FOLDER-UNUSABLE");
            Files.write(file, whole);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "\"host\", \"toaster\"",
        "\"NCHW\", \"WCHN\"",
        "\"image/firmware.elf\", \"image/none.elf\"",
        "\"layerNames\", \"layers\"",
        "stm32-deploy/application/1, stm32-deploy/application/9",
        "\"width\" : 128, \"width\" : -128",
        "\"width\" : 128, \"width\" : \"wide\"",
        "\"mean\", \"average\"",
    })
    void a_contradicting_description(String part, String replacement) throws IOException {
        Path file = built.resolve("application.json");
        String text = Files.readString(file);
        assertThat(text).contains(part);
        Files.writeString(file, text.replace(part, replacement));
        refused(2, "RUN-FOLDER-UNUSABLE");
    }

    @Test
    void a_report_of_another_model_size_does_not_break_the_page() throws IOException {
        Path file = built.resolve("report.json");
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"macc\" : [0-9]+,", ""));
        Cli.run("measure", built, "--runs", "1", "--reloads", "1").fine();
        Schemas.report(Files.readAllBytes(file));
    }

    @Test
    void images_that_are_none() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        Map<String, String> before = Snapshot.of(folder);
        Object good = DemoApplication.scene(1);
        Cli.run("run", built, good, text).refused(1, "IMG-UNREADABLE");
        Cli.run("run", built, folder).refused(1, "IMG-UNREADABLE");
        Cli.run("run", built, good, folder.resolve("missing.png")).refused(2, "IMG-FILE-MISSING");
        Cli.run("measure", built, "--image", text).refused(1, "IMG-UNREADABLE");
        Cli.run("measure", built, "--image", folder.resolve("missing.png")).refused(2, "IMG-FILE-MISSING");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void run_does_not_write_over_the_users_pictures() throws IOException {
        Path album = Files.createDirectory(folder.resolve("album"));
        Path portrait = Files.copy(DemoApplication.scene(1), album.resolve("portrait.png"));
        Map<String, String> before = Snapshot.of(folder);
        Cli.run("run", built, portrait, "-o", album).refused(2, "OUT-FOLDER-OCCUPIED");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void ports_that_are_none() throws IOException {
        refused(3, "RUN-PORT-MISSING", "--port", "/dev/ttyNoSuchPort");
        refused(3, "RUN-PORT-MISSING", "--port", "COM77");
        refused(3, "RUN-PORT-UNSUITABLE", "--port", built.resolve("report.json"));
        refused(3, "RUN-PORT-UNSUITABLE", "--port", folder);
    }

    @Test
    void a_port_in_use_names_who_has_it() throws Exception {
        try (Terminals terminal = Terminals.silent(Files.createDirectory(folder.resolve("terminal")));
                SerialLink holder = SerialLink.open(terminal.port(), 921_600, MonotonicClock.system())) {
            List<Cli.Ran> both = refused(3, "RUN-PORT-BUSY", "--port", terminal.port());
            assertThat(both)
                    .allSatisfy(ran -> assertThat(ran.err())
                            .contains("process " + ProcessHandle.current().pid()));
            holder.discardInput();
        }
    }

    @Test
    void a_board_that_never_answers() throws Exception {
        try (Terminals terminal = Terminals.silent(Files.createDirectory(folder.resolve("terminal")))) {
            refused(3, "RUN-BOARD-SILENT", "--port", terminal.port(), "--timeout", "0.05");
        }
    }

    @Test
    void firmware_of_another_folder() throws Exception {
        Path application = built.resolve("application.json");
        String text = Files.readString(application);
        Files.writeString(application, text.replaceFirst("(\"firmwareDigest\" : \")[0-9a-f]{4}", "$10000"));
        refused(3, "RUN-STALE-FIRMWARE");
        try (HostBoard running = HostBoard.start(built.resolve("image/firmware.elf"))) {
            refused(3, "RUN-STALE-FIRMWARE", "--port", running.port());
        }
    }

    @Test
    void a_board_of_another_kind() throws Exception {
        try (HostBoard running = HostBoard.start(built.resolve("image/firmware.elf"))) {
            Path application = built.resolve("application.json");
            Files.writeString(application, Files.readString(application).replace("\"host\"", "\"qemu-mps3-an547\""));
            refused(3, "RUN-OTHER-BOARD", "--port", running.port());
        }
    }

    @ParameterizedTest
    @CsvSource({"exit 3, RUN-BOARD-ENDED", "echo good morning; cat, RUN-BOARD-ODD"})
    void a_program_that_is_no_board(String script, String code) throws IOException {
        Files.writeString(built.resolve("image/firmware.elf"), "#!/bin/sh\n" + script + "\n");
        refused(3, code);
    }

    @Test
    void a_board_that_dies_at_work_voids_the_measurement() throws Exception {
        Path elf = built.resolve("image/firmware.elf");
        Path real = built.resolve("image/real.elf");
        Files.move(elf, real);
        Files.writeString(elf, "#!/bin/sh\nulimit -t 1\nexec \"" + real + "\"\n");
        assertThat(elf.toFile().setExecutable(true)).isTrue();
        Cli.Ran ran = Cli.run("measure", built, "--runs", "1000000", "--reloads", "1");
        ran.ends(1);
        assertThat(ran.text()).contains("quarantined: ");
        assertThat(Schemas.report(Files.readAllBytes(built.resolve("report.json")))
                        .path("measurement")
                        .path("verdict")
                        .asText())
                .isEqualTo("quarantined");
    }
}
