// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import java.util.List;

/** A board description cannot be used, or there is none of that name. Carries every problem found, not the first. */
public final class BoardException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<BoardProblem> problems;

    public BoardException(List<BoardProblem> problems) {
        super(problems.isEmpty() ? "" : problems.get(0).toString());
        this.problems = List.copyOf(problems);
    }

    public List<BoardProblem> problems() {
        return problems;
    }
}
