// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import java.util.List;
import java.util.Optional;

/**
 * Which port a board on the desk has: the one named on the command line, else the one in the configuration, else that of
 * the only ST-LINK, else the one that the user picks. Nothing is guessed between two, and without a terminal nobody is
 * asked.
 */
public final class PortPolicy {
    /** In front of a serial number instead of a port's name. */
    public static final String BY_SERIAL_NUMBER = "serial:";

    private PortPolicy() {}

    /** Asks a person for one of the ports. */
    @FunctionalInterface
    public interface Question {
        /** @return empty where none was picked */
        Optional<PortDescription> pick(List<PortDescription> candidates);
    }

    /** How the port was found. */
    public enum Reason {
        ARGUMENT,
        CONFIGURATION,
        ONLY_ST_LINK,
        PICKED
    }

    /**
     * What was decided.
     *
     * @param port empty where none was
     * @param reason empty likewise
     * @param candidates ports of ST-LINKs, or all where there is no ST-LINK
     */
    public record Choice(Optional<String> port, Optional<Reason> reason, List<PortDescription> candidates) {
        public Choice {
            candidates = List.copyOf(candidates);
        }

        private static Choice of(String port, Reason reason) {
            return new Choice(Optional.of(port), Optional.of(reason), List.of());
        }
    }

    /**
     * @param argument a port's name, or {@code serial:} and the serial number of its USB device
     * @param configured likewise
     * @param seen what the system knows
     * @param question empty where there is no terminal
     */
    public static Choice choose(
            Optional<String> argument,
            Optional<String> configured,
            List<PortDescription> seen,
            Optional<Question> question) {
        if (argument.isPresent()) {
            return named(argument.get(), Reason.ARGUMENT, seen);
        }
        if (configured.isPresent()) {
            return named(configured.get(), Reason.CONFIGURATION, seen);
        }
        List<PortDescription> stLinks =
                seen.stream().filter(PortDescription::stLink).toList();
        if (stLinks.size() == 1) {
            return Choice.of(stLinks.get(0).name(), Reason.ONLY_ST_LINK);
        }
        List<PortDescription> candidates = stLinks.isEmpty() ? seen : stLinks;
        Optional<PortDescription> picked =
                candidates.isEmpty() ? Optional.empty() : question.flatMap(asked -> asked.pick(candidates));
        return picked.map(port -> Choice.of(port.name(), Reason.PICKED))
                .orElseGet(() -> new Choice(Optional.empty(), Optional.empty(), candidates));
    }

    private static Choice named(String name, Reason reason, List<PortDescription> seen) {
        if (!name.startsWith(BY_SERIAL_NUMBER)) {
            return Choice.of(name, reason);
        }
        String number = name.substring(BY_SERIAL_NUMBER.length());
        return seen.stream()
                .filter(port -> port.serialNumber().equalsIgnoreCase(number))
                .findFirst()
                .map(port -> Choice.of(port.name(), reason))
                .orElseGet(() -> new Choice(Optional.empty(), Optional.of(reason), seen));
    }
}
