// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

/**
 * {@code respMsg}: everything that a device sends.
 *
 * @param request 1, of the request that it answers
 * @param state 2
 * @param message one of 10 to 22
 */
public record DeviceAnswer(long request, State state, DeviceMessage message) {
    /** EnumState of stm32msg.proto. */
    public enum State {
        IDLE,
        /** The device wants more. */
        WAITING,
        /** The device will send more. */
        PROCESSING,
        DONE,
        ERROR
    }
}
