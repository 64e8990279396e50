/** Asks a Redis on this machine one thing, as one types it into a terminal (its protocol's "inline commands"). */
import { connect } from "node:net";

/**
 * @param {{ port: number, password: string }} connection
 * @param {string} command
 * @param {number} timeoutMs longest wait
 * @returns {Promise<string>} all it answered, `+OK` for the password first; "" when nothing is there or it is no Redis
 */
export function askRedis({ port, password }, command, timeoutMs) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: timeoutMs });
    let answer = "";
    socket.setEncoding("utf8").on("data", (text) => {
      answer += text;
    });
    socket.once("connect", () => socket.write(`AUTH ${password}\r\n${command}\r\nQUIT\r\n`));
    socket.once("timeout", () => socket.destroy());
    socket.once("error", () => {});
    socket.once("close", () => resolve(answer));
  });
}
