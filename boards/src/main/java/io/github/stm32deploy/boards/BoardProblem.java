// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

/**
 * One thing that is wrong with a board description.
 *
 * @param check stable name of the check that failed
 * @param where file and field
 * @param observed what stands there
 * @param rule what must
 */
public record BoardProblem(Check check, String where, String observed, String rule) {
    /** The checks, by name. */
    public enum Check {
        BOARD_UNKNOWN,
        NOT_YAML,
        FIELD_MISSING,
        FIELD_UNKNOWN,
        FIELD_TYPE,
        VALUE_UNKNOWN,
        ID_DIFFERS_FROM_FILE,
        REGION_NAME_TWICE,
        REGION_BEYOND_ADDRESS_SPACE,
        REGIONS_OVERLAP,
        PLACEMENT_EMPTY,
        PLACEMENT_UNKNOWN_REGION,
        PLACEMENT_READ_ONLY,
        STACK_TOO_LARGE,
        PROGRAM_IN_POOL,
        STACK_UNALIGNED,
        TICK_RATE,
        PURPOSE_MISSING,
        POOL_MISSING,
        CLOCKS_MISSING,
        SLOT_OUTSIDE_FLASH,
        SLOT_UNALIGNED,
        SLOT_TWICE,
        SLOT_MISSING,
        BOOT_MODE,
        POOL_OUTSIDE_SLOT
    }

    @Override
    public String toString() {
        return check + " " + where + ": " + observed + "; " + rule;
    }
}
