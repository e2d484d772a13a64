import { byNumber, PAGE_SIZE } from "../pages.js";
import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";
import { Groups } from "./groups.js";

/** `client.organizations`; organizations are given by id, by name, or as `default`. */
export class Organizations {
  readonly members: Members;
  readonly roles: OrganizationRoles;
  readonly groups: Groups;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.members = new Members(transport);
    this.roles = new OrganizationRoles(transport);
    this.groups = new Groups(transport);
  }

  /** Return the organizations that the caller may see. */
  list(options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/organizations", {}, options);
  }

  /** Return an organization, by default the default one. */
  get(organization = "default", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/organizations/{organization}", { path: { organization } }, options);
  }

  /** Make an organization; the caller becomes its first member. */
  create(body: api.OrganizationCreate, options?: CallOptions) {
    return this.#transport.send("post", "/api/v2/organizations", { body }, options);
  }

  /** Change the given fields; the others stay as they are. */
  update(organization: string, body: api.PatchedOrganizationUpdate, options?: CallOptions) {
    const input = { path: { organization }, body };
    return this.#transport.send("patch", "/api/v2/organizations/{organization}", input, options);
  }

  /** Delete an organization that has no groups, and at most one member. */
  async delete(organization: string, options?: CallOptions): Promise<void> {
    await this.#transport.send("delete", "/api/v2/organizations/{organization}", { path: { organization } }, options);
  }
}

/** `client.organizations.members`. */
export class Members {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return the members that the caller may see, or those that match `q`. */
  list(organization: string, query: { q?: string } = {}, options?: CallOptions) {
    const input = { path: { organization }, query };
    return this.#transport.send("get", "/api/v2/organizations/{organization}/members", input, options);
  }

  /** Return a page of the members by name, for callers who may read every member. */
  page(organization: string, query: { limit?: number; offset?: number } = {}, options?: CallOptions) {
    const input = { path: { organization }, query };
    return this.#transport.send("get", "/api/v2/organizations/{organization}/paginated-members", input, options);
  }

  /** Yield the members by name; who joins or leaves meanwhile may shift others past a cut. */
  iterate(organization: string, { pageSize = PAGE_SIZE, ...options }: CallOptions & { pageSize?: number } = {}) {
    return byNumber(async (offset) => {
      const page = await this.page(organization, { limit: pageSize, offset }, options);
      return { items: page.members, count: page.count };
    }, pageSize);
  }

  /** Add a user, without a role. */
  add(organization: string, user: string, options?: CallOptions) {
    const input = { path: { organization, user } };
    return this.#transport.send("post", "/api/v2/organizations/{organization}/members/{user}", input, options);
  }

  /** Remove a user, also from the organization's groups. */
  async remove(organization: string, user: string, options?: CallOptions): Promise<void> {
    const input = { path: { organization, user } };
    await this.#transport.send("delete", "/api/v2/organizations/{organization}/members/{user}", input, options);
  }

  /** Replace the roles of another user in the organization. */
  setRoles(organization: string, user: string, roles: string[], options?: CallOptions) {
    const input = { path: { organization, user }, body: { roles } };
    return this.#transport.send("put", "/api/v2/organizations/{organization}/members/{user}/roles", input, options);
  }
}

/** `client.organizations.roles`: built-in ones and the organization's own. */
export class OrganizationRoles {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return the roles, what they grant, and whether the caller may hand them out. */
  list(organization: string, options?: CallOptions) {
    const input = { path: { organization } };
    return this.#transport.send("get", "/api/v2/organizations/{organization}/members/roles", input, options);
  }

  /** Make a role. It can only grant what the caller holds there. */
  create(organization: string, body: api.CustomRoleWrite, options?: CallOptions) {
    const input = { path: { organization }, body };
    return this.#transport.send("post", "/api/v2/organizations/{organization}/members/roles", input, options);
  }

  /** Replace one of the organization's own roles completely. */
  replace(organization: string, body: api.CustomRoleWrite, options?: CallOptions) {
    const input = { path: { organization }, body };
    return this.#transport.send("put", "/api/v2/organizations/{organization}/members/roles", input, options);
  }

  /** Delete a role; its holders lose it. */
  async delete(organization: string, name: string, options?: CallOptions): Promise<void> {
    const input = { path: { organization, role_name: name } };
    await this.#transport.send("delete", "/api/v2/organizations/{organization}/members/roles/{role_name}", input, options);
  }
}
