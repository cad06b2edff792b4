/* SPDX-License-Identifier: Apache-2.0 */
/* STM32N6570-DK: core voltage (PF4), octal flash MX66UW1G45G on XSPI2, 16-bit PSRAM APS256XX on XSPI1, through ST's board
 * drivers. Not tried on silicon. */

#include "n6_stm32n6.h"
#include "stm32n6570_discovery_xspi.h"

#include <stddef.h>

const char *n6_board_overdrive(void) {
    __HAL_RCC_GPIOF_CLK_ENABLE();
    GPIO_InitTypeDef pin = {0};
    pin.Pin = GPIO_PIN_4;
    pin.Mode = GPIO_MODE_OUTPUT_PP;
    pin.Pull = GPIO_NOPULL;
    pin.Speed = GPIO_SPEED_FREQ_LOW;
    HAL_GPIO_WritePin(GPIOF, GPIO_PIN_4, GPIO_PIN_SET);
    HAL_GPIO_Init(GPIOF, &pin);
    HAL_Delay(2); /* the regulator's ramp takes 1 ms */
    return HAL_GPIO_ReadPin(GPIOF, GPIO_PIN_4) == GPIO_PIN_SET ? NULL : "the pin that raises the voltage stays low";
}

#define SLOW_PRESCALER 3u /* clock / 4 */

/* The driver leaves the memory at full rate. */
const char *n6_board_map_flash(bool fast) {
    BSP_XSPI_NOR_Init_t octal = {.InterfaceMode = BSP_XSPI_NOR_OPI_MODE, .TransferRate = BSP_XSPI_NOR_DTR_TRANSFER};
    if (BSP_XSPI_NOR_Init(0, &octal) != BSP_ERROR_NONE) {
        return "the flash does not answer";
    }
    if (!fast && HAL_XSPI_SetClockPrescaler(&hxspi_nor[0], SLOW_PRESCALER) != HAL_OK) {
        return "the flash clock cannot be lowered";
    }
    return BSP_XSPI_NOR_EnableMemoryMappedMode(0) == BSP_ERROR_NONE ? NULL : "the flash cannot be mapped";
}

const char *n6_board_map_ram(void) {
    if (BSP_XSPI_RAM_Init(0) != BSP_ERROR_NONE) {
        return "the external RAM does not answer";
    }
    return BSP_XSPI_RAM_EnableMemoryMappedMode(0) == BSP_ERROR_NONE ? NULL : "the external RAM cannot be mapped";
}
