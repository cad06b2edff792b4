/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_XSPI_STANDIN_H
#define BOARD_XSPI_STANDIN_H

/* Stands in for ST's board drivers of external memories: see stm32n6xx_hal.h. */

#include "stm32n6xx_hal.h"

#define BSP_ERROR_NONE 0
typedef enum { BSP_XSPI_NOR_SPI_MODE, BSP_XSPI_NOR_OPI_MODE } BSP_XSPI_NOR_Interface_t;
typedef enum { BSP_XSPI_NOR_STR_TRANSFER, BSP_XSPI_NOR_DTR_TRANSFER } BSP_XSPI_NOR_Transfer_t;
typedef struct { BSP_XSPI_NOR_Interface_t InterfaceMode; BSP_XSPI_NOR_Transfer_t TransferRate; } BSP_XSPI_NOR_Init_t;
extern XSPI_HandleTypeDef hxspi_nor[1];
int32_t BSP_XSPI_NOR_Init(uint32_t instance, BSP_XSPI_NOR_Init_t *mode);
int32_t BSP_XSPI_NOR_EnableMemoryMappedMode(uint32_t instance);
int32_t BSP_XSPI_RAM_Init(uint32_t instance);
int32_t BSP_XSPI_RAM_EnableMemoryMappedMode(uint32_t instance);

#endif
