// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/**
 * Ranges narrower than all values seen, from a histogram: what is cut off costs less than what the finer steps win. Every
 * range includes 0, because every int8 activation represents it.
 */
final class HistogramRanges {
    private static final int CODES = 256;
    /** Ranges that are tried, from the whole down to a 128th of it. */
    private static final int CANDIDATES = 128;
    /** Values for each bin from which on its count says something of the distribution. */
    private static final int LEAST_PER_BIN = 16;
    /** A bound, then the other; two rounds settle within a candidate. */
    private static final int ROUNDS = 2;

    private final Histogram histogram;
    private final double lowest;
    private final double highest;

    HistogramRanges(Histogram histogram) {
        this.histogram = histogram;
        lowest = Math.min(0, histogram.edge(0));
        highest = Math.max(0, histogram.edge(Histogram.BINS));
    }

    /**
     * The range that leaves half of the rest beyond each end, as ONNX Runtime's percentile calibrator does.
     *
     * @param percentile share of the values within, above 50, at most 100
     */
    ValueRange percentile(double percentile) {
        double cut = (100 - percentile) / 200 * histogram.total();
        double low = lowest;
        double high = highest;
        long below = 0;
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            if (below + histogram.count(bin) > cut) {
                low = histogram.edge(bin);
                break;
            }
            below += histogram.count(bin);
        }
        long above = 0;
        for (int bin = Histogram.BINS - 1; bin >= 0; bin--) {
            if (above + histogram.count(bin) > cut) {
                high = histogram.edge(bin + 1);
                break;
            }
            above += histogram.count(bin);
        }
        return range(low, high);
    }

    /**
     * The range with the least mean squared error: step^2 / 12 for a value within, its distance from the end beyond it.
     */
    ValueRange leastSquares(boolean symmetric) {
        double low = symmetric ? -Math.max(-lowest, highest) : lowest;
        double high = symmetric ? -low : highest;
        double bestLow = low;
        double bestHigh = high;
        for (int round = 0; round < ROUNDS; round++) {
            double least = squaredError(bestLow, bestHigh);
            for (int candidate = 1; candidate <= CANDIDATES; candidate++) {
                double end = high * candidate / CANDIDATES;
                double start = symmetric ? -end : bestLow;
                double error = squaredError(start, end);
                if (error < least) {
                    least = error;
                    bestHigh = end;
                    bestLow = start;
                }
            }
            for (int candidate = 1; candidate <= CANDIDATES && !symmetric; candidate++) {
                double start = low * candidate / CANDIDATES;
                double error = squaredError(start, bestHigh);
                if (error < least) {
                    least = error;
                    bestLow = start;
                }
            }
        }
        return range(bestLow, bestHigh);
    }

    private double squaredError(double low, double high) {
        double step = (high - low) / (CODES - 1);
        if (!(step > 0)) {
            return Double.POSITIVE_INFINITY;
        }
        double inside = 0;
        double outside = 0;
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            long count = histogram.count(bin);
            if (count == 0) {
                continue;
            }
            double centre = histogram.centre(bin);
            double beyond = Math.max(low - centre, centre - high);
            if (beyond > 0) {
                outside += count * beyond * beyond;
            } else {
                inside += count;
            }
        }
        return outside + Math.max(0, inside - histogram.zeros()) * step * step / 12;
    }

    /**
     * The range whose codes tell most about the values: least Kullback-Leibler divergence of the distribution as 256 codes
     * give it from the distribution itself (Migacz, "8-bit Inference with TensorRT", GTC 2017), each end by itself. Exact
     * zeros are left out: they are exact in every range, and after a Relu they would outweigh all else. A tensor with few
     * values keeps them all: its bins are empty or full by chance, and the divergence would only count them.
     */
    ValueRange leastDivergence() {
        if (histogram.total() - histogram.zeros() < (long) LEAST_PER_BIN * Histogram.BINS) {
            return range(lowest, highest);
        }
        Divergence divergence = new Divergence();
        double bestLow = lowest;
        double bestHigh = highest;
        double least = divergence.of(firstBin(bestLow), endBin(bestHigh));
        for (int round = 0; round < ROUNDS; round++) {
            for (int candidate = CANDIDATES; candidate >= 1; candidate--) {
                double end = highest * candidate / CANDIDATES;
                double found = divergence.of(firstBin(bestLow), endBin(end));
                if (found < least) {
                    least = found;
                    bestHigh = end;
                }
            }
            for (int candidate = CANDIDATES; candidate >= 1; candidate--) {
                double start = lowest * candidate / CANDIDATES;
                double found = divergence.of(firstBin(start), endBin(bestHigh));
                if (found < least) {
                    least = found;
                    bestLow = start;
                }
            }
        }
        return range(bestLow, bestHigh);
    }

    private int firstBin(double value) {
        return histogram.binWidth() == 0
                ? 0
                : (int) Math.max(0, Math.floor((value - histogram.edge(0)) / histogram.binWidth() + 1e-9));
    }

    private int endBin(double value) {
        return histogram.binWidth() == 0
                ? Histogram.BINS
                : (int) Math.min(Histogram.BINS, Math.ceil((value - histogram.edge(0)) / histogram.binWidth() - 1e-9));
    }

    /** Kullback-Leibler divergence of the coded from the real distribution for many ranges of one histogram. */
    private final class Divergence {
        /** A bin that only holds what was cut off has no code; this share keeps the logarithm finite. */
        private static final double LEAST_SHARE = 1e-12;

        /** Sums over the bins before an index: values, bins with values, values times their logarithm. */
        private final double[] values = new double[Histogram.BINS + 1];

        private final int[] filled = new int[Histogram.BINS + 1];
        private final double[] logarithms = new double[Histogram.BINS + 1];

        Divergence() {
            for (int bin = 0; bin < Histogram.BINS; bin++) {
                double count = histogram.count(bin);
                if (bin == histogram.binOfZero()) {
                    count = Math.max(0, count - histogram.zeros());
                }
                values[bin + 1] = values[bin] + count;
                filled[bin + 1] = filled[bin] + (count > 0 ? 1 : 0);
                logarithms[bin + 1] = logarithms[bin] + timesLogarithm(count);
            }
        }

        private double timesLogarithm(double count) {
            return count > 0 ? count * Math.log(count) : 0;
        }

        /** Infinite where the bins are fewer than the codes: nothing is merged then, and the divergence says nothing. */
        double of(int first, int end) {
            int bins = end - first;
            double all = values[Histogram.BINS];
            double within = bins < CODES ? 0 : values[end] - values[first];
            if (within == 0) {
                return Double.POSITIVE_INFINITY;
            }
            double divergence = 0;
            for (int code = 0; code < CODES; code++) {
                int from = first + (int) ((long) code * bins / CODES);
                int to = first + (int) ((long) (code + 1) * bins / CODES);
                double coded = values[to] - values[from];
                double real = coded;
                double logarithm = logarithms[to] - logarithms[from];
                int bearing = filled[to] - filled[from];
                // What is cut off arrives in the last bin at its end; the coded distribution knows nothing of it.
                double cut = code == 0 ? values[first] : code == CODES - 1 ? all - values[end] : 0;
                if (cut > 0) {
                    int bin = code == 0 ? first : end - 1;
                    double own = values[bin + 1] - values[bin];
                    real += cut;
                    logarithm += timesLogarithm(own + cut) - timesLogarithm(own);
                    bearing += own > 0 ? 0 : 1;
                }
                if (real > 0) {
                    double share = Math.max(coded / bearing / within, LEAST_SHARE);
                    divergence += (logarithm - real * Math.log(all)) - real * Math.log(share);
                }
            }
            return divergence / all;
        }
    }

    private ValueRange range(double low, double high) {
        return new ValueRange((float) Math.min(0, low), (float) Math.max(0, high));
    }
}
