import type * as api from "../schema.js";
import type { CallOptions, Transport } from "../transport.js";

/** `client.ceilings`. Setting one replaces the one before; what is left out has no ceiling. */
export class Ceilings {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return the ceilings that the caller may see. */
  list(options?: CallOptions) {
    return this.#transport.send("get", "/api/v2/keyceilings", {}, options);
  }

  /** Set the ceiling of everybody with a site role; `member` is everybody. */
  setForRole(role: string, body: api.CeilingPut, options?: CallOptions) {
    const input = { path: { role_name: role }, body };
    return this.#transport.send("put", "/api/v2/keyceilings/roles/{role_name}", input, options);
  }

  /** Remove the ceiling of a site role. */
  async removeFromRole(role: string, options?: CallOptions): Promise<void> {
    const input = { path: { role_name: role } };
    await this.#transport.send("delete", "/api/v2/keyceilings/roles/{role_name}", input, options);
  }

  /** Set the ceiling of an organization's members. */
  setForOrganization(organization: string, body: api.CeilingPut, options?: CallOptions) {
    const input = { path: { organization }, body };
    return this.#transport.send("put", "/api/v2/organizations/{organization}/keyceiling", input, options);
  }

  /** Remove the ceiling of an organization. */
  async removeFromOrganization(organization = "default", options?: CallOptions): Promise<void> {
    const input = { path: { organization } };
    await this.#transport.send("delete", "/api/v2/organizations/{organization}/keyceiling", input, options);
  }
}
