/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of STM32N6 in two phases: first back to the internal oscillator, whatever a boot loader or debugger left behind,
 * then PLLs and dividers of the profile. Rates that ST's applications and its validation firmware run: overdrive and
 * nominal. Reported are the rates that the registers say, checked against a timer on the oscillator.
 * Not tried on silicon. */

#include <stddef.h>

#include "n6_board.h"
#include "n6_clock_check.h"
#include "n6_cortex_m55.h"
#include "n6_stm32n6.h"
#include "stm32n6xx_hal.h"

#define OSCILLATOR_HERTZ 64000000u

enum { CLOCK_CPU, CLOCK_BUS, CLOCK_NPU, CLOCK_NPU_RAM, CLOCK_HCLK, CLOCK_COUNT };

static n6_port_clock_t clocks[CLOCK_COUNT] = {
    [CLOCK_CPU] = {"cpu", OSCILLATOR_HERTZ},         [CLOCK_BUS] = {"bus", OSCILLATOR_HERTZ},
    [CLOCK_NPU] = {"npu", OSCILLATOR_HERTZ},         [CLOCK_NPU_RAM] = {"npu-ram", OSCILLATOR_HERTZ},
    [CLOCK_HCLK] = {"peripherals", OSCILLATOR_HERTZ}};

/* ---- Milliseconds for ST's drivers ---------------------------------------------------------------------------------
 * Interrupts stay masked, so the drivers' own millisecond interrupt would never come and their time limits never end.
 * SysTick is polled instead: whoever waits for a time limit asks all the time. */

static uint32_t milliseconds;

HAL_StatusTypeDef HAL_InitTick(uint32_t priority) {
    (void)priority;
    N6_SYST_CSR = 0;
    N6_SYST_RVR = SystemCoreClock / 1000u - 1u;
    N6_SYST_CVR = 0;
    N6_SYST_CSR = N6_SYST_ENABLE_PROCESSOR_CLOCK;
    return HAL_OK;
}

uint32_t HAL_GetTick(void) {
    if ((N6_SYST_CSR & N6_SYST_COUNTFLAG) != 0) {
        milliseconds++;
    }
    return milliseconds;
}

/* ---- Phase one ----------------------------------------------------------------------------------------------------- */

const char *n6_clocks_start(void) {
    SystemCoreClockUpdate();
    if (HAL_InitTick(TICK_INT_PRIORITY) != HAL_OK) {
        return "the millisecond counter does not start";
    }
    RCC_ClkInitTypeDef buses = {0};
    buses.ClockType = RCC_CLOCKTYPE_CPUCLK | RCC_CLOCKTYPE_SYSCLK;
    buses.CPUCLKSource = RCC_CPUCLKSOURCE_HSI;
    buses.SYSCLKSource = RCC_SYSCLKSOURCE_HSI;
    if (HAL_RCC_ClockConfig(&buses) != HAL_OK) {
        return "CPU and buses do not go back to the internal oscillator";
    }
    return HAL_Init() == HAL_OK ? NULL : "the drivers do not start";
}

/* ---- Phase two ----------------------------------------------------------------------------------------------------- */

static RCC_PLLInitTypeDef pll(uint32_t m, uint32_t n, uint32_t p1, uint32_t p2) {
    const RCC_PLLInitTypeDef on = {
        .PLLState = RCC_PLL_ON, .PLLSource = RCC_PLLSOURCE_HSI, .PLLM = m, .PLLN = n, .PLLP1 = p1, .PLLP2 = p2};
    return on;
}

static RCC_ICInitTypeDef divided(uint32_t source, uint32_t divider) {
    const RCC_ICInitTypeDef clock = {.ClockSelection = source, .ClockDivider = divider};
    return clock;
}

