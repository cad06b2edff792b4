// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** The reference of one family: what its C does, operation by operation, in binary32. */
interface FamilyDecoder {
    /**
     * Offers every candidate of one frame.
     *
     * @param outputs the network's outputs in the network's order
     * @throws IllegalArgumentException where the outputs do not have the shapes that the spec names
     */
    void offer(List<OutputTensor> outputs, Candidates candidates);
}
