import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";

/** `client.passwords`. */
export class Passwords {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Set a password; one's own needs the old one. All keys of the user end, so this token, too. */
  async change(body: api.PasswordUpdate, user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("put", "/api/v2/users/{user}/password", { path: { user }, body }, options);
  }

  /** Say whether a password is good enough; needs no token. */
  validate(password: string, options?: CallOptions) {
    return this.#transport.send("post", "/api/v2/users/validate-password", { body: { password } }, options);
  }

  /** Request a one-time passcode by mail; the answer hides whether it is known. Needs no token. */
  async requestPasscode(email: string, options?: CallOptions): Promise<void> {
    await this.#transport.send("post", "/api/v2/users/otp/request", { body: { email } }, options);
  }

  /** Set a new password with a mailed passcode; needs no token. */
  async reset(body: api.PasscodePasswordChange, options?: CallOptions): Promise<void> {
    await this.#transport.send("post", "/api/v2/users/otp/change-password", { body }, options);
  }

  /** Let an account of a provider sign in with a password again: mails a passcode for `reset`. */
  async takeBack(user = "me", options?: CallOptions): Promise<void> {
    await this.#transport.send("post", "/api/v2/users/{user}/password-login", { path: { user } }, options);
  }
}
