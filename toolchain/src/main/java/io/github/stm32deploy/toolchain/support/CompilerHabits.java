// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

/**
 * What releases of the compiler do differently with the same graph, read off c_info files and reports: Core 2.0.0 (TinyYOLOv2,
 * YOLOv8n face), 2.1.0 and 2.2.0 (MobileNetV2, MobileFaceNet, a float YOLO), 4.0.1 (YOLOv8n, YOLO11n, a Citrinet).
 */
final class CompilerHabits {
    private final SdkVersion sdk;

    CompilerHabits(SdkVersion sdk) {
        this.sdk = sdk;
    }

    /**
     * 2.0 copies the input of convolutions over 32 and more channels ({@code _conv_identity}) where the stride is 2 or the width
     * no multiple of 16; of the other releases no report shows it.
     */
    boolean copiesInput(Operation operation, EpochGeometry geometry, Operation writer) {
        boolean window = geometry.kernelHeight() > 1 || geometry.kernelWidth() > 1;
        boolean odd = geometry.strideWidth() > 1 || geometry.inputColumns() % 16 != 0;
        return sdk == SdkVersion.V2_0
                && operation.form() == Operation.Form.INTEGER
                && operation.operator().equals("Conv")
                && geometry.groups() == 1
                && geometry.inputChannels() >= 32
                && window
                && odd
                && writer != null;
    }

    /** Copies of the whole tensor in front of a Split. */
    int copiesBeforeSplit() {
        return 1;
    }

    /** Up to 2.2 one of the parts is copied once more. */
    boolean copiesAfterSplit() {
        return !sdk.atLeast(SdkVersion.V3_0);
    }

    /** Up to 2.2 a product of two activations with zero points needs a second epoch for their terms. */
    boolean correctsZeroPoints(Operation operation) {
        boolean product = operation.operator().equals("Mul")
                && operation.form() == Operation.Form.INTEGER
                && operation.operands().size() == 2;
        return product
                && !sdk.atLeast(SdkVersion.V3_0)
                && operation.operands().stream().allMatch(CompilerHabits::shifted);
    }

    private static boolean shifted(Operand operand) {
        return operand.quantization() == Operand.Quantization.EXPECTED
                || operand.quantization().zeroPoint() != 0;
    }

    /**
     * Whether the product x * sigmoid(x) stays in the epoch of the convolution that makes x. From 3.0 it does; before, where the
     * convolution takes a cycle or more for each output, so that the product has time beside it.
     */
    boolean multipliesInPlace(EpochGeometry convolution) {
        if (sdk.atLeast(SdkVersion.V3_0)) {
            return true;
        }
        int window = convolution.kernelHeight() * convolution.kernelWidth();
        long products = convolution.inputChannels() / convolution.groups() * window;
        return window == 1 ? products >= 128 : products > 288;
    }

    /** Whether both x and its sigmoid are written beside the product. */
    boolean keepsFactors() {
        return !sdk.atLeast(SdkVersion.V3_0);
    }

    /**
     * Whether a mean over the whole map joins the epoch of the convolution in front of it. The single-layer networks show it behind
     * 3x3 and 5x5, behind 7x7 with 2.2 and not with 4.0; MobileNetV2 shows that it does not behind 1x1.
     */
    boolean poolsInPlace(EpochWork work, EpochGeometry convolution) {
        boolean whole = Decomposition.epochs(convolution) == 1;
        return work == EpochWork.CONVOLUTION && (whole || !sdk.atLeast(SdkVersion.V3_0));
    }

    /**
     * Partial sums of a convolution in pieces that stand in memory at once. Printed: 7x7 on 64x64 with 32 filters (six pieces) five
     * of 256 KiB by 2.2 and six by 4.0; external RAM of DLA-46 (six pieces) four of five, of ResNet-50 v2 (three pieces) two of
     * three by 3.0, where the chip has room for one.
     */
    int partialSums(int pieces) {
        return sdk.atLeast(SdkVersion.V4_0) || pieces <= 3 ? pieces : pieces - 1;
    }
}
