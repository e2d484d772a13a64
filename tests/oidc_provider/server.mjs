// An OpenID provider for the tests: certified code, whose people sign in by naming themselves.
// OIDC_PROVIDER is its configuration, as JSON: port, clients, accounts and (private) keys.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { port, clients, accounts, keys } = JSON.parse(process.env.OIDC_PROVIDER);
const algorithms = ["RS256", "PS256", "ES256", "EdDSA"];

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  jwks: { keys },
  cookies: { keys: ["tests-only"] },
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "picture", "groups"],
  },
  pkce: { methods: ["S256"], required: () => true },
  enabledJWA: { idTokenSigningAlgValues: algorithms },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: (context, client) => client.grantTypeAllowed("refresh_token"),
  async findAccount(context, id) {
    if (!(id in accounts)) return undefined;
    return { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) };
  },
  // Whoever signs in agrees to everything.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope(oidc.params.scope);
    await grant.save();
    return grant;
  },
});

async function read(request) {
  let text = "";
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

const application = provider.callback();
createServer(async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return application(request, response);
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    return response.end(
      '<form method="post"><label>Who are you? <input name="login"></label>' +
        "<button>Sign in</button></form>",
    );
  }
  const form = await read(request);
  const result = form.has("login")
    ? { login: { accountId: form.get("login") } }
    : { error: "access_denied", error_description: "Somebody said no." };
  return provider.interactionFinished(request, response, result);
}).listen(port, "127.0.0.1", () => console.log("listening"));
