/** One refused field of a request. */
export interface Validation {
  readonly field: string;
  readonly detail: string;
}

/** The base of everything that this package throws itself. None of it ever holds a secret. */
export class CoderAuthError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** The address of the server is missing or impossible. */
export class ConfigurationError extends CoderAuthError {}

/** Something answered, but not as coderauth would: often a proxy, or another service. */
export class UnexpectedAnswer extends CoderAuthError {}

/** No answer came: the request may or may not have been carried out. */
export class TransportError extends CoderAuthError {}

/** The server could not be reached, or hung up. */
export class ConnectionFailed extends TransportError {}

/** The server did not answer in time. */
export class TimedOut extends TransportError {}

/** What a refusal says. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly detail: string;
  readonly validations: readonly Validation[];
  /** With this, an administrator of the server finds the request. */
  readonly requestId: string;
  /** Method and path, without a query. */
  readonly operation: string;
  /** How many milliseconds the server asked to wait, if it did. */
  readonly retryAfter: number | undefined;
  /** The scopes that the token lacks for this call, whatever else it lacks. */
  readonly missingScopes: readonly string[];
}

/** The server refused. */
export class ApiError extends CoderAuthError implements Refusal {
  readonly status: number;
  readonly detail: string;
  readonly validations: readonly Validation[];
  readonly requestId: string;
  readonly operation: string;
  readonly retryAfter: number | undefined;
  readonly missingScopes: readonly string[];
  /** What the server said, without the rest of this error's text. */
  readonly said: string;

  constructor(refusal: Refusal) {
    super(text(refusal));
    this.said = refusal.message;
    this.status = refusal.status;
    this.detail = refusal.detail;
    this.validations = refusal.validations;
    this.requestId = refusal.requestId;
    this.operation = refusal.operation;
    this.retryAfter = refusal.retryAfter;
    this.missingScopes = refusal.missingScopes;
  }
}

/** 400, 422: what was sent is not valid; `validations` names the fields. */
export class InvalidRequest extends ApiError {}

/** 401: no token, one that has ended, or wrong credentials. */
export class NotSignedIn extends ApiError {}

/** 403: the roles of the user, or the scopes of the token, do not permit this. */
export class Forbidden extends ApiError {}

/** 404: it does not exist, or this token may not see it; the server never says which. */
export class NotFound extends ApiError {}

/** 409: it exists already, or is still in use. */
export class Conflict extends ApiError {}

/** 429: too many requests, and waiting as `retries` allows did not help. */
export class RateLimited extends ApiError {}

/** 5xx: the server, or a proxy in front of it, failed. */
export class ServerError extends ApiError {}

const BY_STATUS: ReadonlyMap<number, typeof ApiError> = new Map<number, typeof ApiError>([
  [400, InvalidRequest],
  [401, NotSignedIn],
  [403, Forbidden],
  [404, NotFound],
  [409, Conflict],
  [422, InvalidRequest],
  [429, RateLimited],
]);

/** Return the error for a refusal, of the class of its status. */
export function refused(refusal: Refusal): ApiError {
  const kind = BY_STATUS.get(refusal.status) ?? (refusal.status >= 500 ? ServerError : ApiError);
  return new kind(refusal);
}

function text(refusal: Refusal): string {
  const lacks = refusal.missingScopes.length
    ? `The token lacks ${refusal.missingScopes.join(", ")}: use one that has it.`
    : "";
  const where = [refusal.operation, refusal.requestId && `request ${refusal.requestId}`];
  return [
    `${refusal.status} ${refusal.message}`,
    refusal.detail,
    ...refusal.validations.map((one) => `${one.field}: ${one.detail}`),
    lacks,
    `(${where.filter(Boolean).join(", ")})`,
  ]
    .filter(Boolean)
    .join(" ");
}
