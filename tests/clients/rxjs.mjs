// A citas front-end: rxjs' webSocket() with retry(), and nothing sent again after a reconnect.
// node rxjs.mjs URL
import { retry } from "rxjs";
import { webSocket } from "rxjs/webSocket";
import { WebSocket } from "ws";
import { obey, tell } from "./lines.mjs";

const RETRY_DELAY = 200; // ms

const socket = webSocket({
  url: process.argv[2],
  WebSocketCtor: WebSocket,
  openObserver: { next: () => tell({ opened: true }) },
  closeObserver: { next: (event) => tell({ closed: event.code }) },
});
socket.pipe(retry({ delay: RETRY_DELAY })).subscribe({
  next: (frame) => tell({ frame }),
  error: (error) => tell({ error: String(error) }),
  complete: () => tell({ complete: true }),
});
obey({ send: (document) => socket.next(document) });
