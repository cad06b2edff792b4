/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APS256XX_CONF_H
#define APS256XX_CONF_H

/* What ST's driver of the external RAM asks for. */

#include "stm32n6xx_hal.h"

#endif
