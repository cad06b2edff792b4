// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.link;

/** A clock that only goes forward. Deadlines and host times are read from it, so that tests can bring their own. */
@FunctionalInterface
public interface MonotonicClock {
    long nanos();

    /** The machine's. */
    static MonotonicClock system() {
        return System::nanoTime;
    }
}
