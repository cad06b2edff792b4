/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STM32N6XX_HAL_STANDIN_H
#define STM32N6XX_HAL_STANDIN_H

/* Stands in for ST's drivers where they are not installed: what the STM32N6 port uses, with the same names and arguments,
 * written for this project. It compiles and links; nothing of it would run. */

#include <stddef.h>
#include <stdint.h>

#if !defined(STM32N657xx) || !defined(USE_HAL_DRIVER)
#error "the vendor's definitions are missing"
#endif

typedef enum { HAL_OK = 0, HAL_ERROR = 1, HAL_BUSY = 2, HAL_TIMEOUT = 3 } HAL_StatusTypeDef;

/* ---- Core ---- */
extern uint32_t SystemCoreClock;
void SystemInit(void);
void SystemCoreClockUpdate(void);
typedef struct { volatile uint32_t CCR; } SCB_Type;
#define SCB ((SCB_Type *)0xE000ED14u)
#define SCB_CCR_DC_Msk (1u << 16)
static inline void __DSB(void) { __asm volatile("dsb" ::: "memory"); }
static inline void __ISB(void) { __asm volatile("isb" ::: "memory"); }
static inline void SCB_EnableICache(void) { SCB->CCR |= 1u << 17; }
static inline void SCB_EnableDCache(void) { SCB->CCR |= 1u << 16; }
static inline void SCB_CleanInvalidateDCache_by_Addr(volatile void *start, int32_t bytes) {
    (void)start;
    (void)bytes;
}

/* ---- HAL ---- */
#define TICK_INT_PRIORITY 15u
HAL_StatusTypeDef HAL_Init(void);
HAL_StatusTypeDef HAL_InitTick(uint32_t priority);
uint32_t HAL_GetTick(void);
void HAL_Delay(uint32_t milliseconds);

