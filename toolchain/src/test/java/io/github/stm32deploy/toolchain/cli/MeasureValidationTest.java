// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.host.fake.ValidationFirmware;
import io.github.stm32deploy.host.fake.ValidationFirmware.Identity;
import io.github.stm32deploy.host.serial.PortDescription;
import io.github.stm32deploy.host.stai.ProtocolVersion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code measure --protocol st} over a pseudo-terminal, with a validation firmware of our own behind it. */
class MeasureValidationTest {
    @TempDir
    Path folder;

    private static UnaryOperator<byte[]> device(Identity identity) {
        return device(new ValidationFirmware(identity));
    }

    private static UnaryOperator<byte[]> device(ValidationFirmware firmware) {
        return bytes -> {
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            for (byte b : bytes) {
                answer.writeBytes(firmware.receive(b));
            }
            return answer.toByteArray();
        };
    }

    private static Identity identity(int minor) {
        return Identity.of(new ProtocolVersion(3, minor), 300).withLogs();
    }

    private static Cli.Ran measure(Terminals terminal, Object... more) {
        Object[] arguments = new Object[more.length + 7];
        System.arraycopy(
                new Object[] {"measure", "--protocol", "st", "--port", terminal.port(), "--runs", "5"},
                0,
                arguments,
                0,
                7);
        System.arraycopy(more, 0, arguments, 7, more.length);
        return Cli.run(arguments);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void figuresAndWhoMeasuredThem(int minor) throws Exception {
        try (Terminals terminal = Terminals.answering(folder, device(identity(minor)))) {
            Cli.Ran ran = measure(terminal, "--json", "-").fine();
            JsonNode file = Schemas.validation(ran.out());
            assertThat(file.at("/firmware/name").asText()).isEqualTo("ST validation firmware");
            assertThat(file.at("/firmware/protocol").asText()).isEqualTo("3." + minor);
            assertThat(file.at("/firmware/baud").asInt()).isEqualTo(921_600);
            assertThat(file.at("/chip/device").asText()).isEqualTo("STM32N6 (0x486)");
            assertThat(file.at("/chip/npuHertz").asLong()).isEqualTo(1_000_000_000);
            assertThat(file.at("/measured").asText()).isEqualTo("network");
            assertThat(file.at("/networks/0/weightsBytes").asLong()).isEqualTo(8192);
            assertThat(file.at("/networks/0/startMillis").isMissingNode()).isEqualTo(minor < 2);
            assertThat(file.at("/measurement/inference/unit").asText()).isEqualTo("microseconds");
            assertThat(file.at("/measurement/inference/median").asDouble()).isEqualTo(2000);
            assertThat(file.at("/measurement/layers").findValuesAsText("name"))
                    .containsExactly("EpochBlock_1 (HW)", "EpochBlock_2 (SW)", "EpochBlock_3 (HYBRID)");
            assertThat(file.at("/measurement/layers/2/median").asDouble()).isEqualTo(30);
            assertThat(file.at("/measurement/verdict").asText()).isEqualTo("trusted");
            assertThat(file.at("/measurement/method/timeBase").asText()).contains("ST's validation firmware");

            assertThat(measure(terminal, "--baud", "115200").fine().text())
                    .contains("measured by ST validation firmware, protocol 3." + minor + ", 115200 baud")
                    .contains("network    network (measured)")
                    .contains("inference  2,000 microseconds")
                    .contains("EpochBlock_3 (HYBRID)");
        }
    }

    @Test
    void theNetworksAreListedByName() throws Exception {
        Identity two = identity(2)
                .withNetworks(ValidationFirmware.network("face", 64), ValidationFirmware.network("pose", 32));
        try (Terminals terminal = Terminals.answering(folder, device(two))) {
            assertThat(measure(terminal, "--network", "pose").fine().text())
                    .contains("network    face\n")
                    .contains("network    pose (measured)\n");
            assertThat(measure(terminal, "--network", "hand")
                            .refused(2, "RUN-ST-NETWORK")
                            .err())
                    .contains("face, pose");
        }
    }

    @Test
    void whatAnswersIsNoValidationFirmware() throws Exception {
        try (Terminals echo = Terminals.answering(folder, UnaryOperator.identity())) {
            measure(echo, "--baud", "115200").refused(3, "RUN-ST-OTHER-FIRMWARE");
        }
        try (Terminals silent = Terminals.silent(folder)) {
            assertThat(measure(silent).refused(3, "RUN-ST-SILENT").err()).contains("921600, 115200");
        }
        try (Terminals newer = Terminals.answering(folder, device(Identity.of(new ProtocolVersion(3, 9), 64)))) {
            measure(newer).refused(3, "RUN-ST-VERSION");
        }
    }

    @Test
    void aNetworkThatHangs() throws Exception {
        ValidationFirmware hanging = new ValidationFirmware(identity(2)).hanging();
        try (Terminals terminal = Terminals.answering(folder, device(hanging))) {
            measure(terminal, "--timeout", "0.2").refused(3, "RUN-ST-HANGS");
        }
    }

    @Test
    void optionsThatDoNotGoTogether() {
        Cli.run("measure").ends(2);
        Cli.run("measure", folder, "--protocol", "st").ends(2);
        Cli.run("measure", folder, "--baud", "9600").ends(2);
        Cli.run("measure", "--protocol", "st", "--baud", "1").ends(2);
        Cli.run("measure", "--protocol", "morse").ends(2);
    }

    @Test
    void aPersonIsAskedOnATerminalOnly() {
        List<PortDescription> two = List.of(
                new PortDescription("/dev/ttyACM0", "STLINK-V3", 0x0483, 0x3754, "0039"),
                new PortDescription("/dev/ttyACM1", "STLINK-V3", 0x0483, 0x3754, "004A"));
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        assertThat(PortOption.picked(two, console("2\n", shown, true))).contains(two.get(1));
        assertThat(shown.toString(StandardCharsets.UTF_8))
                .contains("1  /dev/ttyACM0  STLINK-V3  USB 0483:3754  serial number 0039")
                .contains("2  /dev/ttyACM1");
        for (String answer : List.of("", "\n", "0\n", "3\n", "x\n", "99999999999\n")) {
            assertThat(PortOption.picked(two, console(answer, OutputStream.nullOutputStream(), true)))
                    .isEmpty();
        }
        assertThat(PortOption.picked(two, console("2\n", OutputStream.nullOutputStream(), false)))
                .isEmpty();
    }

    private static Console console(String typed, OutputStream err, boolean terminal) {
        return new Console(
                OutputStream.nullOutputStream(),
                err,
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                terminal,
                false);
    }
}
