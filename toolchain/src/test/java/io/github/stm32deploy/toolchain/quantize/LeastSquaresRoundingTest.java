// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeastSquaresRoundingTest {
    private static final Node CONVOLUTION = new Node(
            "c",
            "Conv",
            "",
            List.of("x", "w"),
            List.of("y"),
            Map.of("pads", Attribute.ofInts(1, 1, 1, 1)),
            new Origin("Conv", "c", 0));

    /** Inputs of 1x1 positions with 16 channels, all of them similar: what makes plain rounding errors add up. */
    private static LayerSamples similarChannels(long seed, double noise) {
        Node pointwise =
                new Node("p", "Conv", "", List.of("x", "w"), List.of("y"), Map.of(), new Origin("Conv", "p", 0));
        Random random = new Random(3);
        Random own = new Random(seed);
        LayerSamples samples = new LayerSamples(pointwise, Shape.of(4, 16, 1, 1), 400, 1, 1);
        float[] values = new float[16 * 400];
        for (int position = 0; position < 400; position++) {
            double common = random.nextGaussian() + 2;
            for (int channel = 0; channel < 16; channel++) {
                double value = common + 0.2 * random.nextGaussian();
                values[channel * 400 + position] = (float) (value + noise * own.nextGaussian());
            }
        }
        samples.add(TensorData.ofFloats(Shape.of(1, 16, 20, 20), values), Shape.of(1, 4, 20, 20));
        return samples;
    }

    private static double[][] weights() {
        Random random = new Random(8);
        double[][] weights = new double[4][16];
        for (double[] row : weights) {
            for (int column = 0; column < row.length; column++) {
                row[column] = random.nextGaussian();
            }
            // One large weight makes the steps of the others coarse.
            row[0] = 12;
        }
        return weights;
    }

    private static double squaredError(
            LayerSamples exact, LayerSamples coded, double[][] weights, double[][] rounded, double[] bias) {
        double sum = 0;
        for (int row = 0; row < exact.rows(); row++) {
            for (int output = 0; output < weights.length; output++) {
                double error = bias[output];
                for (int column = 0; column < 16; column++) {
                    error += rounded[output][column] * coded.at(row, 0, column)
                            - weights[output][column] * exact.at(row, 0, column);
                }
                sum += error * error;
            }
        }
        return sum;
    }

    private static double[][] plain(double[][] weights) {
        double[][] rounded = new double[weights.length][];
        for (int output = 0; output < weights.length; output++) {
            double largest = 0;
            for (double value : weights[output]) {
                largest = Math.max(largest, Math.abs(value));
            }
            double scale = largest / 127;
            rounded[output] = java.util.Arrays.stream(weights[output])
                    .map(value -> Math.rint(value / scale) * scale)
                    .toArray();
        }
        return rounded;
    }

    @Test
    void productsOfSimilarInputsLoseMuchLessThanByRoundingToTheNearest() {
        LayerSamples inputs = similarChannels(1, 0);
        double[][] rounded = weights();
        double[] bias = new double[4];
        double[] scales = new double[4];

        assertThat(new LeastSquaresRounding(inputs, inputs, 0).round(rounded, bias, scales))
                .isTrue();

        double nearest = squaredError(inputs, inputs, weights(), plain(weights()), new double[4]);
        assertThat(squaredError(inputs, inputs, weights(), rounded, bias)).isLessThan(nearest / 4);
    }

    @Test
    void everyWeightIsACodeOfItsScale() {
        LayerSamples inputs = similarChannels(1, 0);
        double[][] rounded = weights();
        double[] scales = new double[4];

        new LeastSquaresRounding(inputs, inputs, 0).round(rounded, new double[4], scales);

        for (int output = 0; output < 4; output++) {
            for (double value : rounded[output]) {
                double code = value / scales[output];
                assertThat(Math.abs(code - Math.rint(code))).isLessThan(1e-6);
                assertThat(Math.abs(code)).isLessThan(127.5);
            }
        }
    }

    @Test
    void errorsThatArriveAreAnsweredToo() {
        LayerSamples exact = similarChannels(1, 0);
        LayerSamples noisy = similarChannels(2, 0.3);
        double[][] rounded = weights();
        double[] bias = new double[4];

        new LeastSquaresRounding(exact, noisy, 0).round(rounded, bias, new double[4]);

        double nearest = squaredError(exact, noisy, weights(), plain(weights()), new double[4]);
        assertThat(squaredError(exact, noisy, weights(), rounded, bias)).isLessThan(nearest / 2);
    }

    @Test
    void aWindowAtTheBorderSeesZeros() {
        LayerSamples samples = new LayerSamples(CONVOLUTION, Shape.of(1, 1, 3, 3), 4, 1, 1);

        samples.add(TensorData.ofFloats(Shape.of(1, 1, 2, 2), 1, 2, 3, 4), Shape.of(1, 1, 2, 2));

        assertThat(samples.rows()).isEqualTo(4);
        // Top left output: the input lies in the lower right corner of the window.
        assertThat(new float[] {
                    samples.at(0, 0, 0),
                    samples.at(0, 0, 4),
                    samples.at(0, 0, 5),
                    samples.at(0, 0, 7),
                    samples.at(0, 0, 8)
                })
                .containsExactly(0, 1, 2, 3, 4);
    }
}
