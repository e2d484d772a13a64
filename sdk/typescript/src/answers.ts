import { refused, UnexpectedAnswer, type ApiError, type Validation } from "./errors.js";

/** Return the JSON of an answer, undefined if it is empty; throws according to the status. */
export async function readAnswer(response: Response, operation: string): Promise<unknown> {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    throw new UnexpectedAnswer(
      `${operation} was answered with a redirect, not followed: the token could end up elsewhere. ` +
        "Use the address it leads to.",
    );
  }
  const text = await response.text();
  if (!response.ok) throw refusal(response, parsed(text), operation);
  if (text === "") {
    if (response.status === 200) throw stranger(operation, response.status);
    return undefined;
  }
  const body = parsed(text);
  if (body === undefined) throw stranger(operation, response.status);
  return body;
}

function stranger(operation: string, status: number): UnexpectedAnswer {
  return new UnexpectedAnswer(
    `${operation} was answered with ${status}, but not with JSON. Is it coderauth that answers there?`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The page of a proxy has only a status; OAuth 2.0 has names of its own (RFC 6749 5.2). */
function refusal(response: Response, body: unknown, operation: string): ApiError {
  const envelope = fieldsOf(body);
  return refused({
    status: response.status,
    message: String(
      envelope["message"] ?? envelope["error_description"] ?? envelope["error"] ?? response.statusText,
    ),
    detail: String(envelope["detail"] ?? ""),
    validations: validations(envelope["validations"]),
    requestId: response.headers.get("X-Coder-Request-Id") ?? "",
    operation,
    retryAfter: readRetryAfter(response.headers.get("Retry-After")),
    missingScopes: missingScopes(response.headers.get("WWW-Authenticate") ?? ""),
  });
}

function validations(sent: unknown): Validation[] {
  const rows: unknown[] = Array.isArray(sent) ? sent : [];
  return rows.map(fieldsOf).map((row) => ({
    field: String(row["field"] ?? ""),
    detail: String(row["detail"] ?? ""),
  }));
}

/** Return the scopes that a challenge names (RFC 6750 3). */
function missingScopes(challenge: string): string[] {
  const named = /error="insufficient_scope".*\bscope="([^"]*)"/.exec(challenge);
  return named?.[1]?.split(" ").filter(Boolean) ?? [];
}

/** Return the milliseconds of a `Retry-After`: seconds, or a date (RFC 9110 10.2.3). */
export function readRetryAfter(value: string | null): number | undefined {
  const trimmed = value?.trim() ?? "";
  if (/^\d+$/.test(trimmed)) return Number(trimmed) * 1000;
  // A date has a weekday; what else JavaScript takes for a date is not one here.
  const moment = /^[A-Z][a-z]+,? /.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(moment) ? undefined : Math.max(moment - Date.now(), 0);
}
