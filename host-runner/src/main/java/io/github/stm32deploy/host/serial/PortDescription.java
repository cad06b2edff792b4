// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import java.util.Set;

/**
 * A serial port as the system describes it.
 *
 * @param name to open it with
 * @param vendor USB vendor number, -1 where it is no USB port
 * @param product USB product number, -1 likewise
 * @param serialNumber of the USB device; empty where there is none
 */
public record PortDescription(String name, String description, int vendor, int product, String serialNumber) {
    private static final int STMICROELECTRONICS = 0x0483;

    /**
     * ST-LINKs with a serial port: V2-1 (374a, 374b, 3752) and V3 (374e, 374f, 3753, 3754, 3757). V1 (3744), V2 (3748) and
     * a V3 that waits for new firmware (374d, 3755) have none. Numbers as in stlink-org/stlink (usb.h),
     * the udev rules of probe-rs and the stlink.cfg of OpenOCD.
     */
    private static final Set<Integer> ST_LINKS = Set.of(0x374A, 0x374B, 0x3752, 0x374E, 0x374F, 0x3753, 0x3754, 0x3757);

    /** True for the port of an ST-LINK: the board's own, in all likelihood. */
    public boolean stLink() {
        return vendor == STMICROELECTRONICS && ST_LINKS.contains(product);
    }

    /** One line for a list: name, what it is, USB numbers, serial number. */
    public String line() {
        StringBuilder line = new StringBuilder(name);
        if (!description.isBlank()) {
            line.append("  ").append(description.strip());
        }
        if (vendor >= 0 && product >= 0) {
            line.append("  USB ").append(hex(vendor)).append(':').append(hex(product));
        }
        if (!serialNumber.isBlank()) {
            line.append("  serial number ").append(serialNumber);
        }
        return line.toString();
    }

    private static String hex(int number) {
        String digits = Integer.toHexString(number);
        return "0".repeat(Math.max(0, 4 - digits.length())) + digits;
    }
}
