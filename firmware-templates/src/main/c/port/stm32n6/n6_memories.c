/* SPDX-License-Identifier: Apache-2.0 */
/* Memories of STM32N6: the banks beside the NPU are off after reset, and closed to the NPU until told otherwise. Not tried
 * on silicon. */

#include <stddef.h>

#include "n6_board.h"
#include "n6_memory_test.h"
#include "n6_stm32n6.h"
#include "stm32n6xx_hal.h"

const char *n6_memories_power(void) {
    __HAL_RCC_RAMCFG_CLK_ENABLE();
    __HAL_RCC_AXISRAM1_MEM_CLK_ENABLE();
    __HAL_RCC_AXISRAM2_MEM_CLK_ENABLE();
    __HAL_RCC_AXISRAM3_MEM_CLK_ENABLE();
    __HAL_RCC_AXISRAM4_MEM_CLK_ENABLE();
    __HAL_RCC_AXISRAM5_MEM_CLK_ENABLE();
    __HAL_RCC_AXISRAM6_MEM_CLK_ENABLE();
    RAMCFG_TypeDef *const banks[] = {RAMCFG_SRAM2_AXI, RAMCFG_SRAM3_AXI, RAMCFG_SRAM4_AXI, RAMCFG_SRAM5_AXI,
                                     RAMCFG_SRAM6_AXI};
    for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++) {
        RAMCFG_HandleTypeDef bank = {.Instance = banks[i]};
        HAL_RAMCFG_EnableAXISRAM(&bank);
        if ((banks[i]->CR & RAMCFG_CR_SRAMSD) != 0) {
            return "an SRAM bank stays shut down";
        }
    }
    __HAL_RCC_NPU_CLK_ENABLE();
    __HAL_RCC_NPU_FORCE_RESET();
    __HAL_RCC_NPU_RELEASE_RESET();
    __HAL_RCC_CACHEAXIRAM_MEM_CLK_ENABLE();
    __HAL_RCC_CACHEAXI_CLK_ENABLE();
    __HAL_RCC_CACHEAXI_FORCE_RESET();
    __HAL_RCC_CACHEAXI_RELEASE_RESET();
    /* While the processor sleeps the NPU works on: one clock forgotten here stops it. */
    __HAL_RCC_NPU_CLK_SLEEP_ENABLE();
    __HAL_RCC_CACHEAXI_CLK_SLEEP_ENABLE();
    __HAL_RCC_CACHEAXIRAM_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_FLEXRAM_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_AXISRAM1_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_AXISRAM2_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_AXISRAM3_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_AXISRAM4_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_AXISRAM5_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_AXISRAM6_MEM_CLK_SLEEP_ENABLE();
    __HAL_RCC_XSPI1_CLK_SLEEP_ENABLE();
    __HAL_RCC_XSPI2_CLK_SLEEP_ENABLE();
    __HAL_RCC_RIFSC_CLK_SLEEP_ENABLE();
    __HAL_RCC_RISAF_CLK_SLEEP_ENABLE();
    __HAL_RCC_USART1_CLK_SLEEP_ENABLE();
    return NULL;
}

const char *n6_memories_isolation(void) {
    __HAL_RCC_RIFSC_CLK_ENABLE();
    const RIMC_MasterConfig_t master = {.MasterCID = RIF_CID_1, .SecPriv = RIF_ATTRIBUTE_SEC | RIF_ATTRIBUTE_PRIV};
    HAL_RIF_RIMC_ConfigMasterAttributes(RIF_MASTER_INDEX_NPU, &master);
    HAL_RIF_RISC_SetSlaveSecureAttributes(RIF_RISC_PERIPH_INDEX_NPU, RIF_ATTRIBUTE_SEC | RIF_ATTRIBUTE_PRIV);
    /* The memories' own filters let secure, privileged accesses of compartment 1 through after reset. */
    RIMC_MasterConfig_t observed = {0};
    HAL_RIF_RIMC_GetConfigMasterAttributes(RIF_MASTER_INDEX_NPU, &observed);
    if (observed.MasterCID != master.MasterCID || observed.SecPriv != master.SecPriv) {
        return "the NPU's access rights do not hold";
    }
    return HAL_RIF_RISC_GetSlaveSecureAttributes(RIF_RISC_PERIPH_INDEX_NPU)
                   == (RIF_ATTRIBUTE_SEC | RIF_ATTRIBUTE_PRIV)
               ? NULL
               : "the rights to the NPU's registers do not hold";
}

/* ---- Fuses, read only ---------------------------------------------------------------------------------------------- */

#define FUSE_WORD 124u

bool n6_memories_fuse_word(uint32_t *word) {
    __HAL_RCC_BSEC_CLK_ENABLE();
    if ((BSEC->SFSRx[FUSE_WORD / 32u] & (1u << (FUSE_WORD % 32u))) == 0) {
        return false;
    }
    *word = BSEC->FVRw[FUSE_WORD];
    return true;
}

/* ---- Test by the processor ----------------------------------------------------------------------------------------- */

#define EXTERNAL_STRIDE 4096u

static void write_word(void *context, uint32_t address, uint32_t value) {
    (void)context;
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static uint32_t read_word(void *context, uint32_t address) {
    (void)context;
    return *(volatile uint32_t *)(uintptr_t)address;
}

static void flush(void *context, uint32_t start, uint32_t bytes) {
    (void)context;
    SCB_CleanInvalidateDCache_by_Addr((void *)(uintptr_t)start, (int32_t)bytes);
}

typedef struct {
    const char *name;
    uint32_t start;
    uint32_t bytes;
    bool external;
} tested_t;

static const tested_t tested[] = {
#define TESTED(name, start, bytes, external) {"memory-" name, start, bytes, external},
    N6_BOARD_TESTED_MEMORY(TESTED)
#undef TESTED
};

void n6_memories_test(bool external_ram) {
    for (size_t i = 0; i < sizeof tested / sizeof tested[0]; i++) {
        const n6_memory_test_t memory = {
            .start = tested[i].start,
            .bytes = tested[i].bytes,
            .stride = tested[i].external ? EXTERNAL_STRIDE : 4u,
            .write = write_word,
            .read = read_word,
            .flush = flush,
        };
        if (tested[i].external && !external_ram) {
            n6_checks_add((n6_check_t){.name = tested[i].name,
                                       .outcome = N6_CHECK_SKIPPED,
                                       .text = "the external RAM is not mapped",
                                       .address = tested[i].start});
        } else {
            n6_checks_add(n6_memory_test(tested[i].name, &memory));
        }
    }
}
