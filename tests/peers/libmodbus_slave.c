/* A Modbus slave on libmodbus, for the tests: an implementation that is not ours.
 *
 *   libmodbus_slave rtu PATH BAUD UNIT SIZE [table:address:value ...]
 *   libmodbus_slave tcp PORT UNIT SIZE [table:address:value ...]
 *
 * SIZE is the number of addresses of each table: beyond it the slave answers with exception 2. Tables are h, i, c and d.
 * Says "ready" when it can be asked, and ends with its standard input. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <unistd.h>

static modbus_mapping_t *map;

static int fill(int argc, char **argv, int from)
{
    for (int i = from; i < argc; i++) {
        char table;
        int address, value;
        if (sscanf(argv[i], "%c:%d:%d", &table, &address, &value) != 3)
            return 0;
        switch (table) {
        case 'h': map->tab_registers[address] = (uint16_t)value; break;
        case 'i': map->tab_input_registers[address] = (uint16_t)value; break;
        case 'c': map->tab_bits[address] = (uint8_t)value; break;
        case 'd': map->tab_input_bits[address] = (uint8_t)value; break;
        default: return 0;
        }
    }
    return 1;
}

static int over(int fd) /* wait for a request or for the end of our input */
{
    struct pollfd fds[2] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    poll(fds, 2, -1);
    return fds[1].revents != 0;
}

static void serve(modbus_t *ctx, int stay)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    while (!over(modbus_get_socket(ctx))) {
        int length = modbus_receive(ctx, query);
        if (length == 0) /* a question to another unit: let libmodbus wait for that unit's reply now, not when we are asked next */
            modbus_receive(ctx, query);
        if (length > 0)
            modbus_reply(ctx, query, length, map);
        else if (length < 0 && !stay)
            return;
    }
    exit(0);
}

int main(int argc, char **argv)
{
    int rtu = argc > 1 && strcmp(argv[1], "rtu") == 0;
    int at = rtu ? 4 : 3;
    if (argc < at + 2)
        return 2;
    int unit = atoi(argv[at]), size = atoi(argv[at + 1]);
    map = modbus_mapping_new(size, size, size, size);
    if (map == NULL || !fill(argc, argv, at + 2))
        return 2;
    modbus_t *ctx = rtu ? modbus_new_rtu(argv[2], atoi(argv[3]), 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argv[2]));
    if (ctx == NULL || modbus_set_slave(ctx, unit) < 0)
        return 2;
    int listener = rtu ? modbus_connect(ctx) : modbus_tcp_listen(ctx, 4);
    if (listener < 0) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    if (rtu)
        serve(ctx, 1);
    while (!over(listener)) {
        modbus_tcp_accept(ctx, &listener);
        serve(ctx, 0);
        modbus_close(ctx);
    }
    return 0;
}
