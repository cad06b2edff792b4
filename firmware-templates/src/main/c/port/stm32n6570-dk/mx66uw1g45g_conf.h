/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MX66UW1G45G_CONF_H
#define MX66UW1G45G_CONF_H

/* What ST's driver of the flash asks for; dummy cycles are those of its applications for this board. */

#include "stm32n6xx_hal.h"

#define CONF_OSPI_ODS MX66UW1G45G_CR_ODS_24
#define DUMMY_CYCLES_READ 8U
#define DUMMY_CYCLES_READ_OCTAL 10U
#define DUMMY_CYCLES_READ_OCTAL_DTR 10U
#define DUMMY_CYCLES_REG_OCTAL 4U
#define DUMMY_CYCLES_REG_OCTAL_DTR 5U

#endif
