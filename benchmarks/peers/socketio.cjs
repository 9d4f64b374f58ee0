"use strict";
// socket.io with its rooms, over WebSocket. Prints its port.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  const room = socket.handshake.query.room;
  socket.join(room);
  socket.on("flight", (flight) => io.to(room).emit("flight", { data: flight }));
});
http.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log("port", http.address().port));
