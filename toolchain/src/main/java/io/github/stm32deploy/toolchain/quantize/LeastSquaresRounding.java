// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/**
 * Rounds a matrix of weights so that its products with given inputs stay close to what they were, instead of the weights
 * themselves: the error of a rounded weight is spread over those that are not rounded yet, by the second moments of the inputs
 * (Frantar et al., "GPTQ", arXiv 2210.17323, after "Optimal Brain Compression", arXiv 2208.11580). Beforehand the weights are
 * moved to where they answer the inputs that the layer really sees, errors of earlier layers included, as the float weights
 * answer the exact ones: ridge regression towards the float weights. Both are exact linear algebra: no gradient, no chance.
 */
final class LeastSquaresRounding {
    /** Share of the mean second moment that is added to each: what few samples do not show is not to be exploited. */
    private static final double DAMPING = 0.05;

    private final int length;
    private final double[] codedMean;
    private final double[] floatMean;
    private final double[][] moments;
    private final double[][] crossMoments;

    /**
     * @param exact inputs of the float layer
     * @param coded inputs of the quantized layer, at the same positions
     */
    LeastSquaresRounding(LayerSamples exact, LayerSamples coded, int group) {
        length = coded.perOutput();
        int rows = coded.rows();
        codedMean = new double[length];
        floatMean = new double[length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < length; column++) {
                codedMean[column] += coded.at(row, group, column) / (double) rows;
                floatMean[column] += exact.at(row, group, column) / (double) rows;
            }
        }
        moments = new double[length][length];
        crossMoments = new double[length][length];
        double[] seen = new double[length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < length; column++) {
                seen[column] = coded.at(row, group, column) - codedMean[column];
            }
            for (int column = 0; column < length; column++) {
                addScaled(moments[column], seen, seen[column] / rows);
                addScaled(crossMoments[column], seen, (exact.at(row, group, column) - floatMean[column]) / rows);
            }
        }
        double mean = 0;
        for (int column = 0; column < length; column++) {
            mean += moments[column][column] / length;
        }
        double damping = Math.max(DAMPING * mean, 1e-12);
        for (int column = 0; column < length; column++) {
            moments[column][column] += damping;
            crossMoments[column][column] += damping;
        }
    }

    private static void addScaled(double[] target, double[] source, double factor) {
        for (int index = 0; index < target.length; index++) {
            target[index] += factor * source[index];
        }
    }

    /**
     * @param weights float weights by output channel; replaced by the values of their codes
     * @param biasChanges receives what to add to the bias of each output channel
     * @param scales receives the scale of each output channel
     * @return false where the inputs do not allow it; nothing is changed then
     */
    boolean round(double[][] weights, double[] biasChanges, double[] scales) {
        double[][] inverse = inverse(moments);
        double[][] upper = inverse == null ? null : upperFactor(inverse);
        if (upper == null) {
            return false;
        }
        double[][] wanted = new double[length][length];
        for (int row = 0; row < length; row++) {
            for (int between = 0; between < length; between++) {
                addScaled(wanted[row], inverse[between], crossMoments[row][between]);
            }
        }
        for (int output = 0; output < weights.length; output++) {
            double[] exact = weights[output];
            double[] moved = new double[length];
            for (int column = 0; column < length; column++) {
                addScaled(moved, wanted[column], exact[column]);
            }
            double largest = 0;
            for (double value : moved) {
                largest = Math.max(largest, Math.abs(value));
            }
            if (largest == 0) {
                continue;
            }
            float scale = (float) (largest / 127);
            double bias = 0;
            double[] rounded = new double[length];
            for (int column = 0; column < length; column++) {
                double code = Math.max(-127, Math.min(127, Math.rint(moved[column] / scale)));
                rounded[column] = code * scale;
                double error = (moved[column] - rounded[column]) / upper[column][column];
                for (int later = column + 1; later < length; later++) {
                    moved[later] -= error * upper[column][later];
                }
                bias += exact[column] * floatMean[column] - rounded[column] * codedMean[column];
            }
            scales[output] = scale;
            biasChanges[output] = bias;
            weights[output] = rounded;
        }
        return true;
    }

    /** Of a symmetric positive definite matrix, by its Cholesky factor; null where it is none. */
    private static double[][] inverse(double[][] matrix) {
        double[][] lower = lowerFactor(matrix);
        if (lower == null) {
            return null;
        }
        int size = matrix.length;
        // Rows of the inverse of the factor.
        double[][] inverted = new double[size][size];
        for (int row = 0; row < size; row++) {
            double[] own = inverted[row];
            for (int before = 0; before < row; before++) {
                double factor = -lower[row][before];
                double[] other = inverted[before];
                for (int column = 0; column <= before; column++) {
                    own[column] += factor * other[column];
                }
            }
            own[row] = 1;
            for (int column = 0; column <= row; column++) {
                own[column] /= lower[row][row];
            }
        }
        double[][] product = new double[size][size];
        for (int between = 0; between < size; between++) {
            double[] row = inverted[between];
            for (int first = 0; first <= between; first++) {
                double factor = row[first];
                double[] target = product[first];
                for (int second = 0; second <= between; second++) {
                    target[second] += factor * row[second];
                }
            }
        }
        return product;
    }

    /** L with L Lᵀ = matrix. */
    private static double[][] lowerFactor(double[][] matrix) {
        int size = matrix.length;
        double[][] lower = new double[size][size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column <= row; column++) {
                double sum = matrix[row][column];
                double[] one = lower[row];
                double[] other = lower[column];
                for (int before = 0; before < column; before++) {
                    sum -= one[before] * other[before];
                }
                if (row == column) {
                    if (!(sum > 0)) {
                        return null;
                    }
                    lower[row][row] = Math.sqrt(sum);
                } else {
                    lower[row][column] = sum / lower[column][column];
                }
            }
        }
        return lower;
    }

    /** U, upper triangular, with Uᵀ U = matrix. */
    private static double[][] upperFactor(double[][] matrix) {
        double[][] lower = lowerFactor(matrix);
        if (lower == null) {
            return null;
        }
        double[][] upper = new double[matrix.length][matrix.length];
        for (int row = 0; row < matrix.length; row++) {
            for (int column = 0; column <= row; column++) {
                upper[column][row] = lower[row][column];
            }
        }
        return upper;
    }
}
