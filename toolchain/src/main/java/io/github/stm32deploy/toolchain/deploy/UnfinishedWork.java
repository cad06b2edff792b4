// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CancellationException;

/**
 * Work that must not stay half done when this program is told to end (Ctrl-C, SIGTERM, a closed terminal): a child
 * process, an output folder in the making, a running board.
 *
 * <p>The end of the program waits for open work. The thread that began it is interrupted, so that its ordinary
 * {@code finally} blocks clean up in their ordinary order; what has not closed in time is undone from here, newest first.
 * From then on no work begins. All this is one shutdown hook, because the virtual machine runs several at the same time,
 * and a folder cannot be removed while a compiler writes into it.
 */
public final class UnfinishedWork implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Object LOCK = new Object();
    private static final Deque<UnfinishedWork> OPEN = new ArrayDeque<>();
    private static Runnable announcement = () -> {};
    private static boolean hooked;
    private static boolean ending;

    private final Thread owner = Thread.currentThread();
    private final Runnable undo;
    private final boolean awaited;

    private UnfinishedWork(Runnable undo, boolean awaited) {
        this.undo = undo;
        this.awaited = awaited;
    }

    /**
     * Begins work of the calling thread. Call it before there is anything to undo.
     *
     * @param undo removes what the work has made so far; called on another thread, and only where the work was not closed
     *     in time
     * @throws CancellationException where the program is ending
     */
    public static UnfinishedWork begin(Runnable undo) {
        return begin(undo, true);
    }

    /** As {@link #begin}, for what can be undone while its thread goes on: the end does not wait for it. */
    public static UnfinishedWork beginUnattended(Runnable undo) {
        return begin(undo, false);
    }

    private static UnfinishedWork begin(Runnable undo, boolean awaited) {
        synchronized (LOCK) {
            if (ending) {
                throw new CancellationException("the program is ending");
            }
            hook();
            UnfinishedWork work = new UnfinishedWork(Objects.requireNonNull(undo), awaited);
            OPEN.push(work);
            return work;
        }
    }

    /** Has {@code said} called first when the program ends; also where it ends by itself. */
    public static void announceEnd(Runnable said) {
        synchronized (LOCK) {
            hook();
            announcement = Objects.requireNonNull(said);
        }
    }

    /**
     * Whether the program is ending, or starts to within {@code patience}: Ctrl-C reaches this program and its children
     * at the same time, and a child may be gone before this program knows why.
     */
    public static boolean ending(Duration patience) {
        synchronized (LOCK) {
            long end = System.nanoTime() + patience.toNanos();
            boolean interrupted = false;
            for (long left = patience.toMillis(); !ending && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
                try {
                    LOCK.wait(left);
                } catch (InterruptedException also) {
                    interrupted = true;
                    break;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return ending;
        }
    }

    /** The work is done, or undone. */
    @Override
    public void close() {
        synchronized (LOCK) {
            OPEN.remove(this);
            LOCK.notifyAll();
        }
    }

    private static void hook() {
        if (!hooked) {
            Runtime.getRuntime().addShutdownHook(new Thread(UnfinishedWork::end, "end-unfinished-work"));
            hooked = true;
        }
    }

    private static void end() {
        Runnable said;
        synchronized (LOCK) {
            ending = true;
            LOCK.notifyAll();
            said = announcement;
        }
        said.run();
        synchronized (LOCK) {
            OPEN.stream().map(work -> work.owner).distinct().forEach(Thread::interrupt);
            awaitAttended();
            while (!OPEN.isEmpty()) {
                OPEN.pop().undo.run();
            }
        }
    }

    private static void awaitAttended() {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (long left = PATIENCE.toMillis();
                    OPEN.stream().anyMatch(work -> work.awaited) && left > 0;
                    left = (end - System.nanoTime()) / 1_000_000) {
                LOCK.wait(left);
            }
        } catch (InterruptedException inAHurry) {
            // Nobody interrupts a shutdown hook; if somebody does, undoing starts at once.
            return;
        }
    }
}