/* ---- RCC ---- */
typedef struct { volatile uint32_t IC6CFGR, IC11CFGR; } RCC_TypeDef;
#define RCC ((RCC_TypeDef *)0x56028000u)
typedef struct { uint32_t PLLState, PLLSource, PLLM, PLLFractional, PLLN, PLLP1, PLLP2; } RCC_PLLInitTypeDef;
typedef struct { uint32_t OscillatorType; RCC_PLLInitTypeDef PLL1, PLL2, PLL3, PLL4; } RCC_OscInitTypeDef;
typedef struct { uint32_t ClockSelection, ClockDivider; } RCC_ICInitTypeDef;
typedef struct {
    uint32_t ClockType, CPUCLKSource, SYSCLKSource, AHBCLKDivider, APB1CLKDivider, APB2CLKDivider, APB4CLKDivider,
        APB5CLKDivider;
    RCC_ICInitTypeDef IC1Selection, IC2Selection, IC6Selection, IC11Selection;
} RCC_ClkInitTypeDef;
typedef struct {
    uint64_t PeriphClockSelection;
    RCC_ICInitTypeDef ICSelection[20];
    uint32_t Xspi1ClockSelection, Xspi2ClockSelection, CkperClockSelection, Lptim1ClockSelection, Usart1ClockSelection;
} RCC_PeriphCLKInitTypeDef;
enum {
    RCC_OSCILLATORTYPE_NONE, RCC_PLL_OFF, RCC_PLL_ON, RCC_PLLSOURCE_HSI, RCC_CPUCLKSOURCE_HSI, RCC_CPUCLKSOURCE_IC1,
    RCC_SYSCLKSOURCE_HSI, RCC_SYSCLKSOURCE_IC2_IC6_IC11, RCC_SYSCLKSOURCE_STATUS_IC2_IC6_IC11, RCC_HCLK_DIV2,
    RCC_HCLK_DIV4, RCC_APB1_DIV1, RCC_APB2_DIV1, RCC_APB4_DIV1, RCC_APB5_DIV1, RCC_ICCLKSOURCE_PLL1,
    RCC_ICCLKSOURCE_PLL2, RCC_ICCLKSOURCE_PLL3, RCC_XSPI1CLKSOURCE_IC3, RCC_XSPI2CLKSOURCE_IC4, RCC_CLKPCLKSOURCE_HSI,
    RCC_LPTIM1CLKSOURCE_CLKP, RCC_USART1CLKSOURCE_HSI
};
enum { RCC_IC3 = 2, RCC_IC4 = 3 };
#define RCC_CLOCKTYPE_CPUCLK 0x01u
#define RCC_CLOCKTYPE_SYSCLK 0x02u
#define RCC_CLOCKTYPE_HCLK 0x04u
#define RCC_CLOCKTYPE_PCLK1 0x08u
#define RCC_CLOCKTYPE_PCLK2 0x10u
#define RCC_CLOCKTYPE_PCLK4 0x20u
#define RCC_CLOCKTYPE_PCLK5 0x40u
#define RCC_PERIPHCLK_CKPER 0x01u
#define RCC_PERIPHCLK_LPTIM1 0x02u
#define RCC_PERIPHCLK_USART1 0x04u
#define RCC_PERIPHCLK_XSPI1 0x08u
#define RCC_PERIPHCLK_XSPI2 0x10u
HAL_StatusTypeDef HAL_RCC_OscConfig(const RCC_OscInitTypeDef *plls);
HAL_StatusTypeDef HAL_RCC_ClockConfig(const RCC_ClkInitTypeDef *buses);
HAL_StatusTypeDef HAL_RCCEx_PeriphCLKConfig(const RCC_PeriphCLKInitTypeDef *clocks);
uint32_t HAL_RCC_GetCpuClockFreq(void);
uint32_t HAL_RCC_GetSysClockFreq(void);
uint32_t HAL_RCC_GetHCLKFreq(void);
uint32_t HAL_RCCEx_GetPLL1CLKFreq(void);
uint32_t HAL_RCCEx_GetPLL2CLKFreq(void);
uint32_t HAL_RCCEx_GetPLL3CLKFreq(void);
uint32_t HAL_RCCEx_GetPLL4CLKFreq(void);
uint32_t standin_clock(const char *name);
#define __HAL_RCC_GET_SYSCLK_SOURCE() standin_clock("SYSCLK_SOURCE")
#define __HAL_RCC_AXISRAM1_MEM_CLK_ENABLE() (void)standin_clock("AXISRAM1")
#define __HAL_RCC_AXISRAM2_MEM_CLK_ENABLE() (void)standin_clock("AXISRAM2")
#define __HAL_RCC_AXISRAM3_MEM_CLK_ENABLE() (void)standin_clock("AXISRAM3")
#define __HAL_RCC_AXISRAM4_MEM_CLK_ENABLE() (void)standin_clock("AXISRAM4")
#define __HAL_RCC_AXISRAM5_MEM_CLK_ENABLE() (void)standin_clock("AXISRAM5")
#define __HAL_RCC_AXISRAM6_MEM_CLK_ENABLE() (void)standin_clock("AXISRAM6")
#define __HAL_RCC_AXISRAM1_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("AXISRAM1")
#define __HAL_RCC_AXISRAM2_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("AXISRAM2")
#define __HAL_RCC_AXISRAM3_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("AXISRAM3")
#define __HAL_RCC_AXISRAM4_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("AXISRAM4")
#define __HAL_RCC_AXISRAM5_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("AXISRAM5")
#define __HAL_RCC_AXISRAM6_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("AXISRAM6")
#define __HAL_RCC_FLEXRAM_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("FLEXRAM")
#define __HAL_RCC_CACHEAXIRAM_MEM_CLK_ENABLE() (void)standin_clock("CACHEAXIRAM")
#define __HAL_RCC_CACHEAXIRAM_MEM_CLK_SLEEP_ENABLE() (void)standin_clock("CACHEAXIRAM")
#define __HAL_RCC_CACHEAXI_CLK_ENABLE() (void)standin_clock("CACHEAXI")
#define __HAL_RCC_CACHEAXI_CLK_SLEEP_ENABLE() (void)standin_clock("CACHEAXI")
#define __HAL_RCC_CACHEAXI_FORCE_RESET() (void)standin_clock("CACHEAXI")
#define __HAL_RCC_CACHEAXI_RELEASE_RESET() (void)standin_clock("CACHEAXI")
#define __HAL_RCC_NPU_CLK_ENABLE() (void)standin_clock("NPU")
#define __HAL_RCC_NPU_CLK_SLEEP_ENABLE() (void)standin_clock("NPU")
#define __HAL_RCC_NPU_FORCE_RESET() (void)standin_clock("NPU")
#define __HAL_RCC_NPU_RELEASE_RESET() (void)standin_clock("NPU")
#define __HAL_RCC_RAMCFG_CLK_ENABLE() (void)standin_clock("RAMCFG")
#define __HAL_RCC_RIFSC_CLK_ENABLE() (void)standin_clock("RIFSC")
#define __HAL_RCC_RIFSC_CLK_SLEEP_ENABLE() (void)standin_clock("RIFSC")
#define __HAL_RCC_RISAF_CLK_SLEEP_ENABLE() (void)standin_clock("RISAF")
#define __HAL_RCC_XSPI1_CLK_SLEEP_ENABLE() (void)standin_clock("XSPI1")
#define __HAL_RCC_XSPI2_CLK_SLEEP_ENABLE() (void)standin_clock("XSPI2")
#define __HAL_RCC_USART1_CLK_ENABLE() (void)standin_clock("USART1")
#define __HAL_RCC_USART1_CLK_SLEEP_ENABLE() (void)standin_clock("USART1")
#define __HAL_RCC_BSEC_CLK_ENABLE() (void)standin_clock("BSEC")
#define __HAL_RCC_TIM2_CLK_ENABLE() (void)standin_clock("TIM2")
#define __HAL_RCC_LPTIM1_CLK_ENABLE() (void)standin_clock("LPTIM1")
#define __HAL_RCC_LPTIM1_CLK_DISABLE() (void)standin_clock("LPTIM1")
#define __HAL_RCC_LPTIM1_FORCE_RESET() (void)standin_clock("LPTIM1")
#define __HAL_RCC_LPTIM1_RELEASE_RESET() (void)standin_clock("LPTIM1")
#define __HAL_RCC_GPIOB_CLK_ENABLE() (void)standin_clock("GPIOB")
#define __HAL_RCC_GPIOE_CLK_ENABLE() (void)standin_clock("GPIOE")
#define __HAL_RCC_GPIOF_CLK_ENABLE() (void)standin_clock("GPIOF")

