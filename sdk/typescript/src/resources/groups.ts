import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";

/** `client.organizations.groups`; groups are given by id. */
export class Groups {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return the groups that the caller may see; `Everyone` has the organization's id. */
  list(organization: string, options?: CallOptions) {
    const input = { path: { organization } };
    return this.#transport.send("get", "/api/v2/organizations/{organization}/groups", input, options);
  }

  /** Return a group. */
  get(group: string, options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/groups/{group}", { path: { group } }, options);
  }

  /** Return a group by its name in any case. */
  named(organization: string, name: string, options?: CallOptions) {
    const input = { path: { organization, name } };
    return this.#transport.send("get", "/api/v2/organizations/{organization}/groups/{name}", input, options);
  }

  /** Return the groups of all organizations that the caller may see, or those asked for. */
  find(query: { organization?: string; has_member?: string } = {}, options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/groups", { query }, options);
  }

  /** Make an empty group. */
  create(organization: string, body: api.GroupCreate, options?: CallOptions) {
    const input = { path: { organization }, body };
    return this.#transport.send("post", "/api/v2/organizations/{organization}/groups", input, options);
  }

  /** Change the given fields, add and remove people; people in both lists are removed. */
  update(group: string, body: api.PatchedGroupUpdate, options?: CallOptions) {
    return this.#transport.send("patch", "/api/v2/groups/{group}", { path: { group }, body }, options);
  }

  /** Delete a group. */
  async delete(group: string, options?: CallOptions): Promise<void> {
    await this.#transport.send("delete", "/api/v2/groups/{group}", { path: { group } }, options);
  }
}
