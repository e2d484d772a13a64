import { PAGE_SIZE } from "../pages.js";
import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";

/** `client.audit`. */
export class Audit {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return a page of the entries that match, newest first. */
  page(query: { q?: string; limit?: number; offset?: number } = {}, options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/audit", { query }, options);
  }

  /** Yield all entries that match once, newest first, although new ones push earlier ones along. */
  async *iterate(q = "", { pageSize = PAGE_SIZE, ...options }: CallOptions & { pageSize?: number } = {}) {
    let last: api.EntryDocument | undefined;
    for (let offset = 0, count = 1; offset < count; offset += pageSize) {
      const page = await this.page({ q, limit: pageSize, offset }, options);
      for (const entry of page.audit_logs) {
        if (last && !comesAfter(entry, last)) continue;
        yield entry;
        last = entry;
      }
      count = page.count;
    }
  }
}

/** Say whether an entry follows another in the server's order: newest first, then by id. */
function comesAfter(entry: api.EntryDocument, last: api.EntryDocument): boolean {
  const [one, other] = [moment(entry.time), moment(last.time)];
  return one < other || (one === other && entry.id > last.id);
}

/** Times have as many digits as they need; texts of one length compare as times do, to the last digit. */
function moment(time: string): string {
  const [whole = "", fraction = ""] = time.replace(/Z$/, "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}
