// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.stedgeai.standin.StandInInstallation;
import io.github.stm32deploy.toolchain.deploy.FlashFolder;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code flash} with stand-ins of ST's tools that keep a board's flash in a file. No board was flashed with it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are started by shell scripts")
class FlashCommandTest {
    private static final String DK = "stm32n6570-dk";
    private static final String NUCLEO = "nucleo-n657x0-q";

    @TempDir
    Path folder;

    private Path built;
    private Path programmer;
    private Path board;

    private void build(String id) throws IOException {
        built = new FlashFolder(folder.resolve("my application"), id).write();
        board(id);
    }

    private void board(String id, String... lines) throws IOException {
        board = Files.createDirectories(folder.resolve("board"));
        String loader = id.equals(DK) ? "MX66UW1G45G_STM32N6570-DK.stldr" : "MX25UM51245G_STM32N6570-NUCLEO.stldr";
        List<String> text = new ArrayList<>(List.of("loader " + loader));
        text.addAll(List.of(lines));
        Files.write(board.resolve("board.txt"), text);
        programmer = StandInInstallation.programmer(folder.resolve("CubeProgrammer/bin"), board, loader);
    }

    /** A boot loader as ST's, of a pattern. */
    private Path fsbl() throws IOException {
        byte[] program = new byte[2000];
        ByteBuffer.wrap(program)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x3420_0000)
                .putInt(0x3418_0501);
        return Files.write(folder.resolve("ai_fsbl.bin"), BootImage.pack(program, BootImage.Kind.FSBL));
    }

    private Cli.Ran flash(Object... options) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("flash", built, "--programmer", programmer, "--fsbl", fsbl()));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--tool-timeout")) {
            arguments.addAll(List.of("--tool-timeout", "20"));
        }
        return Cli.run(arguments.toArray());
    }

    private byte[] flashed(long address, int bytes) throws IOException {
        byte[] all = Files.readAllBytes(board.resolve("flash.img"));
        int offset = (int) (address - 0x7000_0000L);
        return Arrays.copyOfRange(all, offset, offset + bytes);
    }

    private List<String> calls() throws IOException {
        Path file = board.resolve("programmer-calls.txt");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    @ParameterizedTest
    @ValueSource(strings = {DK, NUCLEO})
    void a_dry_run_prints_the_plan_and_touches_nothing(String id) throws Exception {
        build(id);
        Cli.Ran ran = flash("--dry-run").fine();

        assertThat(ran.text())
                .contains(
                        id,
                        "fsbl          0x70000000",
                        "application   0x70100000       4032 bytes  firmware-boot.bin",
                        "weights       0x71000000      70000 bytes  weights.bin",
                        "read it back",
                        "BOOT1");
        assertThat(calls()).isEmpty();
        assertThat(board.resolve("flash.img")).doesNotExist();
        JsonNode plan = new ObjectMapper()
                .readTree(flash("--dry-run", "--json", "-").fine().out());
        Schemas.plan(new ObjectMapper().writeValueAsBytes(plan));
        assertThat(plan.at("/flashing/signing/options/1/arguments").toString()).contains("-align");
        assertThat(plan.at("/flashing/start/entry").asText()).isEqualTo("0x34000501");
    }

    @ParameterizedTest
    @ValueSource(strings = {DK, NUCLEO})
    void everything_is_written_read_back_and_on_the_board(String id) throws Exception {
        build(id);
        Cli.Ran ran = flash("--yes").fine();

        assertThat(ran.text()).contains("weights", "written, read back");
        assertThat(ran.err()).contains("next", "measure");
        assertThat(flashed(0x7000_0000L, 3040)).isEqualTo(Files.readAllBytes(fsbl()));
        assertThat(flashed(0x7010_0000L, 4032)).isEqualTo(Files.readAllBytes(built.resolve("image/firmware-boot.bin")));
        assertThat(flashed(0x7100_0000L, 70_000)).isEqualTo(Files.readAllBytes(built.resolve("image/weights.bin")));
        // The boot loader comes last: a run that is cut short leaves no board that starts half of it.
        assertThat(calls().stream().filter(call -> call.contains("-w ")).toList())
                .extracting(call -> call.replaceAll(".*-w (\\w+)\\.bin (0x\\w+).*", "$1 $2"))
                .containsExactly("weights 0x71000000", "application 0x70100000", "fsbl 0x70000000");
        assertThat(calls()).anyMatch(call -> call.contains("-el ") && call.contains("-hardRst"));
    }

    @Test
    void what_was_verified_is_not_written_again_once_it_was_read_back() throws Exception {
        build(DK);
        board(DK, "fault lost 500 once");
        flash("--yes").refusedAfterPlan(3, "FLASH-CONNECTION-LOST");
        long first = writes();
        assertThat(first).isEqualTo(1);

        Cli.Ran again = flash("--yes").fine();
        assertThat(writes()).isEqualTo(first + 3);
        assertThat(again.text()).doesNotContain("already there");

        Cli.Ran third = flash("--yes").fine();
        assertThat(writes()).isEqualTo(first + 3);
        assertThat(third.text().split("already there", -1)).hasSize(4);

        // Somebody else wrote the board in between: the state file is believed only after reading back.
        Files.delete(board.resolve("flash.img"));
        flash("--yes").fine();
        assertThat(writes()).isEqualTo(first + 6);
    }

    private long writes() throws IOException {
        return calls().stream().filter(call -> call.contains("-w ")).count();
    }

    @Test
    void in_RAM_mode_the_program_is_loaded_and_started_and_no_boot_loader_is_needed() throws Exception {
        build(DK);
        Cli.Ran ran = Cli.run("flash", built, "--mode", "ram", "--yes", "--programmer", programmer.getParent())
                .fine();

        assertThat(ran.text()).contains("program       0x34000400", "written, started");
        assertThat(Files.readString(board.resolve("started.txt")))
                .contains("-halt -coreReg xPSR=0x01000000 MSP=0x34100000 PC=0x34000501 -run");
        byte[] ram = Files.readAllBytes(board.resolve("ram.img"));
        assertThat(Arrays.copyOfRange(ram, 0x400_0400, 0x400_0400 + 3000))
                .isEqualTo(Files.readAllBytes(built.resolve("image/firmware.bin")));
        assertThat(writes()).isEqualTo(2);
    }

    @Test
    void a_board_that_does_not_let_itself_be_attached_is_connected_under_reset() throws Exception {
        build(DK);
        board(DK, "fault hotplug");
        flash("--yes", "--probe", "0042").fine();
        assertThat(calls().stream().filter(call -> call.contains("mode=UR"))).hasSize(6);
        assertThat(calls().stream().filter(call -> call.contains("mode=HOTPLUG")))
                .hasSize(1);
        assertThat(calls()).filteredOn(call -> call.contains("-c ")).allMatch(call -> call.contains("sn=0042"));
    }

    /** Each failure of tool, cable and board has its own diagnosis and exit code. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            FLASH-NO-PROBE           | 3 | no-probe
            FLASH-NO-TARGET          | 3 | dead
            FLASH-CONNECTION-LOST    | 3 | lost 300
            FLASH-LOADER-REFUSED     | 3 | loader
            FLASH-VERIFY-MISMATCH    | 4 | spoil 100
            FLASH-VERIFY-MISMATCH    | 4 | unwritten
            FLASH-VERIFY-MISMATCH    | 4 | short-read
            FLASH-PROGRAMMER-FAILED  | 4 | error-and-zero
            FLASH-PROGRAMMER-FAILED  | 4 | fail 9
            FLASH-TOOL-ASKS          | 4 | ask
            """)
    void a_failure_says_what_it_is(String code, int exitCode, String fault) throws Exception {
        build(DK);
        board(DK, "fault " + fault);
        flash("--yes").refusedAfterPlan(exitCode, code);
        assertThat(built.resolve("flash.log")).isNotEmptyFile();
    }

    @Test
    void a_tool_that_hangs_is_killed() throws Exception {
        build(DK);
        board(DK, "fault hang");
        flash("--yes", "--tool-timeout", "2").refusedAfterPlan(4, "FLASH-PROGRAMMER-HANGS");
    }

    @Test
    void a_program_that_does_not_start_is_told() throws Exception {
        build(DK);
        board(DK, "fault start");
        flash("--yes", "--mode", "ram").refusedAfterPlan(4, "FLASH-PROGRAMMER-FAILED");
    }

    @Test
    void an_old_a_silent_and_an_absent_tool() throws Exception {
        build(DK);
        board(DK, "version 2.17.0");
        flash("--yes").refusedAfterPlan(3, "TOOL-PROGRAMMER-OLD");
        board(DK, "version unknown");
        flash("--yes").refusedAfterPlan(4, "TOOL-PROGRAMMER-ODD");
        programmer = folder.resolve("nowhere");
        flash("--yes").refusedAfterPlan(3, "TOOL-PROGRAMMER-MISSING");
        board(NUCLEO);
        Files.delete(programmer.resolveSibling("ExternalLoader").resolve("MX66UW1G45G_STM32N6570-DK.stldr"));
        flash("--yes").refusedAfterPlan(3, "FLASH-LOADER-MISSING");
        assertThat(writes()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"2.18.0, false", "2.20.0, false", "2.21.0, true", "2.22.0, true"})
    void the_signing_tool_gets_the_options_of_its_release(String version, boolean align) throws Exception {
        build(DK);
        board(DK, "version " + version);
        flash("--yes", "--sign").fine();
        assertThat(Files.readString(board.resolve("signing-calls.txt")).contains("-align"))
                .isEqualTo(align);
        byte[] theirs = flashed(0x7010_0000L, 4032);
        byte[] ours = Files.readAllBytes(built.resolve("image/firmware-boot.bin"));
        assertThat(theirs).isNotEqualTo(ours);
        Arrays.fill(theirs, 0xA8, 0x240, (byte) 0);
        assertThat(theirs).isEqualTo(ours);
    }

    @Test
    void a_signing_tool_that_fails_or_forgets_to_align_writes_nothing() throws Exception {
        build(DK);
        board(DK, "version 2.21.0", "fault sign-forgets");
        flash("--yes", "--sign").refusedAfterPlan(1, "PLAN-HEADER-ALIGN");
        board(DK, "fault sign-fail");
        flash("--yes", "--sign").refusedAfterPlan(4, "FLASH-SIGNING-FAILED");
        board(DK, "fault sign-nothing");
        flash("--yes", "--sign").refusedAfterPlan(4, "FLASH-SIGNING-FAILED");
        board(DK, "fault sign-hang");
        flash("--yes", "--sign", "--tool-timeout", "2").refusedAfterPlan(4, "FLASH-SIGNING-FAILED");
        board(DK);
        Files.delete(programmer.resolveSibling("STM32_SigningTool_CLI"));
        flash("--yes", "--sign").refusedAfterPlan(3, "TOOL-SIGNING-MISSING");
        assertThat(writes()).isZero();
    }

    @Test
    void nobody_is_asked_without_a_terminal() throws Exception {
        build(DK);
        flash().refusedAfterPlan(2, "FLASH-NOT-CONFIRMED");
        assertThat(calls()).isEmpty();
    }

    @Test
    void wrong_options_are_usage() throws Exception {
        build(DK);
        for (List<String> options : List.of(
                List.of("--mode", "rom"),
                List.of("--consent", "everything"),
                List.of("--tool-timeout", "0"),
                List.of("--sign", "--application", "x.bin"))) {
            List<Object> arguments = new ArrayList<>(List.of("flash", built));
            arguments.addAll(options);
            Cli.run(arguments.toArray()).ends(2);
        }
    }

    @Test
    void a_boot_loader_that_is_absent_damaged_or_another_file() throws Exception {
        build(DK);
        Cli.run("flash", built, "--dry-run").refused(3, "FLASH-FSBL-MISSING");
        Cli.run("flash", built, "--dry-run", "--mode", "ram").fine();
        Path text = Files.writeString(folder.resolve("x.hex"), ":hello");
        Cli.run("flash", built, "--dry-run", "--fsbl", text).refused(2, "FLASH-FSBL-UNUSABLE");
        Cli.run("flash", built, "--dry-run", "--fsbl", folder.resolve("none")).refused(2, "FLASH-FSBL-UNUSABLE");
        Path application = built.resolve("image/firmware-boot.bin");
        Cli.Ran ran =
                Cli.run("flash", built, "--dry-run", "--fsbl", application).refused(1, "PLAN-HEADER-TYPE");
        assertThat(ran.err()).contains("PLAN-HEADER-ALIGN ");
        Path raw = built.resolve("image/weights.bin");
        Cli.run("flash", built, "--dry-run", "--fsbl", raw).refused(1, "PLAN-HEADER-MISSING");
    }

    /** 0x56009000 among the constants: the fuse controller. With the store it programs, without nobody knows. */
    @Test
    void code_that_may_program_fuses_needs_consent_by_name() throws Exception {
        build(DK);
        byte[] program = new byte[2000];
        ByteBuffer words = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        words.putInt(0x3420_0000).putInt(0x3418_0501).putInt(0x5600_9000);
        Path unknown = Files.write(folder.resolve("f.bin"), BootImage.pack(program, BootImage.Kind.FSBL));
        Cli.run("flash", built, "--dry-run", "--fsbl", unknown).refused(1, "FLASH-FUSE-CODE");
        Cli.run("flash", built, "--dry-run", "--fsbl", unknown, "--consent", "otp-fuses")
                .fine();

        Files.writeString(built.resolve("firmware/app/main.c"), "void f(void) { fuse_vddio(); }\n");
        Cli.Ran ran = Cli.run("flash", built, "--dry-run", "--fsbl", fsbl()).refused(1, "FLASH-FUSE-CODE");
        assertThat(ran.err()).contains("app/main.c", "fuse_vddio");

        built = new FlashFolder(folder.resolve("second"), DK)
                .symbols("main\0HAL_BSEC_OTP_Program\0")
                .write();
        ran = Cli.run("flash", built, "--dry-run", "--fsbl", fsbl()).refused(1, "FLASH-FUSE-CODE");
        assertThat(ran.err()).contains("firmware.elf", "HAL_BSEC_OTP_Program");
    }

    @Test
    void the_virtual_board_is_not_flashed() throws Exception {
        Cli.run("flash", DemoApplication.built(DemoApplication.HOST), "--dry-run")
                .refused(2, "FLASH-NOT-NEEDED");
    }

    @Test
    void a_signed_file_of_the_user_is_checked_and_taken() throws Exception {
        build(DK);
        byte[] image = Files.readAllBytes(built.resolve("image/firmware-boot.bin"));
        image[0x100] = 7;
        Path file = Files.write(folder.resolve("signed.bin"), image);
        flash("--yes", "--application", file).fine();
        assertThat(flashed(0x7010_0000L, image.length)).isEqualTo(image);
        image[0x70] ^= 4;
        Files.write(file, image);
        flash("--yes", "--application", file).refused(1, "PLAN-HEADER-ENTRY");
        flash("--yes", "--application", folder.resolve("none")).refused(2, "FLASH-FILE-UNREADABLE");
    }

    /** What is broken in the folder is found before anything else happens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PLAN-IMAGE-MISPLACED   | "address" : "0x71000000",\\n      "cap | "address" : "0x70100000",\\n      "cap
            PLAN-IMAGE-MISPLACED   | "role" : "weights" | "role" : "blobs"
            PLAN-IMAGE-MISSING     | "file" : "weights.bin",\\n      "address" : "0x71000000",\\n      "cap | "file" : "no.bin",\\n      "address" : "0x71000000",\\n      "cap
            PLAN-OTHER-BOARD       | "board" : "stm32n6570-dk" | "board" : "nucleo-n657x0-q"
            PLAN-WEIGHTS-ELSEWHERE | "address" : "0x71000000",\\n      "cap | "address" : "0x71000040",\\n      "cap
            PLAN-IMAGE-UNALIGNED   | "address" : "0x70100000" | "address" : "0x70100400"
            """)
    void a_plan_that_is_wrong(String code, String right, String wrong) throws Exception {
        build(DK);
        Path file = built.resolve("image/deploy-plan.json");
        String text = Files.readString(file);
        String before = right.replace("\\n", "\n");
        assertThat(text).contains(before);
        Files.writeString(file, text.replace(before, wrong.replace("\\n", "\n")));
        Cli.Ran ran = flash("--yes");
        ran.ends(1);
        assertThat(ran.err()).contains("error " + code + "  ");
        assertThat(calls()).isEmpty();
    }

    @Test
    void images_that_were_changed_overlap_or_are_too_large() throws Exception {
        build(DK);
        Path weights = built.resolve("image/weights.bin");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[5] ^= 1;
        Files.write(weights, bytes);
        flash("--yes").refused(1, "PLAN-IMAGE-CHANGED");

        built = new FlashFolder(folder.resolve("large"), DK)
                .program((1536 << 10) - 0x3E0)
                .write();
        flash("--yes").refused(1, "PLAN-SLOT-OVERFLOW");

        built = new FlashFolder(folder.resolve("elsewhere"), DK)
                .readsWeightsAt(0x7038_0000L)
                .write();
        Cli.Ran ran = flash("--yes").refused(1, "PLAN-WEIGHTS-ELSEWHERE");
        assertThat(ran.err()).contains("PLAN-BYTES-LOST ", "0x70380000");

        built = new FlashFolder(folder.resolve("twice"), DK).write();
        Path file = built.resolve("image/deploy-plan.json");
        String text = Files.readString(file);
        int start = text.lastIndexOf("{", text.indexOf("\"role\" : \"weights\""));
        String image = text.substring(start, text.indexOf("}", start) + 1);
        Files.writeString(file, text.substring(0, start) + image + ", " + text.substring(start));
        flash("--yes").refused(1, "PLAN-IMAGES-OVERLAP");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PLAN-HEADER-VERSION  | 0x68
            PLAN-HEADER-LENGTH   | 0x6C
            PLAN-HEADER-CHECKSUM | 0x64
            PLAN-HEADER-TYPE     | 0x8C
            PLAN-HEADER-ENTRY    | 0x70
            """)
    void a_boot_header_that_was_changed(String code, String offset) throws Exception {
        build(NUCLEO);
        byte[] image = Files.readAllBytes(built.resolve("image/firmware-boot.bin"));
        image[Integer.decode(offset)] ^= 2;
        Path file = Files.write(folder.resolve("changed.bin"), image);
        flash("--yes", "--application", file).refused(1, code);
        assertThat(calls()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "{}", "{\"schema\": \"stm32-deploy/deploy-plan/9\"}"})
    void a_damaged_plan(String content) throws Exception {
        build(DK);
        Files.writeString(built.resolve("image/deploy-plan.json"), content);
        flash("--yes").refused(2, "PLAN-UNREADABLE");
        Files.delete(built.resolve("image/deploy-plan.json"));
        flash("--yes").refused(2, "PLAN-UNREADABLE");
    }

    /** Writing one erases the blocks that it touches: what the other has in the first of them would be gone. */
    @Test
    void two_images_in_one_erase_block_and_constants_for_RAM() throws Exception {
        build(DK);
        Path file = built.resolve("image/deploy-plan.json");
        String text = Files.readString(file);
        int start = text.lastIndexOf("{", text.indexOf("\"role\" : \"weights\""));
        String image = text.substring(start, text.indexOf("}", start) + 1);
        String second = image.replace("0x71000000", "0x71014000");
        Files.writeString(file, text.replace(image, image + ", " + second));
        Cli.Ran ran = flash("--dry-run").refused(1, "PLAN-IMAGE-UNALIGNED");
        assertThat(ran.err()).contains("65536 bytes that another image has a part of");

        int load = text.lastIndexOf("{", text.indexOf("\"file\" : \"weights.bin\""));
        String weights = text.substring(load, text.indexOf("}", load) + 1);
        Files.writeString(file, text.replace(weights, weights + ", " + weights.replace("0x71000000", "0x90000000")));
        ran = flash("--dry-run").refused(1, "PLAN-BYTES-LOST");
        assertThat(ran.err()).contains("0x90000000");
    }

    @Test
    void the_board_is_described_with_its_slots_and_switches() {
        assertThat(Cli.run("boards", "show", NUCLEO).fine().text())
                .contains("application  0x70100000    2560 KiB, copied to 0x34000000", "JP2 (BOOT1)", "CN9");
    }

    /** Nothing of a run stays behind but its log and its state. */
    @Test
    void nothing_is_left_beside_log_and_state() throws Exception {
        build(DK);
        flash("--yes").fine();
        try (Stream<Path> files = Files.list(built)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "image", "firmware", "application.json", "report.json", "flash.log", "flash-state.json");
        }
    }
}
