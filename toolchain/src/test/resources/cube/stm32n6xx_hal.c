/* SPDX-License-Identifier: Apache-2.0 */
#include "board_xspi.h"

uint32_t SystemCoreClock = 64000000u;
XSPI_HandleTypeDef hxspi_nor[1];

void SystemInit(void) {}
void SystemCoreClockUpdate(void) {}
HAL_StatusTypeDef HAL_Init(void) { return HAL_OK; }
void HAL_Delay(uint32_t milliseconds) {
    const uint32_t start = HAL_GetTick();
    while (HAL_GetTick() - start < milliseconds) {
    }
}
HAL_StatusTypeDef HAL_RCC_OscConfig(const RCC_OscInitTypeDef *plls) { return plls->PLL1.PLLN != 0 ? HAL_OK : HAL_ERROR; }
HAL_StatusTypeDef HAL_RCC_ClockConfig(const RCC_ClkInitTypeDef *buses) {
    return buses->ClockType != 0 ? HAL_OK : HAL_ERROR;
}
HAL_StatusTypeDef HAL_RCCEx_PeriphCLKConfig(const RCC_PeriphCLKInitTypeDef *clocks) {
    return clocks->PeriphClockSelection != 0 ? HAL_OK : HAL_ERROR;
}
uint32_t HAL_RCC_GetCpuClockFreq(void) { return 800000000u; }
uint32_t HAL_RCC_GetSysClockFreq(void) { return 400000000u; }
uint32_t HAL_RCC_GetHCLKFreq(void) { return 200000000u; }
uint32_t HAL_RCCEx_GetPLL1CLKFreq(void) { return 800000000u; }
uint32_t HAL_RCCEx_GetPLL2CLKFreq(void) { return 1000000000u; }
uint32_t HAL_RCCEx_GetPLL3CLKFreq(void) { return 900000000u; }
uint32_t HAL_RCCEx_GetPLL4CLKFreq(void) { return 0; }
uint32_t standin_clock(const char *name) { return (uint32_t)(unsigned char)name[0]; }
void HAL_RAMCFG_EnableAXISRAM(const RAMCFG_HandleTypeDef *bank) { bank->Instance->CR &= ~RAMCFG_CR_SRAMSD; }
void HAL_RIF_RIMC_ConfigMasterAttributes(uint32_t master, const RIMC_MasterConfig_t *rights) {
    (void)master;
    (void)rights;
}
void HAL_RIF_RIMC_GetConfigMasterAttributes(uint32_t master, RIMC_MasterConfig_t *rights) { rights->MasterCID = master; }
void HAL_RIF_RISC_SetSlaveSecureAttributes(uint32_t slave, uint32_t rights) {
    (void)slave;
    (void)rights;
}
uint32_t HAL_RIF_RISC_GetSlaveSecureAttributes(uint32_t slave) { return slave & 3u; }
void HAL_GPIO_Init(GPIO_TypeDef *port, const GPIO_InitTypeDef *pins) { port->MODER = pins->Pin; }
void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state) { port->MODER = state ? pin : 0u; }
GPIO_PinState HAL_GPIO_ReadPin(const GPIO_TypeDef *port, uint16_t pin) {
    return (port->MODER & pin) != 0 ? GPIO_PIN_SET : GPIO_PIN_RESET;
}
HAL_StatusTypeDef HAL_UART_Init(UART_HandleTypeDef *uart) { return uart->Init.BaudRate != 0 ? HAL_OK : HAL_ERROR; }
HAL_StatusTypeDef HAL_UARTEx_EnableFifoMode(UART_HandleTypeDef *uart) { return uart != NULL ? HAL_OK : HAL_ERROR; }
HAL_StatusTypeDef HAL_XSPI_SetClockPrescaler(XSPI_HandleTypeDef *xspi, uint32_t prescaler) {
    xspi->state = prescaler;
    return HAL_OK;
}
int32_t BSP_XSPI_NOR_Init(uint32_t instance, BSP_XSPI_NOR_Init_t *mode) { return (int32_t)instance + (mode == NULL); }
int32_t BSP_XSPI_NOR_EnableMemoryMappedMode(uint32_t instance) { return (int32_t)instance; }
int32_t BSP_XSPI_RAM_Init(uint32_t instance) { return (int32_t)instance; }
int32_t BSP_XSPI_RAM_EnableMemoryMappedMode(uint32_t instance) { return (int32_t)instance; }
