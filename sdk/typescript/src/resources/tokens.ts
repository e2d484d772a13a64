import { keyId, NewKey, RotatedKey } from "../keys.js";
import type { Scope } from "../scopes.js";
import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";

/** Durations are milliseconds here, nanoseconds on the wire. */
const NANOSECONDS = 1_000_000;

/** An API token as it should be. */
export interface TokenWish {
  /** At least one: for the server none would mean all. `Scope.CoderAll` is all of them. */
  scopes: readonly [Scope, ...Scope[]];
  name?: string;
  /** Entries `type:id`, with `*` for any. */
  allowList?: readonly string[];
  /** Milliseconds; by default the server's. */
  lifetime?: number;
  /** Whether each use moves its end; by default the server's. */
  renews?: boolean;
}

/** `client.tokens`: API tokens and session keys. Of a whole key only its id is ever sent. */
export class Tokens {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Make an API token limited to these scopes; its secret is shown only this once. */
  async create(wish: TokenWish, user = "me", options?: CallOptions): Promise<NewKey> {
    if (!wish.scopes.length) throw new RangeError("Name at least one scope; Scope.CoderAll is all of them.");
    const body: api.TokenCreate = {
      scopes: [...wish.scopes],
      ...(wish.name !== undefined && { token_name: wish.name }),
      ...(wish.allowList && { allow_list: [...wish.allowList] }),
      ...(wish.lifetime !== undefined && { lifetime: Math.round(wish.lifetime * NANOSECONDS) }),
      ...(wish.renews !== undefined && { renews: wish.renews }),
    };
    const made = await this.#transport.send("post", "/api/v2/users/{user}/keys/tokens", { path: { user }, body }, options);
    return new NewKey(made.key);
  }

  /** Make a key with the full scope and the default lifetime; lists do not show it. */
  async createSessionKey(user = "me", options?: CallOptions): Promise<NewKey> {
    const made = await this.#transport.send("post", "/api/v2/users/{user}/keys", { path: { user } }, options);
    return new NewKey(made.key);
  }

  /** Return the tokens of a user; with `everybody` all that the caller may see. */
  list(
    user = "me",
    {
      everybody = false,
      limit,
      offset,
      ...options
    }: CallOptions & { everybody?: boolean; limit?: number; offset?: number } = {},
  ) {
    const query = {
      ...(everybody && { include_all: true }),
      ...(limit !== undefined && { limit }),
      ...(offset !== undefined && { offset }),
    };
    return this.#transport.send("get", "/api/v2/users/{user}/keys/tokens", { path: { user }, query }, options);
  }

  /** Return a key by its id. */
  get(key: string, user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/keys/{key_id}", at(key, user), options);
  }

  /** Return a token by its name. */
  getByName(name: string, user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/keys/tokens/{name}", { path: { user, name } }, options);
  }

  /** End a key at once. */
  async delete(key: string, user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("delete", "/api/v2/users/{user}/keys/{key_id}", at(key, user), options);
  }

  /** End a key now and keep what it was. */
  async expire(key: string, user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("put", "/api/v2/users/{user}/keys/{key_id}/expire", at(key, user), options);
  }

  /** Have a key refused until it is resumed, and the keys that it made. */
  async pause(key: string, user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("put", "/api/v2/users/{user}/keys/{key_id}/pause", at(key, user), options);
  }

  /** Let a paused key work again. */
  async resume(key: string, user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("put", "/api/v2/users/{user}/keys/{key_id}/resume", at(key, user), options);
  }

  /** Give a token a new secret; the old one works for the grace, in milliseconds (none: not at all). */
  async rotate(
    key: string,
    wish: { grace?: number; scopes?: readonly [Scope, ...Scope[]] } = {},
    user = "me",
    options?: CallOptions,
  ): Promise<RotatedKey> {
    const body: api.KeyRotate = {
      ...(wish.grace !== undefined && { grace: Math.round(wish.grace * NANOSECONDS) }),
      ...(wish.scopes && { scopes: [...wish.scopes] }),
    };
    const input = { ...at(key, user), body };
    const made = await this.#transport.send("post", "/api/v2/users/{user}/keys/{key_id}/rotate", input, options);
    return new RotatedKey(made.key, made.old_valid_until);
  }

  /** Return what a key was used for, by the hour. */
  usage(key: string, user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/keys/{key_id}/usage", at(key, user), options);
  }

  /** Return what a new token may be. */
  config(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/keys/tokens/tokenconfig", { path: { user } }, options);
  }

  /** Return the sessions of a user, newest first; end one with `delete`. */
  sessions(user = "me", options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/{user}/sessions", { path: { user } }, options);
  }

  /** End a user's sessions; return how many. Spares the one that asks unless `withOwn`. */
  async endSessions(
    user = "me",
    { withOwn = false, ...options }: CallOptions & { withOwn?: boolean } = {},
  ): Promise<number> {
    const query = withOwn ? { all: true } : {};
    const done = await this.#transport.send("delete", "/api/v2/users/{user}/sessions", { path: { user }, query }, options);
    return done.ended;
  }

  /** Return what somebody's token is good for (RFC 7662). It counts as a use of that token. */
  introspect(token: string, options?: CallOptions) {
    return this.#transport.send("post", "/oauth2/introspect", { body: { token } }, options);
  }

  /** End the key of a token that one has, whosever it is (RFC 7009); needs no key. */
  async surrender(token: string, options?: CallOptions): Promise<void> {
    await this.#transport.send("post", "/oauth2/revoke", { body: { token } }, options);
  }

  /** Have leaked tokens revoked; needs no key, and does not tell whether any was real. */
  async reportLeaked(tokens: readonly string[], options?: CallOptions): Promise<void> {
    const body = tokens.map((token) => ({ token }));
    await this.#transport.send("post", "/api/v2/auth/leaked", { body }, options);
  }
}

function at(key: string, user: string): { path: { user: string; key_id: string } } {
  return { path: { user, key_id: keyId(key) } };
}
