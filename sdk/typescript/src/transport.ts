import { readAnswer } from "./answers.js";
import { CoderAuthError, ConnectionFailed, RateLimited, TimedOut } from "./errors.js";
import type { Answer, Input, Method, PathOf } from "./operations.js";

/**
 * How often, and for how many milliseconds altogether, a call may be sent again.
 *
 * Only two things are: a request refused with 429 and `Retry-After`, because it was not carried
 * out, and a GET whose connection failed, because it changes nothing.
 */
export interface Retries {
  readonly limit: number;
  readonly total: number;
}

/** What each call may say. */
export interface CallOptions {
  /** Gives the call up; it then rejects with the reason of the signal. */
  signal?: AbortSignal;
  /** Milliseconds for each attempt, the body of its answer included. */
  timeout?: number;
}

/** `fetch`, or something that behaves like it. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface Settings {
  readonly url: string;
  readonly timeout: number;
  readonly retries: Retries;
  readonly fetch: Fetch;
}

interface Sent {
  path?: Record<string, string> | undefined;
  query?: object | undefined;
  body?: unknown;
}

const FIRST_PAUSE = 200;
const FORMS: ReadonlySet<string> = new Set(["/oauth2/introspect", "/oauth2/revoke"]);

/** Sends requests with one token, which nothing prints. */
export class Transport {
  readonly settings: Settings;
  readonly #token: string;

  constructor(settings: Settings, token: string) {
    this.settings = settings;
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  /** Carry out an operation of the API; rejects with a `CoderAuthError`, or the signal's reason. */
  async send<M extends Method, P extends PathOf<M>>(
    method: M,
    template: P,
    input: Input<M, P>,
    options: CallOptions = {},
  ): Promise<Answer<M, P>> {
    const sent: Sent = input;
    const path = filled(template, sent.path ?? {});
    const operation = `${method.toUpperCase()} ${path.replace(/^\/api\/v2/, "") || "/"}`;
    const request = this.#request(method, sent, FORMS.has(template));
    const address = this.settings.url + path + query(sent.query);
    const began = Date.now();
    for (let made = 0; ; made += 1) {
      try {
        return (await this.#once(address, request, operation, options)) as Answer<M, P>;
      } catch (error) {
        const pause = this.#pause(error, method, made, Date.now() - began);
        if (pause === undefined) throw error;
        await sleep(pause, options.signal);
      }
    }
  }

  #request(method: Method, sent: Sent, isForm: boolean): RequestInit {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (this.#token) headers["Authorization"] = `Bearer ${this.#token}`;
    const request: RequestInit = {
      method: method.toUpperCase(),
      headers,
      // The server looks at cookies first: a browser's session would answer instead of the token.
      credentials: "omit",
      redirect: "manual",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    };
    if (sent.body !== undefined && isForm) {
      request.body = new URLSearchParams(sent.body as Record<string, string>);
    } else if (sent.body !== undefined) {
      headers["Content-Type"] = "application/json";
      request.body = JSON.stringify(sent.body);
    }
    return request;
  }

  async #once(address: string, request: RequestInit, operation: string, options: CallOptions): Promise<unknown> {
    const { signal, timeout = this.settings.timeout } = options;
    const late = AbortSignal.timeout(timeout);
    const either = signal ? AbortSignal.any([signal, late]) : late;
    try {
      const response = await this.settings.fetch(address, { ...request, signal: either });
      return await readAnswer(response, operation);
    } catch (error) {
      if (error instanceof CoderAuthError) throw error;
      signal?.throwIfAborted();
      if (late.aborted) {
        throw new TimedOut(`${operation}: no answer in ${timeout} ms. It may still be carried out.`);
      }
      // The cause stays out: what it holds is up to the runtime.
      throw new ConnectionFailed(`${operation}: the server cannot be reached. Check that it runs, and its address.`);
    }
  }

  #pause(error: unknown, method: Method, made: number, spent: number): number | undefined {
    const { limit, total } = this.settings.retries;
    let pause: number | undefined;
    if (error instanceof RateLimited) pause = error.retryAfter;
    if (error instanceof ConnectionFailed && method === "get") pause = FIRST_PAUSE * 2 ** made;
    return pause === undefined || made >= limit || spent + pause > total ? undefined : pause;
  }
}

/** Fill a path; throws RangeError for what would lead to another endpoint. */
function filled(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name] ?? "");
    // Servers read a slash as one even if it is quoted.
    if (["", ".", ".."].includes(value) || value.includes("/")) {
      throw new RangeError(`${JSON.stringify(value)} is neither an id nor a name`);
    }
    return encodeURIComponent(value);
  });
}

function query(values: object | undefined): string {
  const given = Object.entries(values ?? {}).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

async function sleep(duration: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const give = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", give);
      resolve();
    }, duration);
    signal?.addEventListener("abort", give, { once: true });
  });
}
