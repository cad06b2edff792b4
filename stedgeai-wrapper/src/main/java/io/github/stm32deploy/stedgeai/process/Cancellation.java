// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.process;

/** Asks a running tool to end, from any thread; {@link ToolProcess#run} returns once nothing of it is left. */
public final class Cancellation {
    private boolean asked;
    private boolean running;

    /** Ends the tool that runs with this, or that is about to. Returns at once. */
    public synchronized void cancel() {
        asked = true;
        notifyAll();
    }

    public synchronized boolean asked() {
        return asked;
    }

    synchronized void begins() {
        running = true;
    }

    synchronized void ended() {
        running = false;
        notifyAll();
    }

    /** Asks, and waits until the tool with all that it started has gone, at most {@code patienceMillis}. */
    public synchronized void cancelAndWait(long patienceMillis) {
        cancel();
        try {
            // Bounded by the patience of ToolProcess as well: it kills and does not ask twice.
            if (running) {
                wait(patienceMillis);
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
    }
}
