// A back-end that posts with axios; tells the status, and the body as axios gives it: parsed where it is JSON.
// node axios.mjs BASE_URL
import axios from "axios";
import { obey, tell } from "./lines.mjs";

const client = axios.create({ baseURL: process.argv[2], timeout: 5000 });
obey({
  post: async ({ path, body, headers }) => {
    try {
      const { status, data } = await client.post(path, body, { headers });
      tell({ status, data });
    } catch (error) {
      tell({ status: error.response?.status ?? null, data: error.response?.data ?? String(error) });
    }
  },
});
