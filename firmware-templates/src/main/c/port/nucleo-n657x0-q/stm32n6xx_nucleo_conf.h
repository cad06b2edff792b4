/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STM32N6XX_NUCLEO_CONF_H
#define STM32N6XX_NUCLEO_CONF_H

/* What ST's board driver of the external flash asks for. */

#include "stm32n6xx_hal.h"

#define USE_NUCLEO_144

#endif
