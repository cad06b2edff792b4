// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

/** Can a model be deployed on a board; one answer a model, the same in text, report.json and table.json. */
public enum Verdict {
    /** The NPU computes every epoch. */
    NPU("npu"),
    /** The NPU computes most of the work; at least one epoch runs on the CPU. */
    NPU_AND_CPU("npu+cpu"),
    /** It can be compiled, and the CPU computes all or most of it; nothing that is known would change that. */
    CPU("cpu"),
    /** Not as the file is; a known change of the file (quantize, cut the tail, fix a dimension) makes it run. */
    REPAIRABLE("repairable"),
    /** It would run, and does not fit into the memory of the board. */
    TOO_LARGE("too-large"),
    /** The vendor's front end refuses it and no repair is known. */
    UNSUPPORTED("unsupported"),
    /** The file is no model, or it is damaged. */
    NOT_A_MODEL("not-a-model");

    private final String label;

    Verdict(String label) {
        this.label = label;
    }

    /** As it stands in report.json. */
    public String label() {
        return label;
    }
}
