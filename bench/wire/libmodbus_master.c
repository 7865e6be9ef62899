/* libmodbus in C as the master that is measured beside ours: libmodbus_master PATH BAUD SECONDS. Prints reads, seconds and wrong reads. */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    uint16_t got[10];
    long reads = 0, wrong = 0;
    if (argc != 4)
        return 2;
    modbus_t *ctx = modbus_new_rtu(argv[1], atoi(argv[2]), 'N', 8, 1);
    if (ctx == NULL || modbus_set_slave(ctx, 1) < 0 || modbus_connect(ctx) < 0)
        return 1;
    double begin = now(), end = begin + atof(argv[3]);
    while (now() < end) {
        if (modbus_read_registers(ctx, 0, 10, got) != 10)
            continue;
        reads++;
        for (int i = 0; i < 10; i++)
            wrong += got[i] != 100 + i;
    }
    printf("%ld %.6f %ld\n", reads, now() - begin, wrong);
    return 0;
}
