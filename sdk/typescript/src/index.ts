export { Client, type Check, type ClientOptions } from "./client.js";
export * from "./errors.js";
export { keyId, NewKey, RotatedKey } from "./keys.js";
export type { Answer, Body, Input, Method, PathOf, Query } from "./operations.js";
export { Scope } from "./scopes.js";
export type * from "./schema.js";
export type { TokenWish } from "./resources/tokens.js";
export type { ObjectFilter } from "./resources/objects.js";
export type { CallOptions, Fetch, Retries } from "./transport.js";
