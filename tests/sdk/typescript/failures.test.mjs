// What the client makes of servers that refuse, are slow, are strangers, or are not there.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { inspect } from "node:util";
const sdk = await import(process.env.CODERAUTH_SDK);
const { Client } = sdk;

const SECRET = "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb";
const BUILD = { version: "v1" };

/** Answer as told, the last one for ever; null hangs up, undefined never answers. */
async function scripted(answers, use) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === null) request.socket.destroy();
    else if (answer) {
      const { status = 200, body = BUILD, headers = {} } = answer;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${server.address().port}`, requests);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const asking = (url, options = {}) => new Client({ url, token: SECRET, ...options });
const limited = (wait) => ({ status: 429, body: { message: "Slow down." }, headers: wait === undefined ? {} : { "Retry-After": wait } });

test("each status has its error", async () => {
  const kinds = { 400: "InvalidRequest", 401: "NotSignedIn", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 418: "ApiError", 422: "InvalidRequest", 429: "RateLimited", 500: "ServerError", 503: "ServerError" };
  for (const [status, name] of Object.entries(kinds)) {
    const body = { message: "No.", detail: "Why.", validations: [{ field: "a", detail: "b" }] };
    await scripted([{ status: Number(status), body, headers: { "X-Coder-Request-Id": "17" } }], async (url) => {
      await assert.rejects(asking(url).buildInfo(), (error) => {
        assert.equal(error.constructor, sdk[name]);
        assert.equal(error.name, name);
        assert.equal(error.message, `${status} No. Why. a: b (GET /buildinfo, request 17)`);
        assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(SECRET));
        return true;
      });
    });
  }
});

test("the page of a proxy is an error of its status, and one with 200 is unexpected", async () => {
  await scripted([{ status: 502, body: "<html>" }], (url) => assert.rejects(asking(url).buildInfo(), /502 Bad Gateway/));
  for (const body of ["<html>", ""]) {
    await scripted([{ body }], (url) => assert.rejects(asking(url).buildInfo(), sdk.UnexpectedAnswer));
  }
});

test("a redirect does not get the token", async () => {
  await scripted([{}], async (elsewhere, seen) => {
    await scripted([{ status: 302, headers: { Location: elsewhere } }], (url) =>
      assert.rejects(asking(url).buildInfo(), sdk.UnexpectedAnswer));
    assert.equal(seen.length, 0);
  });
});

test("the token is sent as a header, and nothing else tells it", async () => {
  await scripted([{}], async (url, requests) => {
    await asking(url).buildInfo();
    assert.equal(requests[0].headers.authorization, `Bearer ${SECRET}`);
    assert.equal(requests[0].headers.cookie, undefined);
    assert.equal(requests[0].url, "/api/v2/buildinfo");
  });
});

test("what was limited is sent again when the server says when, even if it changes something", async () => {
  await scripted([limited("0"), limited("0"), {}], async (url, requests) => {
    await asking(url).passwords.validate("x");
    assert.equal(requests.length, 3);
  });
});

test("it is not sent again without a time, beyond the total, or beyond the limit", async () => {
  for (const [wait, sent] of [[undefined, 1], ["soon", 1], ["-1", 1], ["3600", 1], ["0", 4]]) {
    await scripted([limited(wait)], async (url, requests) => {
      await assert.rejects(asking(url).buildInfo(), sdk.RateLimited);
      assert.equal(requests.length, sent);
    });
  }
  await scripted([{ status: 503, headers: { "Retry-After": "0" } }], async (url, requests) => {
    await assert.rejects(asking(url).buildInfo(), sdk.ServerError);
    assert.equal(requests.length, 1);
  });
});

test("a connection that fails is tried again for reading, and not for changes", async () => {
  await scripted([null, {}], async (url, requests) => {
    assert.deepEqual(await asking(url).buildInfo(), BUILD);
    assert.equal(requests.length, 2);
  });
  await scripted([null], async (url, requests) => {
    await assert.rejects(asking(url).passwords.validate("x"), (error) => {
      assert.ok(error instanceof sdk.ConnectionFailed);
      assert.ok(!inspect(error, { depth: 9 }).includes(SECRET));
      return true;
    });
    assert.equal(requests.length, 1);
  });
});

test("a call ends in time, or when it is given up", async () => {
  await scripted([undefined], async (url) => {
    await assert.rejects(asking(url).users.get("me", { timeout: 50 }), sdk.TimedOut);
    const giveUp = new AbortController();
    const call = asking(url).users.get("me", { signal: giveUp.signal });
    giveUp.abort(new Error("enough"));
    await assert.rejects(call, /^Error: enough$/);
  });
  await scripted([limited("60")], async (url) => {
    const call = asking(url).users.get("me", { signal: AbortSignal.timeout(200) });
    await assert.rejects(call, { name: "TimeoutError" });
  });
});

test("a name that leads elsewhere is not sent", async () => {
  await scripted([{}], async (url, requests) => {
    for (const user of ["", ".", "..", "me/keys/tokens"]) await assert.rejects(asking(url).users.delete(user), RangeError);
    assert.equal(requests.length, 0);
    await asking(url).users.get("no?b#o%2Fdy");
    assert.equal(requests[0].url, "/api/v2/users/no%3Fb%23o%252Fdy");
  });
});

test("of a whole key only the id is sent", async () => {
  await scripted([{}], async (url, requests) => {
    await asking(url).tokens.get(SECRET);
    assert.equal(requests[0].url, "/api/v2/users/me/keys/aaaaaaaaaa");
  });
});

test("a token without a scope is not sent", async () => {
  await scripted([{}], async (url, requests) => {
    await assert.rejects(asking(url).tokens.create({ scopes: [] }), RangeError);
    assert.equal(requests.length, 0);
  });
});

test("an address that is none is refused, and not repeated", () => {
  for (const url of ["", "nowhere", "ftp://a", `http://user:${SECRET}@a`, `http://a?token=${SECRET}`]) {
    assert.throws(() => new Client({ url }), (error) => {
      assert.ok(error instanceof sdk.ConfigurationError);
      assert.ok(!error.message.includes(SECRET));
      return true;
    });
  }
  assert.equal(new Client({ url: "https://a.example/api/v2/" }).url, "https://a.example");
});