/* ---- Timers, fuses (read only) ---- */
typedef struct { volatile uint32_t CFGR, CR, ARR, CNT; } LPTIM_TypeDef;
#define LPTIM1 ((LPTIM_TypeDef *)0x50002400u)
#define LPTIM_CFGR_PRESC_Pos 9u
#define LPTIM_CR_ENABLE 1u
#define LPTIM_CR_CNTSTRT 4u
typedef struct { volatile uint32_t CR1, EGR, CNT, PSC, ARR; } TIM_TypeDef;
#define TIM2 ((TIM_TypeDef *)0x50000000u)
#define TIM_EGR_UG 1u
#define TIM_CR1_CEN 1u
typedef struct { volatile uint32_t FVRw[384], SFSRx[12]; } BSEC_TypeDef;
#define BSEC ((BSEC_TypeDef *)0x56009000u)

/* ---- RAMCFG, RIF ---- */
typedef struct { volatile uint32_t CR; } RAMCFG_TypeDef;
typedef struct { RAMCFG_TypeDef *Instance; } RAMCFG_HandleTypeDef;
#define RAMCFG_SRAM2_AXI ((RAMCFG_TypeDef *)0x52023080u)
#define RAMCFG_SRAM3_AXI ((RAMCFG_TypeDef *)0x52023100u)
#define RAMCFG_SRAM4_AXI ((RAMCFG_TypeDef *)0x52023180u)
#define RAMCFG_SRAM5_AXI ((RAMCFG_TypeDef *)0x52023200u)
#define RAMCFG_SRAM6_AXI ((RAMCFG_TypeDef *)0x52023280u)
#define RAMCFG_CR_SRAMSD (1u << 20)
void HAL_RAMCFG_EnableAXISRAM(const RAMCFG_HandleTypeDef *bank);
typedef struct { uint32_t MasterCID, SecPriv; } RIMC_MasterConfig_t;
#define RIF_CID_1 2u
#define RIF_ATTRIBUTE_SEC 1u
#define RIF_ATTRIBUTE_PRIV 2u
#define RIF_MASTER_INDEX_NPU 1u
#define RIF_RISC_PERIPH_INDEX_NPU 0x3000000Au
void HAL_RIF_RIMC_ConfigMasterAttributes(uint32_t master, const RIMC_MasterConfig_t *rights);
void HAL_RIF_RIMC_GetConfigMasterAttributes(uint32_t master, RIMC_MasterConfig_t *rights);
void HAL_RIF_RISC_SetSlaveSecureAttributes(uint32_t slave, uint32_t rights);
uint32_t HAL_RIF_RISC_GetSlaveSecureAttributes(uint32_t slave);

