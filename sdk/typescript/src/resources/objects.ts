import type * as api from "../schema.js";
import { PAGE_SIZE } from "../pages.js";
import type { CallOptions, Transport } from "../transport.js";

/** Whose objects. */
export interface ObjectFilter {
  owner_id?: string;
  organization_id?: string;
}

/** `client.objects`: your service's own objects, so that checks can name their ids. */
export class Objects {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Register an object, or replace it completely; `owner_id` may be `me`. */
  put(resourceType: string, resourceId: string, body: api.ObjectWrite, options?: CallOptions) {
    const input = { ...at(resourceType, resourceId), body };
    return this.#transport.send("put", "/api/v2/objects/{resource_type}/{resource_id}", input, options);
  }

  /** Return a registered object. */
  get(resourceType: string, resourceId: string, options?: CallOptions) {
    const input = at(resourceType, resourceId);
    return this.#transport.send("get", "/api/v2/objects/{resource_type}/{resource_id}", input, options);
  }

  /** Forget an object. */
  async delete(resourceType: string, resourceId: string, options?: CallOptions): Promise<void> {
    const input = at(resourceType, resourceId);
    await this.#transport.send("delete", "/api/v2/objects/{resource_type}/{resource_id}", input, options);
  }

  /** Return a page of the objects of a type that the caller may read, by id. */
  page(
    resourceType: string,
    query: ObjectFilter & { limit?: number; after_id?: string } = {},
    options?: CallOptions,
  ) {
    const input = { path: { resource_type: resourceType }, query };
    return this.#transport.send("get", "/api/v2/objects/{resource_type}", input, options);
  }

  /** Yield the objects of a type by id, fetching page after page. */
  async *iterate(
    resourceType: string,
    { pageSize = PAGE_SIZE, owner_id, organization_id, ...options }: ObjectFilter &
      CallOptions & { pageSize?: number } = {},
  ) {
    const filter = { ...(owner_id && { owner_id }), ...(organization_id && { organization_id }) };
    let last: string | undefined;
    for (;;) {
      const query = { ...filter, limit: pageSize, ...(last && { after_id: last }) };
      const page = await this.page(resourceType, query, options);
      yield* page.objects;
      if (!page.next_after_id) return;
      last = page.next_after_id;
    }
  }

  /** Register, replace and delete up to 1,000 objects: all of them, or none. */
  bulk(body: api.ObjectsChange, options?: CallOptions) {
    return this.#transport.send("post", "/api/v2/objects/bulk", { body }, options);
  }
}

function at(resourceType: string, resourceId: string): { path: { resource_type: string; resource_id: string } } {
  return { path: { resource_type: resourceType, resource_id: resourceId } };
}
