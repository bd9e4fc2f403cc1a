// How do a test and a client tell each other things? A JSON document a line: orders on stdin, what was seen on stdout.
import { createInterface } from "node:readline";

export const tell = (seen) => process.stdout.write(`${JSON.stringify(seen)}\n`);

// Ends the process when the test closes its end.
export const obey = (orders) => {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const [[name, value]] = Object.entries(JSON.parse(line));
    orders[name](value);
  });
  lines.on("close", () => process.exit(0));
};
