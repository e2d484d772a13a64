/** A key just made. Its secret is shown this once: nothing prints it but `secret` itself. */
export class NewKey {
  readonly id: string;
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
    this.id = keyId(secret);
  }

  get secret(): string {
    return this.#secret;
  }

  toJSON(): { id: string } {
    return { id: this.id };
  }

  toString(): string {
    return `key ${this.id}`;
  }
}

/** A key with its new secret, and until when the old one works; undefined: it has ended. */
export class RotatedKey extends NewKey {
  readonly oldValidUntil: Date | undefined;

  constructor(secret: string, oldValidUntil: string | null) {
    super(secret);
    this.oldValidUntil = oldValidUntil === null ? undefined : new Date(oldValidUntil);
  }
}

const WHOLE = /([0-9A-Za-z]{10})-[0-9A-Za-z]{22,}$/;

/** Return the id of a key; given a whole key, its secret half is never sent. */
export function keyId(key: string): string {
  return WHOLE.exec(key)?.[1] ?? key;
}
