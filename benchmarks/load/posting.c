/* How do events get to the server? By HTTP POST over a few kept connections, or said by the first socket. */

#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 8, MOST_ANSWER = 1 << 18, MOST_BODY = 1 << 20 };
#define PLACE "STAMP"

static struct poster {
    int fd;
    bool busy;
    char answer[MOST_ANSWER];
    size_t length;
} posters[CONNECTIONS];
static char body[MOST_BODY], request[MOST_BODY + 4096];

static char **headers;
static int batches;

int posting_failed, posting_rooms = 1;

static void connect_poster(int number)
{
    struct poster *poster = &posters[number];
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons(options.ports[number % options.port_count]),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1;
    poster->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (poster->fd < 0 || connect(poster->fd, (struct sockaddr *)&there, sizeof there) < 0)
        fail("connect to post");
    setsockopt(poster->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    poster->busy = false;
    poster->length = 0;
    watch(poster->fd, ID_HTTP | number, false);
}

void posting_begin(void)
{
    if (*options.post_headers)
        headers = lines_of(options.post_headers, &posting_rooms);
    if (posting_rooms > MOST_ROOMS)
        fail("too many rooms");
    for (int number = 0; *options.post && number < CONNECTIONS; number++)
        connect_poster(number);
}

/* Writes the items of a batch, one alone without brackets; returns how long that is. */
static size_t write_body(int batch, int64_t sent, int room)
{
    const char *place = strstr(options.item, PLACE);
    size_t before = place - options.item, after = strlen(place + strlen(PLACE)), at = 0;
    if (batch * (before + STAMP_BYTES + after + 1) + 2 > sizeof body)
        fail("a batch is too large");
    if (batch > 1)
        body[at++] = '[';
    for (int item = 0; item < batch; item++) {
        if (item)
            body[at++] = ',';
        memcpy(body + at, options.item, before);
        tally_stamp(body + at + before, sent, room);
        memcpy(body + at + before + STAMP_BYTES, place + strlen(PLACE), after);
        at += before + STAMP_BYTES + after;
    }
    if (batch > 1)
        body[at++] = ']';
    return at;
}

static void post(struct poster *poster, size_t length, int room)
{
    const char *header = headers ? headers[room] : options.post_header;
    int head = snprintf(request, 4096,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n%s%s\r\n",
                        options.post, options.ports[(poster - posters) % options.port_count], length,
                        header, *header ? "\r\n" : "");
    memcpy(request + head, body, length);
    if (send(poster->fd, request, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length))
        fail("post");
    poster->busy = true;
    poster->length = 0;
}

bool posting_send(int batch, int64_t sent)
{
    int room = batches % posting_rooms;
    if (!*options.post) {
        sockets_say(body, write_body(batch, sent, room));
        return true;
    }
    for (int number = 0; number < CONNECTIONS; number++)
        if (!posters[number].busy) {
            post(&posters[number], write_body(batch, sent, room), room);
            batches++;
            return true;
        }
    return false;
}

static bool is_whole(struct poster *poster)
{
    poster->answer[poster->length] = 0;
    char *end = strstr(poster->answer, "\r\n\r\n");
    if (!end)
        return false;
    char *size = strcasestr(poster->answer, "\r\ncontent-length:");
    if (size && size < end)
        return poster->answer + poster->length >= end + 4 + atol(size + strlen("\r\ncontent-length:"));
    char *chunked = strcasestr(poster->answer, "\r\ntransfer-encoding: chunked");
    return !chunked || chunked > end || strstr(end, "\r\n0\r\n\r\n");
}

void posting_event(uint32_t id)
{
    int number = id & ~ID_HTTP;
    struct poster *poster = &posters[number];
    ssize_t got = recv(poster->fd, poster->answer + poster->length, MOST_ANSWER - 1 - poster->length, MSG_DONTWAIT);
    if (got <= 0) {
        posting_failed += poster->busy;
        close(poster->fd);
        connect_poster(number);
        return;
    }
    poster->length += got;
    if (poster->busy && is_whole(poster)) {
        poster->busy = false;
        if (strncmp(poster->answer, "HTTP/1.1 2", 10)) {
            posting_failed++;
            fprintf(stderr, "a post failed: %.300s\n", poster->answer);
        }
    }
}
