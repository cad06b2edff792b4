// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.usecase.Progress;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Phases as lines; on a terminal also a bar within a phase that tells how far it is. In a pipe there is no bar. */
final class ConsoleProgress implements Progress, AutoCloseable {
    private final Console console;
    private final boolean quiet;
    private String phase = "";
    private ProgressBar bar;

    ConsoleProgress(Console console, boolean quiet) {
        this.console = console;
        this.quiet = quiet;
    }

    @Override
    public void phase(String name) {
        close();
        phase = name;
        if (!quiet) {
            console.say(console.styled("2", "· ") + name);
        }
    }

    @Override
    public void advance(long done, long total) {
        if (quiet || !console.isTerminal() || total <= 1) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("  " + phase)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setConsumer(new ConsoleProgressBarConsumer(console.errStream(), 80))
                    .clearDisplayOnFinish()
                    .build();
        }
        bar.stepTo(done);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
