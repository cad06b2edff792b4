/* SPDX-License-Identifier: Apache-2.0 */
/* The reference device as a program of the host, on a pseudo-terminal of its own: prints "pty /dev/pts/N", ends when
 * standard input does. For tests the environment variable HOST_DEVICE_ROLE makes it misbehave: "crash" fails at once,
 * "talkative" prints something else, "deaf" never reads its terminal. */

#define _XOPEN_SOURCE 600
#define _DEFAULT_SOURCE

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "vector_device.h"

static n6_link_t device_link;
static n6_link_device_t device;
static int terminal;

static void put(void *context, const uint8_t *bytes, size_t length) {
    (void)context;
    while (length > 0) {
        const ssize_t count = write(terminal, bytes, length);
        if (count <= 0) {
            exit(3);
        }
        bytes += count;
        length -= (size_t)count;
    }
}

static void wait_for_end_of_input(void) {
    char ignored[64];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
}

int main(void) {
    const char *role = getenv("HOST_DEVICE_ROLE");
    if (role != NULL && strcmp(role, "crash") == 0) {
        (void)fprintf(stderr, "no such thing\n");
        return 7;
    }
    if (role != NULL && strcmp(role, "talkative") == 0) {
        puts("hello there");
        (void)fflush(stdout);
        wait_for_end_of_input();
        return 0;
    }
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
        return 2;
    }
    /* Held open: reading a terminal that nobody has open fails. */
    const int held = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    struct termios raw;
    if (held < 0 || tcgetattr(held, &raw) != 0) {
        return 2;
    }
    cfmakeraw(&raw);
    (void)tcsetattr(held, TCSANOW, &raw);
    printf("pty %s\n", ptsname(terminal));
    (void)fflush(stdout);
    if (role != NULL && strcmp(role, "deaf") == 0) {
        wait_for_end_of_input();
        return 0;
    }
    vector_device_init(&device);
    device.write = put;
    n6_link_init(&device_link, &device);
    struct pollfd both[2] = {{.fd = terminal, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        if (poll(both, 2, -1) < 0) {
            return 2;
        }
        uint8_t bytes[4096];
        if (both[0].revents & POLLIN) {
            const ssize_t count = read(terminal, bytes, sizeof bytes);
            for (ssize_t i = 0; i < count; i++) {
                (void)n6_link_receive(&device_link, bytes[i]);
            }
        }
        if ((both[1].revents & (POLLIN | POLLHUP)) && read(STDIN_FILENO, bytes, sizeof bytes) <= 0) {
            return 0;
        }
    }
}
