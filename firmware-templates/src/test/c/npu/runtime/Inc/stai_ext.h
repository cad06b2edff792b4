/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAI_EXT_H
#define STAI_EXT_H
#include "stai.h"
#endif
