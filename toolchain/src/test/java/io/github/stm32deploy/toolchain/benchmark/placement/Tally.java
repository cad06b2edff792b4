// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Things that were predicted against things that are, matched by equal names.
 *
 * @param hits predicted and real
 * @param extra predicted only
 * @param missed real only
 */
record Tally(List<String> hits, List<String> extra, List<String> missed) {
    static Tally of(List<String> predicted, List<String> real) {
        List<String> open = new ArrayList<>(real);
        List<String> hits = new ArrayList<>();
        List<String> extra = new ArrayList<>();
        for (String name : predicted) {
            (open.remove(name) ? hits : extra).add(name);
        }
        return new Tally(hits, extra, open);
    }

    Tally plus(Tally other) {
        return new Tally(joined(hits, other.hits), joined(extra, other.extra), joined(missed, other.missed));
    }

    private static List<String> joined(List<String> left, List<String> right) {
        List<String> both = new ArrayList<>(left);
        both.addAll(right);
        return both;
    }

    /** Share of the predicted that is real; "-" where nothing was predicted. */
    String precision() {
        return share(hits.size(), hits.size() + extra.size());
    }

    /** Share of the real that was predicted; "-" where nothing is real. */
    String recall() {
        return share(hits.size(), hits.size() + missed.size());
    }

    private static String share(int part, int whole) {
        return whole == 0 ? "-" : String.format(Locale.ROOT, "%.3f", part / (double) whole);
    }
}
