/* SPDX-License-Identifier: Apache-2.0 */
/* Port for the host board: the same application as a process of Linux or macOS. The link is a pseudo-terminal whose
 * path is printed as "pty <path>" in the first line of standard output; ticks are monotonic microseconds. The process
 * ends when its standard input does, so it never outlives who started it. */

#define _XOPEN_SOURCE 700
#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _DEFAULT_SOURCE
#endif

#include "n6_port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "n6_application.h"
#include "n6_board.h"

static int link_fd = -1;
static uint64_t ticks_start;

/* The application runs on a stack of the size that the board description gives, so that its use can be told as on a
 * chip. Sanitizers need much more for the same functions. */
#if defined(__SANITIZE_ADDRESS__)
#define STACK_FACTOR 8u
#else
#define STACK_FACTOR 1u
#endif
#define STACK_BYTES (N6_BOARD_STACK_BYTES * STACK_FACTOR)
static uint8_t stack[STACK_BYTES] __attribute__((aligned(16384)));

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "host board: %s: %s\n", what, strerror(errno));
    exit(1);
}

void n6_port_init(void) {
    link_fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (link_fd < 0 || grantpt(link_fd) != 0 || unlockpt(link_fd) != 0) {
        fail("no pseudo-terminal");
    }
    const char *path = ptsname(link_fd);
    if (path == NULL) {
        fail("pseudo-terminal without a name");
    }
    /* This end of the other side stays open for good: without it, reads fail between two visits of the host, and
     * the raw mode set here would be forgotten. */
    const int held = open(path, O_RDWR | O_NOCTTY);
    struct termios mode;
    if (held < 0 || tcgetattr(held, &mode) != 0) {
        fail(path);
    }
    mode.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
    mode.c_oflag &= ~(tcflag_t)OPOST;
    mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    mode.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    mode.c_cflag |= (tcflag_t)CS8;
    if (tcsetattr(held, TCSANOW, &mode) != 0 || fcntl(link_fd, F_SETFL, O_NONBLOCK) != 0) {
        fail(path);
    }
    printf("pty %s\n", path);
    fflush(stdout);
    n6_port_ticks_restart();
}

/* Waits until the link is ready for `events`; ends the process when standard input has ended. */
static void wait_for_link(short events) {
    struct pollfd polled[2] = {{link_fd, events, 0}, {STDIN_FILENO, POLLIN, 0}};
    for (;;) {
        if (poll(polled, 2, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("poll");
        }
        if (polled[1].revents != 0) {
            char ignored[256];
            const ssize_t count = read(STDIN_FILENO, ignored, sizeof ignored);
            if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
                exit(0);
            }
        }
        if (polled[0].revents != 0) {
            return;
        }
    }
}

size_t n6_port_receive(uint8_t *bytes, size_t capacity) {
    for (;;) {
        wait_for_link(POLLIN);
        const ssize_t count = read(link_fd, bytes, capacity);
        if (count > 0) {
            return (size_t)count;
        }
        if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            fail("link");
        }
    }
}

n6_status_t n6_port_send(const uint8_t *bytes, size_t count) {
    while (count > 0) {
        const ssize_t sent = write(link_fd, bytes, count);
        if (sent > 0) {
            bytes += sent;
            count -= (size_t)sent;
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return N6_ERROR_HARDWARE;
        } else {
            wait_for_link(POLLOUT);
        }
    }
    return N6_OK;
}

static uint64_t microseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        fail("clock");
    }
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void n6_port_ticks_restart(void) {
    ticks_start = microseconds();
}

uint64_t n6_port_ticks(void) {
    return microseconds() - ticks_start;
}

void n6_port_restart(void) {
}

void n6_port_debug(const char *text) {
    fputs(text, stderr);
}

n6_port_stack_t n6_port_stack(void) {
    const n6_port_stack_t whole = {stack, sizeof stack};
    return whole;
}

size_t n6_port_static_ram_bytes(void) {
    return 0; /* a process has the variables of its C library too: no figure that compares with a chip's */
}

const n6_port_fault_t *n6_port_fault(void) {
    return NULL; /* a fault ends the process; its signal and the sanitizer's text tell more than a record */
}

void n6_port_fault_clear(void) {
}

void n6_port_fault_context(uint32_t context) {
    (void)context;
}

static void *run(void *unused) {
    (void)unused;
    n6_application_run();
    return NULL;
}

int main(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    errno = pthread_attr_init(&attributes);
    if (errno == 0) {
        errno = pthread_attr_setstack(&attributes, stack, sizeof stack);
    }
    if (errno == 0) {
        errno = pthread_create(&thread, &attributes, run, NULL);
    }
    if (errno == 0) {
        errno = pthread_join(thread, NULL);
    }
    if (errno != 0) {
        fail("application thread");
    }
    return 0;
}

n6_port_tick_scale_t n6_port_tick_scale(void) {
    const n6_port_tick_scale_t scale = {1, 1};
    return scale;
}

size_t n6_port_clocks(const n6_port_clock_t **clocks) {
    *clocks = NULL;
    return 0;
}
