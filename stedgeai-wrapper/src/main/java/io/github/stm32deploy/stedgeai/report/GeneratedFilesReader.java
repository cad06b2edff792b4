// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;

/** Block "Generated files (N)": a rule and N paths. */
final class GeneratedFilesReader implements BlockReader {
    private static final String PART = "Generated files";

    private final Problems problems;
    private final Place heading;
    private final int count;
    private final List<String> files = new ArrayList<>();

    GeneratedFilesReader(Problems problems, LogLine line, int count) {
        this.problems = problems;
        this.heading = problems.place(line.number(), PART);
        this.count = count;
    }

    List<String> files() {
        return files;
    }

    @Override
    public boolean take(LogLine line) {
        if (line.rule()) {
            return files.isEmpty();
        }
        if (files.size() >= count || TextReport.beginsBlock(line.text())) {
            return false;
        }
        files.add(line.text());
        return true;
    }

    @Override
    public boolean complete() {
        return files.size() >= count;
    }

    @Override
    public void finish() {
        if (files.size() < count) {
            problems.truncated(heading, files.size() + " files", count + " files");
        }
    }
}