/* ---- GPIO, UART ---- */
typedef struct { volatile uint32_t MODER; } GPIO_TypeDef;
typedef struct { uint32_t Pin, Mode, Pull, Speed, Alternate; } GPIO_InitTypeDef;
typedef enum { GPIO_PIN_RESET, GPIO_PIN_SET } GPIO_PinState;
#define GPIOB ((GPIO_TypeDef *)0x56020400u)
#define GPIOE ((GPIO_TypeDef *)0x56021000u)
#define GPIOF ((GPIO_TypeDef *)0x56021400u)
#define GPIO_PIN_4 0x10u
#define GPIO_PIN_5 0x20u
#define GPIO_PIN_6 0x40u
#define GPIO_PIN_12 0x1000u
enum { GPIO_MODE_OUTPUT_PP, GPIO_MODE_AF_PP, GPIO_NOPULL, GPIO_PULLUP, GPIO_SPEED_FREQ_LOW, GPIO_SPEED_FREQ_HIGH,
       GPIO_AF7_USART1 };
void HAL_GPIO_Init(GPIO_TypeDef *port, const GPIO_InitTypeDef *pins);
void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state);
GPIO_PinState HAL_GPIO_ReadPin(const GPIO_TypeDef *port, uint16_t pin);
typedef struct { volatile uint32_t ISR, ICR, RDR, TDR; } USART_TypeDef;
#define USART1 ((USART_TypeDef *)0x52001000u)
#define USART_ISR_ORE 8u
#define USART_ISR_FE 2u
#define USART_ISR_NE 4u
#define USART_ISR_RXNE_RXFNE 0x20u
#define USART_ISR_TXE_TXFNF 0x80u
#define USART_ICR_ORECF 8u
#define USART_ICR_FECF 2u
#define USART_ICR_NECF 4u
typedef struct {
    uint32_t BaudRate, WordLength, StopBits, Parity, Mode, HwFlowCtl, OverSampling, OneBitSampling, ClockPrescaler;
} UART_InitTypeDef;
typedef struct { USART_TypeDef *Instance; UART_InitTypeDef Init; } UART_HandleTypeDef;
enum { UART_WORDLENGTH_8B, UART_STOPBITS_1, UART_PARITY_NONE, UART_MODE_TX_RX, UART_HWCONTROL_NONE,
       UART_OVERSAMPLING_8, UART_PRESCALER_DIV1 };
HAL_StatusTypeDef HAL_UART_Init(UART_HandleTypeDef *uart);
HAL_StatusTypeDef HAL_UARTEx_EnableFifoMode(UART_HandleTypeDef *uart);

/* ---- XSPI ---- */
typedef struct { uint32_t state; } XSPI_HandleTypeDef;
HAL_StatusTypeDef HAL_XSPI_SetClockPrescaler(XSPI_HandleTypeDef *xspi, uint32_t prescaler);

#endif
