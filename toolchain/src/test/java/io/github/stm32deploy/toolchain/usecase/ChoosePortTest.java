// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.serial.PortDescription;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the user is told of the port that was chosen, or of why none was. */
class ChoosePortTest {
    private static final Optional<String> DISCOVERY = Optional.of("stm32n6570-dk");

    @TempDir
    Path folder;

    private Path configuration;

    @BeforeEach
    void noConfiguration() {
        configuration = folder.resolve("config.yaml");
    }

    private static PortDescription stLink(String name, String serialNumber) {
        return new PortDescription(name, "STLINK-V3", 0x0483, 0x3754, serialNumber);
    }

    private ChoosePort among(PortDescription... seen) {
        return new ChoosePort(configuration, () -> List.of(seen), Optional.empty());
    }

    private ChoosePort neverLooking() {
        return new ChoosePort(
                configuration,
                () -> {
                    throw new AssertionError("looked");
                },
                Optional.empty());
    }

    private static DiagnosedException refused(ThrowingCallable choice, DiagnosedException.Kind kind, String code) {
        DiagnosedException[] seen = new DiagnosedException[1];
        assertThatThrownBy(choice).isInstanceOfSatisfying(DiagnosedException.class, refusal -> seen[0] = refusal);
        assertThat(seen[0].kind()).isEqualTo(kind);
        assertThat(seen[0].diagnoses())
                .singleElement()
                .satisfies(diagnosis -> assertThat(diagnosis.code()).isEqualTo(code));
        return seen[0];
    }

    @Test
    void aNamedPortIsTakenWithoutLooking() throws IOException {
        Files.writeString(configuration, "port: COM9\n");
        assertThat(neverLooking().choose(Optional.of("COM7"), DISCOVERY).port()).isEqualTo("COM7");
        assertThat(neverLooking().choose(Optional.empty(), DISCOVERY).port()).isEqualTo("COM9");
    }

    @Test
    void theConfigurationMayNameAPortForEachBoard() throws IOException {
        Files.writeString(configuration, """
                # boards on this desk
                port: /dev/ttyACM7
                ports:
                  stm32n6570-dk: serial:0039
                  nucleo-n657x0-q: /dev/ttyACM3
                """);
        ChoosePort choose = among(stLink("/dev/ttyACM0", "004A"), stLink("/dev/ttyACM1", "0039"));
        assertThat(choose.choose(Optional.empty(), DISCOVERY).port()).isEqualTo("/dev/ttyACM1");
        assertThat(choose.choose(Optional.empty(), DISCOVERY).reason()).contains("config.yaml");
        assertThat(choose.choose(Optional.empty(), Optional.of("nucleo-n657x0-q"))
                        .port())
                .isEqualTo("/dev/ttyACM3");
        assertThat(choose.choose(Optional.empty(), Optional.empty()).port()).isEqualTo("/dev/ttyACM7");
        DiagnosedException absent = refused(
                () -> among(stLink("/dev/ttyACM0", "004A")).choose(Optional.empty(), DISCOVERY),
                DiagnosedException.Kind.ENVIRONMENT,
                "RUN-PORT-MISSING");
        assertThat(absent.diagnoses().get(0).observed()).contains("serial number 004A");
    }

    @Test
    void theOnlyStLinkIsTakenAndSaid() {
        ChoosePort.Chosen chosen = among(
                        stLink("/dev/ttyACM0", "0039"), new PortDescription("/dev/ttyS0", "", -1, -1, ""))
                .choose(Optional.empty(), DISCOVERY);
        assertThat(chosen).isEqualTo(new ChoosePort.Chosen("/dev/ttyACM0", "the only ST-LINK"));
    }

    @Test
    void twoStLinksAreListedAndNoneIsGuessed() {
        DiagnosedException two = refused(
                () -> among(stLink("/dev/ttyACM0", "0039"), stLink("/dev/ttyACM1", "004A"))
                        .choose(Optional.empty(), DISCOVERY),
                DiagnosedException.Kind.ENVIRONMENT,
                "RUN-PORT-UNDECIDED");
        assertThat(two.diagnoses().get(0).observed())
                .contains("2 ST-LINKs")
                .contains("/dev/ttyACM0")
                .contains("/dev/ttyACM1");
        DiagnosedException none = refused(
                () -> among().choose(Optional.empty(), DISCOVERY),
                DiagnosedException.Kind.ENVIRONMENT,
                "RUN-PORT-UNDECIDED");
        assertThat(none.diagnoses().get(0).observed()).isEqualTo("no serial port at all");
    }

    @Test
    void aPersonPicks() {
        PortDescription second = stLink("/dev/ttyACM1", "004A");
        ChoosePort asking = new ChoosePort(
                configuration,
                () -> List.of(stLink("/dev/ttyACM0", "0039"), second),
                Optional.of(candidates -> Optional.of(second)));
        assertThat(asking.choose(Optional.empty(), DISCOVERY).port()).isEqualTo("/dev/ttyACM1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"port: [1, 2]", "prot: COM5", "ports: 5", "- port", "port: {", "\u0000"})
    void aConfigurationThatIsNone(String text) throws IOException {
        Files.writeString(configuration, text);
        refused(
                () -> among().choose(Optional.empty(), DISCOVERY),
                DiagnosedException.Kind.USAGE,
                "RUN-CONFIG-UNREADABLE");
        assertThat(among().choose(Optional.of("COM5"), DISCOVERY).port()).isEqualTo("COM5");
    }

    @Test
    void anEmptyConfigurationSaysNothing() throws IOException {
        for (String text : List.of("", "# nothing\n", "ports:\n", "port:\n")) {
            Files.writeString(configuration, text);
            assertThat(among(stLink("/dev/ttyACM0", "0039"))
                            .choose(Optional.empty(), DISCOVERY)
                            .reason())
                    .isEqualTo("the only ST-LINK");
        }
    }

    @Test
    void whereTheConfigurationLies() {
        Path home = folder.resolve("home");
        assertThat(ChoosePort.configurationFile(Map.of(), home))
                .isEqualTo(home.resolve(".config/stm32-deploy/config.yaml"));
        assertThat(ChoosePort.configurationFile(Map.of("XDG_CONFIG_HOME", folder.toString()), home))
                .isEqualTo(folder.resolve("stm32-deploy/config.yaml"));
        assertThat(ChoosePort.configurationFile(Map.of("APPDATA", folder.toString()), home))
                .isEqualTo(folder.resolve("stm32-deploy/config.yaml"));
    }

    @Test
    void portsThatCannotBeListed() {
        ChoosePort broken = new ChoosePort(
                configuration,
                () -> {
                    throw new LinkException(LinkException.Kind.NO_DRIVER, "serial ports", "no library");
                },
                Optional.empty());
        refused(
                () -> broken.choose(Optional.empty(), DISCOVERY),
                DiagnosedException.Kind.ENVIRONMENT,
                "RUN-PORT-DRIVER");
    }
}
