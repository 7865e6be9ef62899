/* A serial line at its real speed, between one master and some slaves on pseudo-terminals.
 *
 *   paced_bus BAUD SLAVES strict|lenient
 *
 * A character has 11 bits. A request reaches the slaves when its last character would have been sent and the line has then been silent
 * for t3.5; the answer comes to the master character by character. A request that begins before the line has been silent for t3.5 is
 * counted; a lenient line lets it begin as soon as it may, a strict one loses it, as a slave that keeps the standard does.
 * Says the ports (master first), one a line, then "ready". "stats" on standard input is answered with "requests violations"; "cut" and
 * "join" take the slaves from the line and back. Ends with its standard input. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MOST 32
#define GRACE 20000 /* ns: how exactly a moment can be told here */
#define SPIN 120000 /* ns: the last of a wait is not slept, for a sleep ends late */

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void until(int64_t moment)
{
    if (moment - now() > SPIN) {
        int64_t early = moment - SPIN;
        struct timespec t = {early / 1000000000LL, early % 1000000000LL};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
    while (now() < moment)
        ;
}

static int terminal(int *inner)
{
    int outer;
    struct termios raw;
    char name[128];
    if (openpty(&outer, inner, name, NULL, NULL) < 0)
        exit(1);
    tcgetattr(*inner, &raw);
    cfmakeraw(&raw);
    tcsetattr(*inner, TCSANOW, &raw);
    fcntl(outer, F_SETFL, O_NONBLOCK);
    puts(name);
    return outer;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int baud = atoi(argv[1]), slaves = atoi(argv[2]), strict = strcmp(argv[3], "strict") == 0, joined = 1;
    if (baud < 300 || slaves < 1 || slaves >= MOST)
        return 2;
    int64_t character = 11000000000LL / baud, gap = baud <= 19200 ? 38500000000LL / baud : 1750000;
    int inner[MOST], burst = baud > 19200 ? 4 : 1;
    struct pollfd fds[MOST + 1];
    for (int i = 0; i <= slaves; i++) {
        fds[i].fd = terminal(&inner[i]);
        fds[i].events = POLLIN;
    }
    fds[slaves + 1] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
    puts("ready");
    fflush(stdout);
    uint8_t data[4096];
    char line[64];
    long requests = 0, violations = 0;
    int64_t quiet = now() - 1000000000LL, asked = quiet; /* end of the last character on the line, and of the last request */
    for (;;) {
        if (poll(fds, slaves + 2, -1) < 0)
            return 1;
        int64_t came = now();
        if (fds[slaves + 1].revents) {
            if (fgets(line, sizeof line, stdin) == NULL)
                return 0;
            if (strncmp(line, "stats", 5) == 0) {
                printf("%ld %ld\n", requests, violations);
                fflush(stdout);
            } else
                joined = strncmp(line, "join", 4) == 0;
        }
        if (fds[0].revents & POLLIN) {
            ssize_t n = read(fds[0].fd, data, sizeof data);
            if (n > 0) {
                int early = came < quiet + gap - GRACE;
                requests++;
                violations += early;
                int64_t begin = came < quiet + gap ? quiet + gap : came;
                quiet = asked = begin + n * character;
                until(asked + gap);
                if (joined && !(early && strict))
                    for (int i = 1; i <= slaves; i++)
                        if (write(fds[i].fd, data, n) != n)
                            return 1;
            }
        }
        for (int i = 1; i <= slaves; i++) {
            if (!(fds[i].revents & POLLIN))
                continue;
            ssize_t n = read(fds[i].fd, data, sizeof data);
            if (n <= 0)
                continue;
            int64_t begin = came < asked + gap ? asked + gap : came;
            for (ssize_t sent = 0; sent < n;) {
                ssize_t some = n - sent < burst ? n - sent : burst;
                until(begin + (sent + some) * character);
                if (write(fds[0].fd, data + sent, some) != some)
                    return 1;
                sent += some;
            }
            quiet = begin + n * character;
        }
    }
}
