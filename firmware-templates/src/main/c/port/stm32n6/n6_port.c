/* SPDX-License-Identifier: Apache-2.0 */
/* Port for STM32N6 boards: power-up step by step, the link on USART1 (ST-LINK's virtual serial port: TX PE5, RX PE6).
 * Not tried on silicon. */

#include "n6_port.h"

#include <stdbool.h>
#include <stddef.h>

#include "n6_board.h"
#include "n6_checks.h"
#include "n6_cortex_m55.h"
#include "n6_stm32n6.h"
#include "stm32n6xx_hal.h"

/* ---- Power-up ------------------------------------------------------------------------------------------------------ */

/* A step that faults restarts the program; what it was about stays here, so that the next start leaves it out and the
 * link comes up to tell. Outside .bss for that reason. */
#define PROGRESS_MAGIC 0x4E365055u

static struct {
    uint32_t magic;
    uint32_t running; /* step under way, counted from 1; 0: none */
    uint32_t faulted; /* a bit a step */
} progress __attribute__((section(".noinit"), used));

typedef enum { STEP_CLOCK_START, STEP_CACHES, STEP_VOLTAGE, STEP_CLOCKS, STEP_TICKS, STEP_MEMORIES, STEP_ISOLATION,
               STEP_FLASH, STEP_EXTERNAL_RAM, STEP_MEMORY_TEST, STEP_CLOCK_CHECK } step_t;

static bool begin(step_t step, const char *name) {
    if ((progress.faulted & (1u << step)) != 0) {
        n6_check_t check = n6_check_of(name, "it faulted");
        const n6_port_fault_t *fault = n6_port_fault();
        check.address = fault == NULL ? 0 : fault->address;
        n6_checks_add(check);
        return false;
    }
    progress.running = (uint32_t)step + 1u;
    __DSB();
    return true;
}

static bool end(const char *name, const char *problem) {
    __DSB();
    progress.running = 0;
    n6_checks_add(n6_check_of(name, problem));
    return problem == NULL;
}

static bool carry_out(step_t step, const char *name, const char *(*act)(void)) {
    return begin(step, name) && end(name, act());
}

static const char *enable_caches(void) {
    N6_MSCR |= N6_MSCR_ICACTIVE | N6_MSCR_DCACTIVE; /* the boot ROM leaves them forbidden */
    __DSB();
    __ISB();
    SCB_EnableICache();
    SCB_EnableDCache();
    return (SCB->CCR & SCB_CCR_DC_Msk) != 0 ? NULL : "the data cache stays off";
}

/* At full rate only where the fuse that allows it is set: it is read, never programmed. */
static const char *map_flash(void) {
    uint32_t word = 0;
    const bool known = n6_memories_fuse_word(&word);
    const bool fast = known && (word & (1u << 15)) != 0;
    n6_checks_add((n6_check_t){.name = "flash-speed-fuse",
                               .outcome = fast ? N6_CHECK_PASSED : N6_CHECK_SKIPPED,
                               .text = fast    ? ""
                                       : known ? "VDDIO3 fuse not set: flash at a quarter of its clock"
                                               : "fuse word not readable: flash at a quarter of its clock",
                               .address = 124u,
                               .expected = 1u << 15,
                               .observed = word});
    return n6_board_map_flash(fast);
}

static void mask_interrupts(void) {
    for (uint32_t i = 0; i < (N6_INTERRUPT_COUNT + 31u) / 32u; i++) {
        N6_NVIC_ICER(i) = 0xFFFFFFFFu;
        N6_NVIC_ICPR(i) = 0xFFFFFFFFu;
    }
}

