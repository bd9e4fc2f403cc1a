/* How are thousands of sockets opened and read by one process? As RFC 6455 wants it of a client. */

#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_SOCKETS = 32768, AT_ONCE = 64, SOURCES = 8, CHUNK = 1 << 18 };
enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

/* RFC 6455, 1.3: the nonce of its example, and the answer to it. */
#define NONCE "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum state { CONNECTING, UPGRADING, GREETED, READY, CLOSED };
static struct client {
    int fd;
    enum state state;
    char *rest; /* the begin of a frame whose end hasn't come */
    size_t rest_length;
} clients[MOST_SOCKETS];
static int wanted, under_way, failures;
static char chunk[CHUNK + MOST_FRAME];
static char **paths;
static int path_count;

int sockets_opened, sockets_ready, sockets_closed, sockets_in[MOST_ROOMS];
bool sockets_settled = true;

void sockets_begin(void)
{
    paths = lines_of(options.paths, &path_count);
}

/* Masked, as every frame of a client; a mask of zeros would hide what it costs the server, and that we do it. */
static void send_frame(struct client *client, int opcode, const char *payload, size_t length)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t frame[MOST_FRAME + 8] = {0x80 | opcode};
    size_t head = 2;
    if (length >= MOST_FRAME)
        fail("too much to say");
    if (length < 126) {
        frame[1] = 0x80 | length;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = length >> 8;
        frame[3] = length;
        head = 4;
    }
    memcpy(frame + head, mask, 4);
    for (size_t at = 0; at < length; at++)
        frame[head + 4 + at] = payload[at] ^ mask[at % 4];
    if (send(client->fd, frame, head + 4 + length, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
        fail("send");
}

void sockets_say(const char *text, size_t length)
{
    send_frame(&clients[0], TEXT, text, length);
}

static void begin_next(void)
{
    while (sockets_opened < wanted && under_way < AT_ONCE) {
        int id = sockets_opened++;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
        if (fd < 0)
            fail("socket");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        /* One address has too few ports for many rounds of thousands. */
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK + id % SOURCES)}};
        struct sockaddr_in there = {.sin_family = AF_INET,
                                    .sin_port = htons(options.ports[id % options.port_count]),
                                    .sin_addr = {htonl(INADDR_LOOPBACK)}};
        if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
            fail("bind");
        if (connect(fd, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS)
            fail("connect");
        clients[id] = (struct client){.fd = fd, .state = CONNECTING};
        under_way++;
        watch(fd, id, true);
    }
    sockets_settled = sockets_opened == wanted && !under_way;
}

int sockets_open(int count)
{
    wanted += count;
    if (wanted > MOST_SOCKETS)
        fail("too many sockets");
    begin_next();
    int before = failures;
    failures = 0;
    return before;
}

static void settle(struct client *client)
{
    client->state = READY;
    sockets_ready++;
    sockets_in[(client - clients) % posting_rooms]++;
    under_way--;
    begin_next();
}

static void lose(struct client *client)
{
    bool was_ready = client->state == READY;
    close(client->fd);
    client->state = CLOSED;
    sockets_closed++;
    if (!was_ready) {
        failures++;
        under_way--;
        begin_next();
    }
}

static void upgrade(struct client *client, int id)
{
    char request[8192];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " NONCE "\r\n%s%s\r\n",
                          paths[id % path_count], options.ports[id % options.port_count], options.header,
                          *options.header ? "\r\n" : "");
    if (length >= (int)sizeof request || send(client->fd, request, length, MSG_NOSIGNAL) != length) {
        lose(client);
        return;
    }
    client->state = UPGRADING;
    watch_reading(client->fd, id);
}

/* Returns how many bytes the answer to the upgrade takes, 0 where its end hasn't come. */
static size_t read_answer(struct client *client, char *data, size_t length)
{
    char *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    if (length < 12 || memcmp(data, "HTTP/1.1 101", 12) || !memmem(data, end - data, ACCEPT, sizeof ACCEPT - 1)) {
        fprintf(stderr, "refused: %.*s\n", (int)(end - data), data);
        lose(client);
        return length;
    }
    client->state = GREETED;
    if (*options.hello)
        send_frame(client, TEXT, options.hello, strlen(options.hello));
    if (!*options.ready)
        settle(client);
    return end + 4 - data;
}

static void take_text(struct client *client, int id, const char *text, size_t length)
{
    if (client->state == GREETED && memmem(text, length, options.ready, strlen(options.ready)))
        settle(client);
    else if (*options.ping && length == strlen(options.ping) && !memcmp(text, options.ping, length))
        send_frame(client, TEXT, options.pong, strlen(options.pong));
    else if (client->state == READY)
        tally_take(id, text, length);
}

/* Returns how many bytes the frame takes, 0 where its end hasn't come. */
static size_t read_frame(struct client *client, int id, const uint8_t *data, size_t length)
{
    if (length < 2)
        return 0;
    size_t head = 2, size = data[1] & 0x7f;
    if (size == 126) {
        if (length < 4)
            return 0;
        head = 4;
        size = data[2] << 8 | data[3];
    }
    /* 127 is said by its first length: a payload of just so many bytes says 126 and then 127. */
    if (data[1] >= 127 || !(data[0] & 0x80))
        fail("a frame is masked, in pieces or too large");
    if (length < head + size)
        return 0;
    const char *payload = (const char *)data + head;
    switch (data[0] & 0x0f) {
    case TEXT: take_text(client, id, payload, size); break;
    case PING: send_frame(client, PONG, payload, size); break;
    case CLOSE: lose(client); return length;
    }
    return head + size;
}

static void take(struct client *client, int id, char *data, size_t length)
{
    size_t taken = 0;
    while (taken < length && client->state != CLOSED) {
        size_t part = client->state == UPGRADING ? read_answer(client, data + taken, length - taken)
                                                 : read_frame(client, id, (uint8_t *)data + taken, length - taken);
        if (!part)
            break;
        taken += part;
    }
    free(client->rest);
    client->rest = NULL;
    client->rest_length = length - taken;
    if (client->rest_length && client->state != CLOSED) {
        if (client->rest_length > MOST_FRAME)
            fail("a frame is too large");
        if (!(client->rest = malloc(client->rest_length)))
            fail("memory");
        memcpy(client->rest, data + taken, client->rest_length);
    }
}

void sockets_event(uint32_t id, bool writable)
{
    struct client *client = &clients[id];
    if (client->state == CLOSED)
        return;
    if (client->state == CONNECTING && writable) {
        upgrade(client, id);
        return;
    }
    memcpy(chunk, client->rest ? client->rest : "", client->rest ? client->rest_length : 0);
    size_t begin = client->rest ? client->rest_length : 0;
    ssize_t got = recv(client->fd, chunk + begin, CHUNK, 0);
    if (got > 0)
        take(client, id, chunk, begin + got);
    else if (got == 0 || errno != EAGAIN)
        lose(client);
}
