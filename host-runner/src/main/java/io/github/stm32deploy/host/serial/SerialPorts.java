// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import com.fazecast.jSerialComm.SerialPort;
import io.github.stm32deploy.host.link.LinkException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The serial ports that the system knows. */
public final class SerialPorts {
    private SerialPorts() {}

    /**
     * All of them, by name.
     *
     * @throws LinkException of kind NO_DRIVER where the library for serial ports cannot be loaded
     */
    public static List<PortDescription> list() throws LinkException {
        try {
            List<PortDescription> ports = new ArrayList<>();
            for (SerialPort port : SerialPort.getCommPorts()) {
                ports.add(new PortDescription(
                        port.getSystemPortPath(),
                        text(port.getDescriptivePortName()),
                        port.getVendorID(),
                        port.getProductID(),
                        serialNumber(port)));
            }
            ports.sort(Comparator.comparing(PortDescription::name));
            return ports;
        } catch (LinkageError e) {
            throw new LinkException(
                    LinkException.Kind.NO_DRIVER,
                    "serial ports",
                    "the library for serial ports cannot be loaded: " + e.getMessage(),
                    e);
        }
    }

    /** The library writes "Unknown" where there is none. */
    private static String serialNumber(SerialPort port) {
        String number = text(port.getSerialNumber());
        return number.equalsIgnoreCase("unknown") ? "" : number;
    }

    private static String text(String found) {
        return found == null ? "" : found;
    }
}
