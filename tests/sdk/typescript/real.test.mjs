// What the client does with a real server; its address and an owner's token are in the environment.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { inspect } from "node:util";
const { Client, Conflict, Forbidden, InvalidRequest, NotFound, NotSignedIn, Scope } = await import(process.env.CODERAUTH_SDK);

const PASSWORD = "Str0ng-Passw0rd!x";
const owner = new Client();
const unique = (name) => `${name}-${randomUUID().slice(0, 8)}`;
const organization = await owner.organizations.get();

function make(username) {
  const email = `${username}@example.test`;
  return owner.users.create({ email, username, password: PASSWORD, organization_ids: [organization.id] });
}

test("an account is made, signs in, and is deleted", async () => {
  const made = await make(unique("alice"));
  const alice = await owner.signIn(made.email, PASSWORD);

  assert.equal((await alice.users.get()).id, made.id);
  await assert.rejects(make(made.username), Conflict);
  await alice.signOut();
  await assert.rejects(alice.users.get(), NotSignedIn);
  await owner.users.delete(made.id);
  await assert.rejects(owner.users.get(made.username), InvalidRequest);
});

test("refused fields are named", async () => {
  await assert.rejects(owner.users.create({ email: "nobody", username: unique("bob"), password: PASSWORD }), (error) => {
    assert.ok(error instanceof InvalidRequest);
    assert.deepEqual(error.validations.map((one) => one.field), ["email"]);
    assert.ok(error.requestId);
    return true;
  });
});

test("a narrowed token is told what it lacks", async () => {
  const made = await owner.tokens.create({ scopes: [Scope.WorkspaceRead] });
  const narrowed = owner.withToken(made.secret);

  await assert.rejects(narrowed.users.get(), (error) => {
    assert.deepEqual(error.missingScopes, ["user:read"]);
    assert.match(error.message, /lacks user:read/);
    return true;
  });
  await assert.rejects(owner.users.get("nobody"), (error) => error.missingScopes.length === 0);
});

test("a key makes no key beyond itself", async () => {
  const mother = await owner.tokens.create({ scopes: [Scope.ApiKeyAll, Scope.UserRead] });
  const narrowed = owner.withToken(mother.secret);

  assert.ok(await narrowed.tokens.create({ scopes: [Scope.UserRead] }));
  await assert.rejects(narrowed.tokens.create({ scopes: [Scope.WorkspaceRead] }), Forbidden);
});

test("a token lives as it is told, rotates, pauses and ends", async () => {
  const made = await owner.tokens.create({ name: unique("ci"), scopes: [Scope.UserRead], lifetime: 3_600_000 });
  assert.equal((await owner.tokens.get(made.secret)).lifetime_seconds, 3600);
  const rotated = await owner.tokens.rotate(made.id, { grace: 0 });
  const [before, after] = [owner.withToken(made.secret), owner.withToken(rotated.secret)];

  assert.equal(rotated.oldValidUntil, undefined);
  await assert.rejects(before.users.get(), NotSignedIn);
  assert.ok(await after.users.get());
  await owner.tokens.pause(made.id);
  await assert.rejects(after.users.get(), NotSignedIn);
  await owner.tokens.resume(made.id);
  assert.ok(await after.users.get());
  await owner.tokens.delete(made.id);
  await assert.rejects(owner.tokens.get(made.id), NotFound);
});

test("somebody's token is asked about, and given up", async () => {
  const made = await owner.tokens.create({ scopes: [Scope.WorkspaceRead] });

  const found = await owner.tokens.introspect(made.secret);
  assert.equal(found.active, true);
  assert.equal(found.scope, "workspace:read");
  await owner.tokens.surrender(made.secret);
  assert.deepEqual(await owner.tokens.introspect(made.secret), { active: false });
});

test("lists hold everybody once, whatever the size of a page", async () => {
  const word = unique("page");
  const names = [0, 1, 2, 3, 4].map((number) => `${word}-${number}`);
  for (const name of names) await make(name);

  const found = [];
  for await (const user of owner.users.iterate(word, { pageSize: 2 })) found.push(user.username);
  assert.deepEqual(found, names);
  const audited = [];
  for await (const entry of owner.audit.iterate(`${word} action:create`, { pageSize: 2 })) audited.push(entry.resource_target);
  assert.deepEqual(audited, names.toReversed());
  const members = [];
  for await (const member of owner.organizations.members.iterate("default", { pageSize: 3 })) members.push(member.username);
  assert.equal(new Set(members).size, members.length);
  assert.ok(names.every((name) => members.includes(name)));
});

test("objects are registered, listed and judged", async () => {
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  const alice = await make(unique("alice"));
  for (const id of ids) await owner.objects.put("workspace", id, { owner_id: alice.id, organization_id: organization.id });

  const found = [];
  for await (const one of owner.objects.iterate("workspace", { owner_id: alice.id, pageSize: 2 })) found.push(one.id);
  assert.deepEqual(found, ids.toSorted());
  assert.equal(await owner.may("read", "workspace", { resource_id: ids[0] }), true);
  await owner.objects.delete("workspace", ids[0]);
  await assert.rejects(owner.objects.get("workspace", ids[0]), NotFound);
});

test("nothing prints a secret", async () => {
  const made = await owner.tokens.create({ scopes: [Scope.CoderAll] });
  const other = owner.withToken(made.secret);

  for (const shown of [made, other, { made, other }, owner.tokens]) {
    const text = inspect(shown, { depth: 9, showHidden: true }) + JSON.stringify(shown) + String(shown);
    assert.ok(!text.includes(made.secret));
    assert.ok(!text.includes(owner.token));
  }
  assert.equal(JSON.stringify(made), `{"id":"${made.id}"}`);
});
