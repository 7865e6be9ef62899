/* A Python for tests that is warm already: it has the station's libraries loaded before it is asked to run anything.
 *
 * Started like Python. The program and the peers of the tests are run by a fork of warm.py, which gets our arguments, environment,
 * folder and standard streams; we stay in its place: its signals come through us, its end is ours. Anything else is run by the real one.
 * Compiled with PYTHON (the real one), SOCKET (where warm.py listens) and PEERS (the folder of the peers). */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static volatile pid_t runner = 0;

static void pass_on(int number) {
    if (runner > 0)
        kill(runner, number);
}

static char *text;
static uint32_t size, room;

static void add(const char *what) {
    uint32_t length = strlen(what) + 1;
    if (size + length > room) {
        room = 2 * (size + length);
        if ((text = realloc(text, room)) == NULL)
            exit(125);
    }
    memcpy(text + size, what, length);
    size += length;
}

static int32_t told(int line) {
    int32_t number;
    if (recv(line, &number, sizeof number, MSG_WAITALL) != sizeof number)
        exit(125);
    return number;
}

int main(int count, char **arguments) {
    int program = count > 2 && strcmp(arguments[1], "-m") == 0 && strcmp(arguments[2], "cityops_desktop") == 0;
    int peer = count > 1 && strncmp(arguments[1], PEERS "/", strlen(PEERS "/")) == 0;
    if (!program && !peer) {
        arguments[0] = PYTHON;
        execv(PYTHON, arguments);
        return 126;
    }
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    strncpy(place.sun_path, SOCKET, sizeof place.sun_path - 1);
    int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line < 0 || connect(line, (struct sockaddr *)&place, sizeof place) != 0) {
        perror(SOCKET);
        return 125;
    }
    int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    for (unsigned n = 0; n < sizeof forwarded / sizeof *forwarded; n++)
        signal(forwarded[n], pass_on);

    char folder[4096], number[16];
    add(getcwd(folder, sizeof folder) ? folder : "/");
    snprintf(number, sizeof number, "%d", count - 1);
    add(number);
    for (int n = 1; n < count; n++)
        add(arguments[n]);
    for (char **one = environ; *one; one++)
        add(*one);

    int streams[] = {0, 1, 2};
    char control[CMSG_SPACE(sizeof streams)] = {0};
    struct iovec head = {&size, sizeof size};
    struct msghdr message = {.msg_iov = &head, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *bag = CMSG_FIRSTHDR(&message);
    bag->cmsg_level = SOL_SOCKET;
    bag->cmsg_type = SCM_RIGHTS;
    bag->cmsg_len = CMSG_LEN(sizeof streams);
    memcpy(CMSG_DATA(bag), streams, sizeof streams);
    if (sendmsg(line, &message, 0) != sizeof size)
        return 125;
    for (uint32_t sent = 0; sent < size;) {
        ssize_t now = send(line, text + sent, size - sent, 0);
        if (now <= 0)
            return 125;
        sent += now;
    }
    runner = told(line);
    for (int stream = 0; stream < 3; stream++)
        close(stream); /* whoever reads must see the end when the runner closes them */
    int32_t status = told(line);
    if (WIFSIGNALED(status)) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
