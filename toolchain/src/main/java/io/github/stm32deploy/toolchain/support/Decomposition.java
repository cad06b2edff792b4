// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.Collections;
import java.util.List;

/**
 * Convolutions whose window exceeds that of the convolution accelerator: the compiler runs them as convolutions of pieces of
 * the window and adds the partial sums.
 *
 * <p>Native windows: 3 high, 6 wide at stride 1 and 12 wide at stride 2 and above (operator support 2.1.0). Two pieces fit
 * into one epoch (5x5: one epoch), six need four (7x7: four), as the reports of the single-layer networks show. Three need three
 * (7x7 at stride 2): ResNet-50 v2 at 224x224 prints 3,136 KiB of external RAM in the model zoo, which is two partial sums of its
 * first convolution.
 */
final class Decomposition {
    /** Partial sums are kept in 16 bits. */
    static final int PARTIAL_BYTES = 2;

    private static final int NATIVE_HEIGHT = 3;
    private static final int PIECES_OF_AN_EPOCH = 2;

    private Decomposition() {}

    /** Pieces of the window that a convolution needs; 1 where it is native. */
    static int pieces(EpochGeometry geometry) {
        int nativeWidth = geometry.strideWidth() >= 2 ? 12 : 6;
        return divideUp(geometry.kernelHeight(), NATIVE_HEIGHT) * divideUp(geometry.kernelWidth(), nativeWidth);
    }

    /** Columns of the window that the native pieces leave over. */
    static int remainingColumns(EpochGeometry geometry) {
        return geometry.kernelWidth() % (geometry.strideWidth() >= 2 ? 12 : 6);
    }

    static int epochs(EpochGeometry geometry) {
        int pieces = pieces(geometry);
        return pieces <= PIECES_OF_AN_EPOCH ? 1 : Math.max(3, pieces - 2);
    }

    /** Geometry of each epoch; one for everything but large convolutions. */
    static List<EpochGeometry> of(Operation operation, EpochGeometry geometry) {
        boolean convolution = operation.operator().equals("Conv");
        int epochs = convolution ? epochs(geometry) : 1;
        if (epochs == 1) {
            return List.of(geometry);
        }
        // Rows of the window are shared out evenly, so that the products of the pieces sum up to those of the whole.
        int height = Math.max(1, Math.round((float) geometry.kernelHeight() / epochs));
        EpochGeometry piece = new EpochGeometry(
                height,
                geometry.kernelWidth(),
                geometry.strideHeight(),
                geometry.strideWidth(),
                geometry.dilationHeight(),
                geometry.dilationWidth(),
                geometry.groups(),
                geometry.inputChannels(),
                geometry.inputRows(),
                geometry.inputColumns(),
                geometry.outputChannels(),
                geometry.outputRows(),
                geometry.outputColumns());
        return Collections.nCopies(epochs, piece);
    }

    private static int divideUp(int value, int by) {
        return (value + by - 1) / by;
    }
}
