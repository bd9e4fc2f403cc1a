// A marketplace's client on Node: `ws` with the token in a header; frames are told as the text that they are.
// node ws.mjs URL TOKEN
import { WebSocket } from "ws";
import { obey, tell } from "./lines.mjs";

const [url, token] = process.argv.slice(2);
const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } });
socket.on("open", () => tell({ opened: true }));
socket.on("message", (data, isBinary) => tell(isBinary ? { binary: true } : { text: data.toString() }));
socket.on("unexpected-response", (request, response) => tell({ refused: response.statusCode }));
socket.on("close", (code) => tell({ closed: code }));
socket.on("error", (error) => tell({ error: String(error) }));
obey({ send: (document) => socket.send(JSON.stringify(document)) });
