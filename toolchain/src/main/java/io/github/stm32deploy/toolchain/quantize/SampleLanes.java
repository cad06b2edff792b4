// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Works on a few samples at a time and hands the results on in the order of the samples, so that the number of threads shows in
 * the time only. A sample is read while those before it are worked on.
 *
 * @param <R> what is known of a sample afterwards
 */
final class SampleLanes<R> implements AutoCloseable {
    /** Each lane holds the activations of one run; two keep memory low and the second core busy. */
    private static final int LANES = 2;

    private final ExecutorService threads = Executors.newFixedThreadPool(
            Math.min(LANES, Runtime.getRuntime().availableProcessors()), SampleLanes::daemon);
    private final Deque<Future<R>> pending = new ArrayDeque<>();
    private final Consumer<R> results;

    /**
     * @param results called by the thread that submits
     */
    SampleLanes(Consumer<R> results) {
        this.results = results;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "calibration");
        thread.setDaemon(true);
        return thread;
    }

    /** Starts work on a sample, after waiting for the oldest where enough are under way. */
    void submit(Callable<R> work) {
        pending.add(threads.submit(work));
        if (pending.size() > LANES) {
            deliver();
        }
    }

    /** Waits for all samples. */
    void finish() {
        while (!pending.isEmpty()) {
            deliver();
        }
    }

    private void deliver() {
        try {
            results.accept(pending.remove().get());
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failed.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Lets the work under way end; graphs may be closed afterwards. */
    @Override
    public void close() {
        threads.shutdown();
        for (Future<R> left : pending) {
            left.cancel(false);
        }
        boolean ended = false;
        while (!ended) {
            try {
                ended = threads.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
