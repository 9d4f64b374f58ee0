"use strict";
// Node's ws as its README does a broadcast: send to each member of the room. Prints its port.
const { WebSocketServer } = require("ws");

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });

server.on("connection", (socket, request) => {
  if (!rooms.has(request.url)) rooms.set(request.url, new Set());
  const room = rooms.get(request.url);
  room.add(socket);
  socket.on("message", (message) => {
    const data = `{"data":${message}}`;
    for (const member of room) member.send(data);
  });
  socket.on("close", () => room.delete(socket));
});
server.on("listening", () => console.log("port", server.address().port));
