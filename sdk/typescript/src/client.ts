import { ConfigurationError, UnexpectedAnswer } from "./errors.js";
import type { Answer, Input, Method, PathOf } from "./operations.js";
import { Audit } from "./resources/audit.js";
import { Ceilings } from "./resources/ceilings.js";
import { Objects } from "./resources/objects.js";
import { Organizations } from "./resources/organizations.js";
import { Passwords } from "./resources/passwords.js";
import { Tokens } from "./resources/tokens.js";
import { Users } from "./resources/users.js";
import type * as api from "./schema.js";
import { Transport, type CallOptions, type Fetch, type Retries } from "./transport.js";

export interface ClientOptions {
  /** The address of the server; in Node by default `CODERAUTH_URL`. */
  url?: string;
  /** In Node by default `CODERAUTH_TOKEN`; empty is anonymous. */
  token?: string;
  /** Milliseconds for each attempt; by default 30,000. */
  timeout?: number;
  /** By default three times, 90 seconds altogether; the server counts by the minute. */
  retries?: Partial<Retries>;
  /** By default the `fetch` of the runtime. */
  fetch?: Fetch;
}

/** A question: may the caller do this action on this object? `owner_id` may be `me`. */
export interface Check extends api.AuthCheckObject {
  action: string;
}

const RETRIES: Retries = { limit: 3, total: 90_000 };
const TIMEOUT = 30_000;

/** Talks to coderauth with one token. */
export class Client {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly organizations: Organizations;
  readonly objects: Objects;
  readonly audit: Audit;
  readonly ceilings: Ceilings;
  readonly #transport: Transport;

  constructor(options: ClientOptions = {}) {
    const settings = {
      url: serverAddress(options.url ?? environment("CODERAUTH_URL")),
      timeout: options.timeout ?? TIMEOUT,
      retries: { ...RETRIES, ...options.retries },
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    };
    this.#transport = new Transport(settings, (options.token ?? environment("CODERAUTH_TOKEN")).trim());
    this.users = new Users(this.#transport);
    this.tokens = new Tokens(this.#transport);
    this.passwords = new Passwords(this.#transport);
    this.organizations = new Organizations(this.#transport);
    this.objects = new Objects(this.#transport);
    this.audit = new Audit(this.#transport);
    this.ceilings = new Ceilings(this.#transport);
  }

  /** The address of the server. */
  get url(): string {
    return this.#transport.settings.url;
  }

  /** The secret that this client sends; empty if none. */
  get token(): string {
    return this.#transport.token;
  }

  /** Return a client with the same settings for another token. */
  withToken(token: string): Client {
    return new Client({ ...this.#transport.settings, token });
  }

  /** Carry out any operation of the API by its method and path; the document types what it takes. */
  request<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    input: Input<M, P>,
    options?: CallOptions,
  ): Promise<Answer<M, P>> {
    return this.#transport.send(method, path, input, options);
  }

  /** Sign in, and return a client for the session. */
  async signIn(email: string, password: string, options?: CallOptions): Promise<Client> {
    const nobody = this.withToken("");
    const session = await nobody.request("post", "/api/v2/users/login", { body: { email, password } }, options);
    return this.withToken(session.session_token);
  }

  /** End the key of this client. */
  async signOut(options?: CallOptions): Promise<void> {
    await this.#transport.send("post", "/api/v2/users/logout", {}, options);
  }

  /** Return the ways to sign in; needs no token. */
  signInMethods(options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/users/authmethods", {}, options);
  }

  /** Begin to move a password account to `oidc` or `github`. */
  convertLogin(body: api.LoginConvert, user = "me", options?: CallOptions) {
    return this.#transport.send("post", "/api/v2/users/{user}/convert-login", { path: { user }, body }, options);
  }

  /** Say which server this is; needs no token. */
  buildInfo(options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/buildinfo", {}, options);
  }

  /** Return the scopes to which a key can be narrowed; needs no token. */
  async scopes(options?: CallOptions): Promise<readonly string[]> {
    return (await this.#transport.send("get", "/api/v2/auth/scopes", {}, options)).external;
  }

  /** Ask whether the caller may do these things; the answers have the names of the checks. */
  async authcheck<N extends string>(
    checks: Record<N, Check>,
    options?: CallOptions,
  ): Promise<Record<N, boolean>> {
    const answers = await this.#transport.send("post", "/api/v2/authcheck", { body: asked(checks) }, options);
    return named(answers, checks);
  }

  /** Ask the same as `authcheck`, and why. */
  async explain<N extends string>(
    checks: Record<N, Check>,
    options?: CallOptions,
  ): Promise<Record<N, api.ExplanationDocument>> {
    const answers = await this.#transport.send("post", "/api/v2/authcheck/explain", { body: asked(checks) }, options);
    return named(answers, checks);
  }

  /** Ask one question: `may("read", "workspace", { owner_id: "me" })`. */
  async may(
    action: string,
    resourceType: string,
    object: Omit<api.AuthCheckObject, "resource_type"> = {},
    options?: CallOptions,
  ): Promise<boolean> {
    const answers = await this.authcheck({ asked: { action, resource_type: resourceType, ...object } }, options);
    return answers.asked === true;
  }
}

function asked(checks: Record<string, Check>): api.AuthCheckRequest {
  const entries = Object.entries(checks).map(([name, { action, ...object }]) => [name, { action, object }]);
  return { checks: Object.fromEntries(entries) };
}

/** Return the answers; throws UnexpectedAnswer if one is missing. */
function named<N extends string, T>(answers: Record<string, T>, checks: Record<N, Check>): Record<N, T> {
  const missing = Object.keys(checks).find((name) => !Object.hasOwn(answers, name));
  if (missing !== undefined) throw new UnexpectedAnswer(`The answer leaves out ${JSON.stringify(missing)}.`);
  return answers as Record<N, T>;
}

function environment(name: string): string {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] ?? "";
}

/** Return an address without its end; throws ConfigurationError, never with the address in it. */
function serverAddress(url: string): string {
  if (!url) {
    throw new ConfigurationError(
      "Where is the server? Set CODERAUTH_URL, or new Client({ url: 'https://auth.example.org' }).",
    );
  }
  let parts: URL;
  try {
    parts = new URL(url);
  } catch {
    throw new ConfigurationError("The url must be an address such as https://auth.example.org.");
  }
  const isPlain = !parts.username && !parts.password && !parts.search && !parts.hash;
  if (!["http:", "https:"].includes(parts.protocol) || !isPlain) {
    throw new ConfigurationError("The url must be only scheme, host and port; a token belongs in CODERAUTH_TOKEN.");
  }
  return (parts.origin + parts.pathname).replace(/\/+$/, "").replace(/\/api\/v2$/, "");
}
