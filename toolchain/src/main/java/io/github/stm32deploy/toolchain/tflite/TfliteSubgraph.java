// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import java.util.List;

/**
 * One graph of a TFLite file as plain records.
 *
 * @param inputs indices into {@code tensors}
 * @param outputs indices into {@code tensors}
 * @param name as the file states it, "" where it states none
 */
record TfliteSubgraph(
        List<TfliteTensor> tensors, List<TfliteOperator> operators, int[] inputs, int[] outputs, String name) {}
