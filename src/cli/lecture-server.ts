/** A web server for exactly one page, reachable from this computer only. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { badValue } from "../base/usage-error.ts";

export interface LectureServer {
  readonly url: string;
  /** Settles when the server has closed. */
  readonly closed: Promise<void>;
  close(): void;
}

/** @throws UsageError when `port` is taken. */
export async function serveLecture(page: string, port: number): Promise<LectureServer> {
  const server = createServer(({ method, url }, response) => {
    const isPage = (method === "GET" || method === "HEAD") && /^\/(?:[?#]|$)/.test(url ?? "");
    response.writeHead(isPage ? 200 : 404, {
      "content-type": isPage ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.end(method === "HEAD" ? undefined : isPage ? page : "There is one page here: /\n");
  });
  await new Promise<void>((ready, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", ready);
  }).catch((error: NodeJS.ErrnoException) => {
    throw badValue("--port", port, `it cannot be used (${error.code}); choose another, or 0`);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}/`,
    closed: new Promise((done) => {
      server.once("close", done);
    }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
