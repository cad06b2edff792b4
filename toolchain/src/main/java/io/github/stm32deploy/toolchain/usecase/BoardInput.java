// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.Locale;

/** Turns images into the bytes of a board's input, by the order of axes, the scale and the zero point that the board states. */
final class BoardInput {
    private final RunningBoard board;
    private final InputContract contract;

    BoardInput(RunningBoard board, InputContract contract) {
        this.board = board;
        this.contract = contract;
    }

    void write(BufferedImage image) throws SessionException {
        board.session().writeInput(0, bytes(image));
    }

    byte[] bytes(BufferedImage image) {
        Answer.Tensor input = board.session().device().inputs().get(0);
        ElementType type = ElementType.valueOf(input.type().toUpperCase(Locale.ROOT));
        InputContract ordered = contract.inOrderOf(input.shape());
        TensorData tensor = type.isFloatingPoint()
                ? ImageTensor.tensor(image, ordered)
                : ImageTensor.quantized(image, ordered, input.scale(), input.zeroPoint(), type);
        ByteBuffer bytes = tensor.bytes();
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }
}