const char *n6_clocks_configure(void) {
    RCC_OscInitTypeDef plls = {0};
    plls.OscillatorType = RCC_OSCILLATORTYPE_NONE;
    plls.PLL1 = pll(2, 25, 1, 1); /* 64 / 2 * 25 = 800 MHz in both profiles */
    plls.PLL4.PLLState = RCC_PLL_OFF;
#if N6_BOARD_OVERDRIVE
    plls.PLL2 = pll(8, 125, 1, 1); /* 1000 MHz */
    plls.PLL3 = pll(8, 225, 1, 2); /* 900 MHz */
#else
    plls.PLL2 = pll(8, 75, 1, 1); /* 600 MHz */
    plls.PLL3.PLLState = RCC_PLL_OFF;
#endif
    if (HAL_RCC_OscConfig(&plls) != HAL_OK) {
        return "the PLLs do not lock";
    }
    RCC_ClkInitTypeDef buses = {0};
    buses.ClockType = RCC_CLOCKTYPE_CPUCLK | RCC_CLOCKTYPE_SYSCLK | RCC_CLOCKTYPE_HCLK | RCC_CLOCKTYPE_PCLK1
                      | RCC_CLOCKTYPE_PCLK2 | RCC_CLOCKTYPE_PCLK4 | RCC_CLOCKTYPE_PCLK5;
    buses.CPUCLKSource = RCC_CPUCLKSOURCE_IC1;
    buses.SYSCLKSource = RCC_SYSCLKSOURCE_IC2_IC6_IC11;
    buses.IC2Selection = divided(RCC_ICCLKSOURCE_PLL1, 2); /* 400 MHz */
#if N6_BOARD_OVERDRIVE
    buses.IC1Selection = divided(RCC_ICCLKSOURCE_PLL1, 1);  /* 800 MHz */
    buses.IC6Selection = divided(RCC_ICCLKSOURCE_PLL2, 1);  /* 1000 MHz */
    buses.IC11Selection = divided(RCC_ICCLKSOURCE_PLL3, 1); /* 900 MHz */
    buses.AHBCLKDivider = RCC_HCLK_DIV2;
#else
    buses.IC1Selection = divided(RCC_ICCLKSOURCE_PLL2, 1);  /* 600 MHz */
    buses.IC6Selection = divided(RCC_ICCLKSOURCE_PLL1, 1);  /* 800 MHz */
    buses.IC11Selection = divided(RCC_ICCLKSOURCE_PLL1, 1); /* 800 MHz */
    buses.AHBCLKDivider = RCC_HCLK_DIV4;
#endif
    buses.APB1CLKDivider = RCC_APB1_DIV1;
    buses.APB2CLKDivider = RCC_APB2_DIV1;
    buses.APB4CLKDivider = RCC_APB4_DIV1;
    buses.APB5CLKDivider = RCC_APB5_DIV1;
    if (HAL_RCC_ClockConfig(&buses) != HAL_OK) {
        return "CPU and buses do not switch to the PLLs";
    }
    /* External memories at 200 MHz in both profiles, from a divider of their own. */
    RCC_PeriphCLKInitTypeDef memories = {0};
    memories.PeriphClockSelection = RCC_PERIPHCLK_XSPI1 | RCC_PERIPHCLK_XSPI2;
    memories.Xspi1ClockSelection = RCC_XSPI1CLKSOURCE_IC3;
    memories.Xspi2ClockSelection = RCC_XSPI2CLKSOURCE_IC4;
    memories.ICSelection[RCC_IC3] = divided(RCC_ICCLKSOURCE_PLL1, 4);
    memories.ICSelection[RCC_IC4] = divided(RCC_ICCLKSOURCE_PLL1, 4);
    return HAL_RCCEx_PeriphCLKConfig(&memories) == HAL_OK ? NULL : "the external memories get no clock";
}

/* ---- Read back ----------------------------------------------------------------------------------------------------- */

/* A divider register: bits 29..28 choose the PLL, bits 23..16 are the divider less one. */
static uint32_t divider_hertz(uint32_t configuration) {
    uint32_t source = 0;
    switch ((configuration >> 28) & 3u) {
    case 0: source = HAL_RCCEx_GetPLL1CLKFreq(); break;
    case 1: source = HAL_RCCEx_GetPLL2CLKFreq(); break;
    case 2: source = HAL_RCCEx_GetPLL3CLKFreq(); break;
    default: source = HAL_RCCEx_GetPLL4CLKFreq(); break;
    }
    return source / (((configuration >> 16) & 0xFFu) + 1u);
}

void n6_clocks_read_back(void) {
    const bool divided_buses = __HAL_RCC_GET_SYSCLK_SOURCE() == RCC_SYSCLKSOURCE_STATUS_IC2_IC6_IC11;
    clocks[CLOCK_CPU].hertz = HAL_RCC_GetCpuClockFreq();
    clocks[CLOCK_BUS].hertz = HAL_RCC_GetSysClockFreq();
    clocks[CLOCK_NPU].hertz = divided_buses ? divider_hertz(RCC->IC6CFGR) : OSCILLATOR_HERTZ;
    clocks[CLOCK_NPU_RAM].hertz = divided_buses ? divider_hertz(RCC->IC11CFGR) : OSCILLATOR_HERTZ;
    clocks[CLOCK_HCLK].hertz = HAL_RCC_GetHCLKFreq();
}

size_t n6_port_clocks(const n6_port_clock_t **list) {
    *list = clocks;
    return CLOCK_COUNT;
}

/* ---- Check against a second timer ---------------------------------------------------------------------------------- */

#define REFERENCE_DIVIDER 128u
#define REFERENCE_TICKS 5000u /* 10 ms */
#define REFERENCE_PATIENCE 100000000u
#define TOLERANCE_PERMILLE 20u