void n6_port_power(void) {
    if (progress.magic != PROGRESS_MAGIC || progress.running == 0) {
        progress.magic = PROGRESS_MAGIC;
        progress.faulted = 0;
    } else if (progress.running <= 32u) {
        progress.faulted |= 1u << (progress.running - 1u);
    }
    progress.running = 0;
    mask_interrupts(); /* the boot ROM leaves one enabled and another pending */
    SystemInit();
    carry_out(STEP_CLOCK_START, "clock-start", n6_clocks_start);
    carry_out(STEP_CACHES, "caches", enable_caches);
#if N6_BOARD_OVERDRIVE
    const bool powered = carry_out(STEP_VOLTAGE, "core-voltage", n6_board_overdrive);
#else
    const bool powered = true;
#endif
    if (powered) {
        carry_out(STEP_CLOCKS, "clocks", n6_clocks_configure);
    }
    n6_clocks_read_back();
    const bool counting = carry_out(STEP_TICKS, "cycle-counter", n6_clocks_ticks_start);
    carry_out(STEP_MEMORIES, "sram-banks", n6_memories_power);
    carry_out(STEP_ISOLATION, "isolation", n6_memories_isolation);
    carry_out(STEP_FLASH, "flash", map_flash);
#if N6_BOARD_EXTERNAL_RAM
    const bool external = carry_out(STEP_EXTERNAL_RAM, "external-ram", n6_board_map_ram);
#else
    const bool external = false;
#endif
    if (begin(STEP_MEMORY_TEST, "memory-test")) {
        n6_memories_test(external);
        progress.running = 0;
    }
    if (counting && begin(STEP_CLOCK_CHECK, "clock-check")) {
        n6_checks_add(n6_clocks_check());
        progress.running = 0;
    }
    mask_interrupts(); /* drivers enable lines that nothing here answers */
}

/* ---- Link ---------------------------------------------------------------------------------------------------------- */

static UART_HandleTypeDef uart;

/* On the oscillator: the rate of the line survives every change of the PLLs. Its start is not a check: without the link
 * nobody would hear of it. */
void n6_port_init(void) {
    RCC_PeriphCLKInitTypeDef clock = {0};
    clock.PeriphClockSelection = RCC_PERIPHCLK_USART1;
    clock.Usart1ClockSelection = RCC_USART1CLKSOURCE_HSI;
    (void)HAL_RCCEx_PeriphCLKConfig(&clock);
    __HAL_RCC_USART1_CLK_ENABLE();
    __HAL_RCC_GPIOE_CLK_ENABLE();
    GPIO_InitTypeDef pins = {0};
    pins.Pin = GPIO_PIN_5 | GPIO_PIN_6;
    pins.Mode = GPIO_MODE_AF_PP;
    pins.Pull = GPIO_PULLUP;
    pins.Speed = GPIO_SPEED_FREQ_HIGH;
    pins.Alternate = GPIO_AF7_USART1;
    HAL_GPIO_Init(GPIOE, &pins);
    uart.Instance = USART1;
    uart.Init.BaudRate = N6_BOARD_BAUD;
    uart.Init.WordLength = UART_WORDLENGTH_8B;
    uart.Init.StopBits = UART_STOPBITS_1;
    uart.Init.Parity = UART_PARITY_NONE;
    uart.Init.Mode = UART_MODE_TX_RX;
    uart.Init.HwFlowCtl = UART_HWCONTROL_NONE;
    uart.Init.OverSampling = UART_OVERSAMPLING_8;
    uart.Init.ClockPrescaler = UART_PRESCALER_DIV1;
    (void)HAL_UART_Init(&uart);
    (void)HAL_UARTEx_EnableFifoMode(&uart);
    n6_port_ticks_restart();
}

/* Polls: a board on a desk has no need to sleep, and the counters that time it may stop while it does. */
size_t n6_port_receive(uint8_t *bytes, size_t capacity) {
    size_t count = 0;
    while (count == 0) {
        const uint32_t state = USART1->ISR;
        if ((state & (USART_ISR_ORE | USART_ISR_FE | USART_ISR_NE)) != 0) {
            /* A lost byte spoils its frame; the host sends that again. */
            USART1->ICR = USART_ICR_ORECF | USART_ICR_FECF | USART_ICR_NECF;
        }
        while (count < capacity && (USART1->ISR & USART_ISR_RXNE_RXFNE) != 0) {
            bytes[count++] = (uint8_t)USART1->RDR;
        }
    }
    return count;
}

n6_status_t n6_port_send(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        while ((USART1->ISR & USART_ISR_TXE_TXFNF) == 0) {
        }
        USART1->TDR = bytes[i];
    }
    return N6_OK;
}

void n6_port_debug(const char *text) {
    (void)text; /* the one line is the link */
}
