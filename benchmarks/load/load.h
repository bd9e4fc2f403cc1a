/* A WebSocket load: many sockets on one epoll loop, and who publishes to them. Shared by the files of this folder. */

#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_PORTS = 8, MOST_BATCH = 1000, MOST_ROOMS = 256, STAMP_BYTES = 31, MOST_FRAME = 1 << 16 };

/* What the command line said; a text that wasn't given is "" (main.c). */
struct options {
    int ports[MOST_PORTS], port_count;
    const char *paths;                /* file: the request target of each socket, a line each, again from the start */
    const char *header;               /* of the upgrades */
    const char *hello, *ready;        /* sent after the 101; in the frame that says that the socket may be counted */
    const char *ping, *pong;          /* text frames of protocols that ping by themselves */
    const char *post, *post_header;   /* where events are posted to; "" = the first socket says them */
    const char *post_headers;         /* file: a header for each of several rooms, a line each; "" = one room */
    const char *item;                 /* one event, STAMP in it stands for number and time */
    const char *patience;             /* s without any progress after which what hasn't come is missing */
};
extern struct options options;

void fail(const char *what);          /* says why on stderr and ends the process */
char **lines_of(const char *path, int *count);  /* of a file; fails where there are none */
int64_t now(void);                    /* ns of the clock that all processes share */

/* main.c: who waits for what. The id comes back in the event. */
enum { ID_HTTP = 1 << 30, ID_INPUT = 1 << 29 };
void watch(int fd, uint32_t id, bool for_writing);
void watch_reading(int fd, uint32_t id);

/* sockets.c: the crowd */
void sockets_begin(void);
int sockets_open(int count);          /* so many more; returns how many failed */
void sockets_event(uint32_t id, bool writable);
void sockets_say(const char *text, size_t length);  /* the first socket sends it */
extern int sockets_opened, sockets_ready, sockets_closed;  /* numbered from 0 as they are opened */
extern int sockets_in[MOST_ROOMS];    /* ready ones: socket n is in room n % posting_rooms */
extern bool sockets_settled;          /* nobody is between connect and ready */

/* tally.c: which event came to whom, and when */
void tally_take(int socket, const char *text, size_t length);
void tally_stamp(char *to, int64_t sent, int room);  /* writes STAMP_BYTES: the next event's number, when it was sent */
void tally_begin(void);               /* counts start at zero; numbers go on */
extern int tally_events, tally_complete;    /* sent; at every socket of their room */
extern int64_t tally_expected, tally_deliveries, tally_doubled, tally_strayed, tally_last, tally_frame_bytes;
double tally_quantile(double share);  /* µs */

/* posting.c: how events get to the server */
void posting_begin(void);
bool posting_send(int batch, int64_t sent);  /* to the next room; false: every connection is busy */
void posting_event(uint32_t id);
extern int posting_failed, posting_rooms;

#endif
