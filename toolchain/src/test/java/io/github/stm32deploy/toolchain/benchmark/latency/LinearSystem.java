// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

/** A symmetric positive system of linear equations, solved by the method of Cholesky. */
final class LinearSystem {
    private final double[][] left;
    private final double[] right;

    /** @param diagonal what every element of the diagonal starts with */
    LinearSystem(int size, double diagonal) {
        left = new double[size][size];
        right = new double[size];
        for (int index = 0; index < size; index++) {
            left[index][index] = diagonal;
        }
    }

    void add(int row, int column, double value) {
        left[row][column] += value;
    }

    void addRight(int row, double value) {
        right[row] += value;
    }

    /** @param damping share of the diagonal that is added to it: the larger, the shorter the solution */
    double[] solve(double damping) {
        int size = right.length;
        double[][] lower = new double[size][size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column <= row; column++) {
                double sum = left[row][column] * (row == column ? 1 + damping : 1);
                for (int index = 0; index < column; index++) {
                    sum -= lower[row][index] * lower[column][index];
                }
                lower[row][column] = row == column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[column][column];
            }
        }
        double[] solution = right.clone();
        for (int row = 0; row < size; row++) {
            for (int index = 0; index < row; index++) {
                solution[row] -= lower[row][index] * solution[index];
            }
            solution[row] /= lower[row][row];
        }
        for (int row = size - 1; row >= 0; row--) {
            for (int index = row + 1; index < size; index++) {
                solution[row] -= lower[index][row] * solution[index];
            }
            solution[row] /= lower[row][row];
        }
        return solution;
    }
}
