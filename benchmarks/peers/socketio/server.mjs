// What does Socket.IO cost, as its tutorial writes a chat? Whatever a client says goes to everyone.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  socket.on("event", (message) => {
    io.emit("event", message);
  });
});

http.listen(Number(process.argv[2]), "127.0.0.1");
