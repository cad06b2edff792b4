// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.fake;

import java.util.Set;

/**
 * What a line does wrong, by the position of a byte counted from the start.
 *
 * @param droppedSent bytes from the device that do not arrive
 * @param doubledSent bytes from the device that arrive twice
 * @param droppedReceived bytes to the device that do not arrive
 * @param doubledReceived bytes to the device that arrive twice
 * @param goneAfterSent the line is gone once the device has sent so many bytes
 */
public record LineFaults(
        Set<Long> droppedSent,
        Set<Long> doubledSent,
        Set<Long> droppedReceived,
        Set<Long> doubledReceived,
        long goneAfterSent) {
    public LineFaults {
        droppedSent = Set.copyOf(droppedSent);
        doubledSent = Set.copyOf(doubledSent);
        droppedReceived = Set.copyOf(droppedReceived);
        doubledReceived = Set.copyOf(doubledReceived);
    }

    public static LineFaults none() {
        return new LineFaults(Set.of(), Set.of(), Set.of(), Set.of(), Long.MAX_VALUE);
    }

    public static LineFaults dropSent(Long... positions) {
        return new LineFaults(Set.of(positions), Set.of(), Set.of(), Set.of(), Long.MAX_VALUE);
    }

    public static LineFaults doubleSent(Long... positions) {
        return new LineFaults(Set.of(), Set.of(positions), Set.of(), Set.of(), Long.MAX_VALUE);
    }

    public static LineFaults dropReceived(Long... positions) {
        return new LineFaults(Set.of(), Set.of(), Set.of(positions), Set.of(), Long.MAX_VALUE);
    }

    public static LineFaults doubleReceived(Long... positions) {
        return new LineFaults(Set.of(), Set.of(), Set.of(), Set.of(positions), Long.MAX_VALUE);
    }

    public static LineFaults goneAfter(long sentBytes) {
        return new LineFaults(Set.of(), Set.of(), Set.of(), Set.of(), sentBytes);
    }

    private static int copies(long position, Set<Long> dropped, Set<Long> doubled) {
        if (dropped.contains(position)) {
            return 0;
        }
        return doubled.contains(position) ? 2 : 1;
    }

    int copiesSent(long position) {
        return copies(position, droppedSent, doubledSent);
    }

    int copiesReceived(long position) {
        return copies(position, droppedReceived, doubledReceived);
    }

    boolean gone(long sentBytes) {
        return sentBytes >= goneAfterSent;
    }
}