/* Its counter runs on another clock than the bus: two equal readings are a reading (LPTIM, reference manual). */
static uint32_t reference_count(void) {
    uint32_t count = LPTIM1->CNT;
    for (;;) {
        const uint32_t again = LPTIM1->CNT;
        if (again == count) {
            return count & 0xFFFFu;
        }
        count = again;
    }
}

n6_check_t n6_clocks_check(void) {
    RCC_PeriphCLKInitTypeDef reference = {0};
    reference.PeriphClockSelection = RCC_PERIPHCLK_CKPER | RCC_PERIPHCLK_LPTIM1;
    reference.CkperClockSelection = RCC_CLKPCLKSOURCE_HSI;
    reference.Lptim1ClockSelection = RCC_LPTIM1CLKSOURCE_CLKP;
    if (HAL_RCCEx_PeriphCLKConfig(&reference) != HAL_OK) {
        return n6_check_of("clock-check", "the second timer gets no clock");
    }
    __HAL_RCC_LPTIM1_CLK_ENABLE();
    __HAL_RCC_LPTIM1_FORCE_RESET();
    __HAL_RCC_LPTIM1_RELEASE_RESET();
    LPTIM1->CFGR = 7u << LPTIM_CFGR_PRESC_Pos; /* by 128 */
    LPTIM1->CR = LPTIM_CR_ENABLE;
    LPTIM1->ARR = 0xFFFFu;
    LPTIM1->CR = LPTIM_CR_ENABLE | LPTIM_CR_CNTSTRT;
    const uint32_t patience = N6_DWT_CYCCNT;
    uint32_t start = reference_count();
    uint32_t now = start;
    while (now == start && N6_DWT_CYCCNT - patience < REFERENCE_PATIENCE) {
        now = reference_count(); /* to the edge of a tick */
    }
    start = now;
    const uint32_t cycles = N6_DWT_CYCCNT;
    while (now - start < REFERENCE_TICKS && N6_DWT_CYCCNT - patience < REFERENCE_PATIENCE) {
        now = reference_count();
    }
    const uint32_t counted = N6_DWT_CYCCNT - cycles;
    LPTIM1->CR = 0;
    __HAL_RCC_LPTIM1_CLK_DISABLE();
    return n6_clock_check("clock-check", clocks[CLOCK_CPU].hertz, counted, now - start,
                          OSCILLATOR_HERTZ / REFERENCE_DIVIDER, TOLERANCE_PERMILLE);
}

/* ---- Ticks --------------------------------------------------------------------------------------------------------- */

#define SLOW_PRESCALER 399u
#define CALIBRATION_TICKS 10000u

/* Cycles that pass while the slow counter counts CALIBRATION_TICKS; measured, so that its clock need not be known. */
static uint64_t calibration_cycles;

const char *n6_clocks_ticks_start(void) {
    N6_DEMCR |= N6_DEMCR_TRCENA;
    N6_DWT_CYCCNT = 0;
    N6_DWT_CTRL |= N6_DWT_CTRL_CYCCNTENA;
    __HAL_RCC_TIM2_CLK_ENABLE();
    TIM2->CR1 = 0;
    TIM2->PSC = SLOW_PRESCALER;
    TIM2->ARR = 0xFFFFFFFFu;
    TIM2->EGR = TIM_EGR_UG;
    TIM2->CR1 = TIM_CR1_CEN;
    const uint32_t from = TIM2->CNT;
    const uint32_t cycles = N6_DWT_CYCCNT;
    while (TIM2->CNT - from < CALIBRATION_TICKS && N6_DWT_CYCCNT - cycles < REFERENCE_PATIENCE) {
    }
    const uint32_t passed = TIM2->CNT - from;
    calibration_cycles = N6_DWT_CYCCNT - cycles;
    if (calibration_cycles == 0) {
        return "the cycle counter stands still";
    }
    return passed < CALIBRATION_TICKS ? "the timer behind the cycle counter stands still" : NULL;
}

void n6_port_ticks_restart(void) {
    TIM2->CNT = 0;
    N6_DWT_CYCCNT = 0;
}

/* The cycle counter wraps after 5.4 s at 800 MHz; the slow counter after more than an hour. */
uint64_t n6_port_ticks(void) {
    const uint32_t cycles = N6_DWT_CYCCNT;
    const uint64_t slow = TIM2->CNT;
    return n6_ticks_extended(cycles, slow * calibration_cycles / CALIBRATION_TICKS);
}

/* Cycles to microseconds, at the rate that the registers say. */
n6_port_tick_scale_t n6_port_tick_scale(void) {
    const n6_port_tick_scale_t scale = {1000u, clocks[CLOCK_CPU].hertz / 1000u};
    return scale;
}
