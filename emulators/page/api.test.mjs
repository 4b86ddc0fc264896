import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Api } from "./api.js";
import { memoryStorage } from "./fakes.mjs";
import { Session } from "./session.js";

const tokens = (number) => ({
  user: { id: "ann", name: "Ann" },
  accessToken: `access-${number}`,
  accessTokenExpiresAt: "2026-11-24T12:00:00.000Z",
  refreshToken: `refresh-${number}`,
});

const answer = (status, body, headers = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
const lost = () => Promise.reject(new TypeError("network"));

// harness is somebody signed in, at a server that answers with what answers holds.
function harness(...answers) {
  const session = new Session(memoryStorage());
  session.begin(tokens(1));
  const asked = [];
  const fetch = async (path, { method, headers, body }) => {
    asked.push({ path, method, headers, body: body && JSON.parse(body) });
    return answers.shift()();
  };
  return { session, asked, api: new Api(session, fetch) };
}

const keys = (asked) => asked.map(({ headers }) => headers["Idempotency-Key"]);

describe("a command", () => {
  test("is posted with a token and a key of its own", async () => {
    const { api, asked } = harness(
      () => answer(201, { roomId: "r" }),
      () => answer(204),
    );
    assert.deepEqual(await api.command("create-room", { name: "R" }), { roomId: "r" });
    assert.equal(await api.command("create-room", { name: "R" }), undefined);
    assert.equal(asked[0].path, "/v1/create-room");
    assert.equal(asked[0].headers.Authorization, "Bearer access-1");
    assert.notEqual(...keys(asked));
  });

  test("without an answer keeps its key when done again", async () => {
    const { api, asked } = harness(
      lost,
      () => answer(503, { detail: "Later." }),
      () => answer(200, {}),
      () => answer(200, {}),
    );
    const again = () => api.command("rename-room", { name: "R" });
    await assert.rejects(again, { code: "unreachable", temporary: true });
    await assert.rejects(again, { message: "Later.", temporary: true });
    await again();
    await again();
    const [first, second, third, fourth] = keys(asked);
    assert.deepEqual([second, third], [first, first]);
    assert.notEqual(fourth, first);
  });

  test("that is refused gets a new key, and says why in words", async () => {
    const refusal = {
      code: "rule-violated",
      rule: "limit",
      detail: "Not so.",
      errors: [{ field: "name", detail: "Too long." }],
    };
    const { api, asked } = harness(
      () => answer(422, refusal),
      () => answer(200, {}),
    );
    await assert.rejects(() => api.command("rename-room", {}), {
      message: "Not so. Too long.",
      code: "rule-violated",
      rule: "limit",
      fields: ["name"],
      temporary: false,
    });
    await api.command("rename-room", {});
    assert.notEqual(...keys(asked));
  });
});

test("an answer that is not understood is said to be so", async () => {
  const { api } = harness(
    () => new Response("<html>", { status: 502 }),
    () => new Response("<html>"),
  );
  await assert.rejects(() => api.query("rooms/r"), { temporary: true, message: /does not understand/ });
  await assert.rejects(() => api.query("rooms/r"), { message: /does not understand/ });
});

test("a server that is too busy says for how long", async () => {
  const { api } = harness(() => answer(429, { detail: "Slow down." }, { "Retry-After": "7" }));
  await assert.rejects(() => api.query("rooms/r"), { retryAfter: 7, temporary: true });
});

describe("an ended access token", () => {
  test("is renewed once for all who wait, and what was asked is asked again", async () => {
    const unauthorized = () => answer(401, { code: "unauthenticated" });
    const { api, session, asked } = harness(
      unauthorized,
      unauthorized,
      () => answer(200, tokens(2)),
      () => answer(200, { a: 1 }),
      () => answer(200, { a: 2 }),
    );
    await Promise.all([api.query("rooms/a"), api.query("rooms/b")]);
    assert.equal(asked.filter(({ path }) => path === "/v1/refresh").length, 1);
    assert.deepEqual(
      asked.slice(-2).map(({ headers }) => headers.Authorization),
      ["Bearer access-2", "Bearer access-2"],
    );
    assert.equal(session.refreshToken, "refresh-2");
  });

  test("that cannot be renewed ends the session, with words for the next", async () => {
    const { api, session } = harness(
      () => answer(401, {}),
      () => answer(401, {}),
    );
    let ended = 0;
    session.onEnded = () => ended++;
    await assert.rejects(() => api.query("rooms/a"), { status: 401 });
    assert.equal(ended, 1);
    assert.equal(session.user, undefined);
    assert.match(session.takeFarewell(), /sign in again/);
    assert.equal(session.takeFarewell(), "");
  });

  test("is renewed under the same key until there is an answer, then under another", async () => {
    const { api, session, asked } = harness(
      lost,
      () => answer(200, tokens(2)),
      () => answer(200, tokens(3)),
    );
    await assert.rejects(() => api.refresh(), { temporary: true });
    assert.equal(session.user.id, "ann");
    await api.refresh();
    await api.refresh();
    const [first, second, third] = keys(asked);
    assert.equal(first, second);
    assert.notEqual(second, third);
    assert.deepEqual(
      asked.map(({ body }) => body.refreshToken),
      ["refresh-1", "refresh-1", "refresh-2"],
    );
  });
});

test("a reload keeps the session and the key of its renewal", () => {
  const storage = memoryStorage();
  const before = new Session(storage);
  before.begin(tokens(1));
  const after = new Session(storage);
  assert.deepEqual(
    [after.user, after.accessToken, after.refreshKey],
    [before.user, before.accessToken, before.refreshKey],
  );
});
