// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.host.serial.PortPolicy.Choice;
import io.github.stm32deploy.host.serial.PortPolicy.Question;
import io.github.stm32deploy.host.serial.PortPolicy.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Argument before configuration before the only ST-LINK before a question; nothing is guessed. */
class PortPolicyTest {
    private static final PortDescription DISCOVERY = port("/dev/ttyACM0", 0x0483, 0x3754, "0039001D");
    private static final PortDescription NUCLEO = port("/dev/ttyACM1", 0x0483, 0x3754, "004A0027");
    private static final PortDescription MODEM = port("/dev/ttyUSB0", 0x0403, 0x6001, "A50285BI");
    private static final PortDescription BUILT_IN = port("/dev/ttyS0", -1, -1, "");
    private static final Question NOBODY = candidates -> {
        throw new AssertionError("asked");
    };

    private static PortDescription port(String name, int vendor, int product, String serialNumber) {
        return new PortDescription(name, "a port", vendor, product, serialNumber);
    }

    private static Choice choose(String argument, String configured, Question question, PortDescription... seen) {
        return PortPolicy.choose(
                Optional.ofNullable(argument),
                Optional.ofNullable(configured),
                List.of(seen),
                Optional.ofNullable(question));
    }

    private static void assertChosen(Choice choice, String port, Reason reason) {
        assertThat(choice.port()).contains(port);
        assertThat(choice.reason()).contains(reason);
    }

    @Test
    void theOrderOfTheSources() {
        assertChosen(choose("COM7", "COM8", NOBODY, DISCOVERY), "COM7", Reason.ARGUMENT);
        assertChosen(choose(null, "COM8", NOBODY, DISCOVERY), "COM8", Reason.CONFIGURATION);
        assertChosen(choose(null, null, NOBODY, BUILT_IN, DISCOVERY, MODEM), "/dev/ttyACM0", Reason.ONLY_ST_LINK);
        assertChosen(
                choose(null, null, candidates -> Optional.of(candidates.get(1)), DISCOVERY, NUCLEO, MODEM),
                "/dev/ttyACM1",
                Reason.PICKED);
    }

    @Test
    void aPortByTheSerialNumberOfItsProbe() {
        assertChosen(choose("serial:004a0027", null, NOBODY, DISCOVERY, NUCLEO), "/dev/ttyACM1", Reason.ARGUMENT);
        assertChosen(choose(null, "serial:0039001D", NOBODY, DISCOVERY, NUCLEO), "/dev/ttyACM0", Reason.CONFIGURATION);
        Choice absent = choose("serial:00FF", null, NOBODY, DISCOVERY);
        assertThat(absent.port()).isEmpty();
        assertThat(absent.candidates()).containsExactly(DISCOVERY);
    }

    @Test
    void withoutATerminalNobodyIsAskedAndNothingIsGuessed() {
        Choice two = choose(null, null, null, DISCOVERY, NUCLEO, MODEM);
        assertThat(two.port()).isEmpty();
        assertThat(two.candidates()).containsExactly(DISCOVERY, NUCLEO);
        Choice other = choose(null, null, null, MODEM);
        assertThat(other.port()).isEmpty();
        assertThat(other.candidates()).containsExactly(MODEM);
        assertThat(choose(null, null, null).candidates()).isEmpty();
    }

    @Test
    void withoutPortsNobodyIsAskedEither() {
        assertThat(choose(null, null, NOBODY).port()).isEmpty();
    }

    @Test
    void whoPicksNothingGetsNothing() {
        Choice none = choose(null, null, candidates -> Optional.empty(), DISCOVERY, NUCLEO);
        assertThat(none.port()).isEmpty();
        assertThat(none.candidates()).containsExactly(DISCOVERY, NUCLEO);
    }

    @ParameterizedTest
    @CsvSource({
        "0483,3744,false",
        "0483,3748,false",
        "0483,374d,false",
        "0483,3755,false",
        "0483,3757,true",
        "0483,374b,true",
        "0483,3752,true",
        "0483,374e,true",
        "0483,374f,true",
        "0483,3753,true",
        "0483,3754,true",
        "0483,5740,false",
        "1366,3754,false"
    })
    void whichUsbDevicesAreStLinksWithAPort(String vendor, String product, boolean stLink) {
        assertThat(port("x", Integer.parseInt(vendor, 16), Integer.parseInt(product, 16), "")
                        .stLink())
                .isEqualTo(stLink);
    }

    @Test
    void aLineNamesWhatTellsPortsApart() {
        assertThat(DISCOVERY.line()).isEqualTo("/dev/ttyACM0  a port  USB 0483:3754  serial number 0039001D");
        assertThat(BUILT_IN.line()).isEqualTo("/dev/ttyS0  a port");
    }
}
