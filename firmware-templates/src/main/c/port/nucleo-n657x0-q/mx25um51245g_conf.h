/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MX25UM51245G_CONF_H
#define MX25UM51245G_CONF_H

/* What ST's driver of the flash asks for; dummy cycles are those of its applications for this board. */

#include "stm32n6xx_hal.h"

#define CONF_OSPI_ODS MX25UM51245G_CR_ODS_24
#define DUMMY_CYCLES_READ 8U
#define DUMMY_CYCLES_READ_OCTAL 6U
#define DUMMY_CYCLES_READ_OCTAL_DTR 6U
#define DUMMY_CYCLES_REG_OCTAL 4U
#define DUMMY_CYCLES_REG_OCTAL_DTR 5U

#endif
