/* What does a delivery cost at least? Every posted body goes out by one send() for each socket, as one finished frame.

   Knows only what the load says: upgrades with the nonce of RFC 6455's example, and POSTs that come in one piece. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, EVENTS = 512 };

static int members[MOST], member_count, poll_fd;
static bool is_member[MOST];
static char data[MOST], frame[MOST + 4];

static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char posted[] = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int listening(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(fd, 1024) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static void accept_all(int listener)
{
    for (int fd, on = 1; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(fd);
    }
}

static void leave(int fd)
{
    for (int each = 0; is_member[fd] && each < member_count; each++)
        if (members[each] == fd)
            members[each] = members[--member_count];
    is_member[fd] = false;
    close(fd);
}

/* The length of the finished frame around a body. */
static size_t build(const char *body, size_t length)
{
    size_t head = length < 126 ? 2 : 4;
    frame[0] = (char)0x81;
    frame[1] = length < 126 ? length : 126;
    if (head == 4) {
        frame[2] = length >> 8;
        frame[3] = length;
    }
    memcpy(frame + head, body, length);
    return head + length;
}

static void fan_out(const char *body, size_t length)
{
    size_t size = build(body, length);
    for (int each = 0; each < member_count; each++)
        send(members[each], frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void take(int fd)
{
    ssize_t got = recv(fd, data, sizeof data - 1, 0);
    if (got <= 0) {
        leave(fd);
        return;
    }
    if (is_member[fd])
        return;
    data[got] = 0;
    char *body = strstr(data, "\r\n\r\n");
    if (!strncmp(data, "POST ", 5) && body) {
        send(fd, posted, sizeof posted - 1, MSG_NOSIGNAL);
        fan_out(body + 4, data + got - body - 4);
    } else {
        send(fd, upgraded, sizeof upgraded - 1, MSG_NOSIGNAL);
        is_member[fd] = true;
        members[member_count++] = fd;
    }
}

int main(int count, char **words)
{
    int listener = listening(count > 1 ? atoi(words[1]) : 8080);
    poll_fd = epoll_create1(0);
    watch(listener);
    for (struct epoll_event events[EVENTS];;)
        for (int each = 0, all = epoll_wait(poll_fd, events, EVENTS, -1); each < all; each++)
            events[each].data.fd == listener ? accept_all(listener) : take(events[each].data.fd);
}
