// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The boards that come with the tool. */
public final class Boards {
    /** In the order in which they are listed. A class path cannot be listed, so the names stand here. */
    private static final List<String> IDS = List.of("qemu-mps3-an547", "host", "stm32n6570-dk", "nucleo-n657x0-q");

    private Boards() {}

    /** Ids of all boards, in the order in which they are listed to a user. */
    public static List<String> ids() {
        return IDS;
    }

    /** Every board. */
    public static List<Board> all() {
        return IDS.stream().map(Boards::byId).toList();
    }

    /**
     * The board of that id.
     *
     * @throws BoardException with {@link BoardProblem.Check#BOARD_UNKNOWN} where there is none
     */
    public static Board byId(String id) {
        if (!IDS.contains(id)) {
            throw new BoardException(List.of(new BoardProblem(
                    BoardProblem.Check.BOARD_UNKNOWN, "board", id, "known are " + String.join(", ", IDS))));
        }
        return new BoardReader().read(id + ".yaml", text("boards/" + id + ".yaml"));
    }

    /** The JSON Schema of a board description. */
    public static String schema() {
        return text("board.schema.json");
    }

    private static String text(String resource) {
        try (InputStream stream = Boards.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("resource " + resource + " is not on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException reason) {
            throw new UncheckedIOException(reason);
        }
    }
}
