/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_STATUS_H
#define N6_STATUS_H

/* What a library function answers. Every function of the library returns one. */
typedef enum {
    N6_OK = 0,
    N6_ERROR_ARGUMENT,  /* a parameter is out of its documented range */
    N6_ERROR_SCRATCH,   /* the scratch buffer given is smaller than the function needs */
    N6_ERROR_CAPACITY,  /* a caller's buffer is too small for the result; what fits was written */
    N6_ERROR_WEIGHTS,   /* the weights image has a wrong magic, length, version or CRC */
    N6_ERROR_FORMAT,    /* bytes from outside are not what the protocol describes */
    N6_ERROR_TIMEOUT,
    N6_ERROR_HARDWARE
} n6_status_t;

#endif
