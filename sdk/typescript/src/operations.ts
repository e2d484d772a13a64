/** What the OpenAPI document says of each operation, as types. */

import type { paths } from "./schema.js";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that have an operation of this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends undefined ? never : P;
}[keyof paths];

type Operation<M extends Method, P extends PathOf<M>> = NonNullable<paths[P][M]>;

type Parameters<O, K extends string> = O extends { parameters: infer R }
  ? K extends keyof R
    ? NonNullable<R[K]>
    : never
  : never;

type Content<T> = T extends { content: infer C } ? C[keyof C] : undefined;

/** The JSON of a good answer; undefined where it has none. */
export type Answer<M extends Method, P extends PathOf<M>> = Operation<M, P> extends { responses: infer R }
  ? Content<R[keyof R & (200 | 201 | 202 | 204)]>
  : never;

/** What is sent: as JSON, or as a form where the operation takes one. */
export type Body<M extends Method, P extends PathOf<M>> = Operation<M, P> extends { requestBody?: infer B }
  ? Content<NonNullable<B>>
  : undefined;

export type Query<M extends Method, P extends PathOf<M>> = Parameters<Operation<M, P>, "query">;

/** The values of a path; an id or a name each. */
export type Places<M extends Method, P extends PathOf<M>> = Parameters<Operation<M, P>, "path">;

/** What an operation takes. */
export type Input<M extends Method, P extends PathOf<M>> = ([Places<M, P>] extends [never]
  ? { path?: undefined }
  : { path: { [K in keyof Places<M, P>]: string } }) &
  ([Query<M, P>] extends [never] ? { query?: undefined } : { query?: Query<M, P> }) &
  (Body<M, P> extends undefined ? { body?: undefined } : { body: Body<M, P> });
