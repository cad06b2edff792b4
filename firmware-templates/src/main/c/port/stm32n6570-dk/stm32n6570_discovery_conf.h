/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STM32N6570_DISCOVERY_CONF_H
#define STM32N6570_DISCOVERY_CONF_H

/* What ST's board driver of the external memories asks for. */

#include "stm32n6xx_hal.h"

#define USE_NOR_MEMORY_MX66UW1G45G 1
#define USE_RAM_MEMORY_APS256XX 1

#endif
