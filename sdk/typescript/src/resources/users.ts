import { byLast, PAGE_SIZE } from "../pages.js";
import { NotFound } from "../errors.js";
import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";

/** `client.users`; users are given by id, by username, or as `me`. */
export class Users {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return a user, by default the token's own. */
  get(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}", { path: { user } }, options);
  }

  /** Return a page of the users that match `q`, by username. */
  page(query: { q?: string; limit?: number; offset?: number; after_id?: string } = {}, options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users", { query }, options);
  }

  /** Yield all users that match `q`, by username, fetching page after page. */
  iterate(q = "", { pageSize = PAGE_SIZE, ...options }: CallOptions & { pageSize?: number } = {}) {
    return byLast(async (after) => {
      const query = { q, limit: pageSize, ...(after && { after_id: after }) };
      return (await this.page(query, options)).users;
    }, pageSize);
  }

  /** Make an account; with `service_account` one for a machine, without an address. */
  create(body: api.UserCreate, options?: CallOptions) {
    return this.#transport.send("post", "/api/v2/users", { body }, options);
  }

  /** Delete a user; their keys end at once. */
  async delete(user: string, options?: CallOptions): Promise<void> {
    await this.#transport.send("delete", "/api/v2/users/{user}", { path: { user } }, options);
  }

  /** Change the username and the real name; both are replaced. */
  rename(body: api.ProfileUpdate, user = "me", options?: CallOptions) {
    return this.#transport.send("put", "/api/v2/users/{user}/profile", { path: { user }, body }, options);
  }

  /** Suspend a user: their keys answer 401 until they are activated. */
  suspend(user: string, options?: CallOptions) {
    return this.#transport.send("put", "/api/v2/users/{user}/status/suspend", { path: { user } }, options);
  }

  /** End a suspension or dormancy. */
  activate(user: string, options?: CallOptions) {
    return this.#transport.send("put", "/api/v2/users/{user}/status/activate", { path: { user } }, options);
  }

  /** Return the roles of a user: site roles, and those in each organization. */
  roles(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/roles", { path: { user } }, options);
  }

  /** Replace the site roles of another user. */
  setRoles(user: string, roles: string[], options?: CallOptions) {
    return this.#transport.send("put", "/api/v2/users/{user}/roles", { path: { user }, body: { roles } }, options);
  }

  /** Return the site roles, with what each grants. */
  siteRoles(options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/roles", {}, options);
  }

  /** Return how the token's own user signs in. */
  loginType(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/login-type", { path: { user } }, options);
  }

  /** Return the kinds of notices, and which of them a user gets by mail. */
  notices(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/notices", { path: { user } }, options);
  }

  /** Have a user get all notices but these. */
  async muteNotices(muted: string[], user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("put", "/api/v2/users/{user}/notices", { path: { user }, body: { muted } }, options);
  }

  /** Return the organizations that a user belongs to. */
  organizations(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/organizations", { path: { user } }, options);
  }

  /** Return an organization of a user by its name. */
  organization(name: string, user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/organizations/{name}", { path: { user, name } }, options);
  }

  /** Say whether there is a user yet, or the installation is new. */
  async firstExists(options?: CallOptions): Promise<boolean> {
    try {
      await this.#transport.send("get", "/api/v2/users/first", {}, options);
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
    return true;
  }

  /** Make the first owner of a new installation; needs no token. */
  createFirst(body: api.FirstUserCreate, options?: CallOptions) {
    return this.#transport.send("post", "/api/v2/users/first", { body }, options);
  }
}
