// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import java.util.Map;

/** Names of the numbers in {@code ackMsg.error} (EnumError of stm32msg.proto 3.1). */
final class DeviceError {
    static final int NONE = 0;
    static final int INVALID_SIZE = 1;
    static final int INVALID_PARAM = 4;
    static final int GENERIC = 10;

    private static final Map<Integer, String> NAMES = Map.of(
            NONE,
            "none",
            INVALID_SIZE,
            "invalid size",
            2,
            "invalid format",
            3,
            "invalid state",
            INVALID_PARAM,
            "invalid parameter",
            5,
            "invalid shape",
            6,
            "invalid command",
            7,
            "not initialised",
            8,
            "memory overflow",
            GENERIC,
            "generic error");

    private DeviceError() {}

    static String name(int number) {
        return NAMES.getOrDefault(number, "unknown error");
    }
}
