import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { permanent, settled, temporary } from "./fakes.mjs";
import { FirestoreLive } from "./firestorelive.js";

const longEnough = 60_000;

// FakeClient is a client of Firebase that says what a test has it say.
class FakeClient {
  tokens = [];
  refusals = []; // of signing in, the next one last
  items_ = []; // what was asked for: {roomId, known, listener, stopped}
  listeners = {};
  async signIn(token) {
    this.tokens.push(token);
    if (this.refusals.length) throw this.refusals.pop();
  }
  users = (listener) => this.#listen("users", listener);
  rooms = (listener) => this.#listen("rooms", listener);
  visits = (listener) => this.#listen("visits", listener);
  presence = (listener) => this.#listen("presence", listener);
  meetups = (listener) => this.#listen("meetups", listener);
  items(roomId, known, listener) {
    const asked = { roomId, known, listener, stopped: false };
    this.items_.push(asked);
    return () => (asked.stopped = true);
  }
  #listen(name, listener) {
    this.listeners[name] = listener;
    return () => delete this.listeners[name];
  }
  says(path, data) {
    const name = /\/visits\//.test(path) ? "visits" : path.split("/")[0];
    this.listeners[name].changed(path, data);
  }
  isCurrent(current = true) {
    for (const listener of Object.values(this.listeners)) listener.current(current);
  }
}

async function harness({ refresh = async () => {}, known = () => undefined, refusals = [] } = {}) {
  const heard = [];
  const listener = {
    reset: () => heard.push("reset"),
    change: (path, data) => heard.push(`${path} ${JSON.stringify(data)}`),
    current: () => heard.push("current"),
    notification: ({ title, message, navigateUrl }) => heard.push(`notification ${title}: ${message} ${navigateUrl}`),
    state: (state) => heard.push(state),
  };
  const client = new FakeClient();
  client.refusals = refusals;
  let token = "token-1";
  const live = new FirestoreLive({ client, me: "ann", token: () => token, refresh, known, listener });
  live.start();
  await settled();
  return { live, client, heard, renew: (next) => (token = next) };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

async function connected(options) {
  const parts = await harness(options);
  parts.client.isCurrent();
  parts.heard.length = 0;
  return parts;
}

async function later(time = longEnough) {
  mock.timers.tick(time);
  await settled();
}

test("the newest token is shown before the one in use lets nobody listen any more", async () => {
  const { live, client, renew } = await connected();
  renew("token-2");
  live.authenticate();
  await settled();
  assert.deepEqual(client.tokens, ["token-1"]);
  await later(31 * 60_000);
  renew("token-3");
  live.authenticate();
  await settled();
  assert.deepEqual(client.tokens, ["token-1", "token-3"]);
});

const room = (id, lastSequence = 1, lastItem = undefined) => ({
  id,
  name: "Trip",
  memberIds: ["ann"],
  lastSequence,
  lastItem,
});
const user = (id) => ({ id, name: id });
const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

test("it signs in, and has a whole picture when all of it is current", async () => {
  const { client, heard } = await harness();
  assert.deepEqual(client.tokens, ["token-1"]);
  client.says("users/bob", user("bob"));
  client.says("users/ann/visits/r", { roomId: "r", readSequence: 3 });
  client.says("meetups/m", { id: "m" });
  for (const name of ["users", "rooms", "visits", "meetups"]) client.listeners[name].current(true);
  assert.deepEqual(heard, [
    "connecting",
    "reset",
    'users/bob {"id":"bob","name":"bob"}',
    'users/ann/visits/r {"roomId":"r","readSequence":3}',
    'meetups/m {"id":"m"}',
  ]);
  client.listeners.presence.current(true);
  assert.deepEqual(heard.slice(-2), ["current", "live"]);
});

test("a lost connection is told once, and so is its return", async () => {
  const { client, heard } = await connected();
  client.isCurrent(false);
  client.says("users/bob", user("bob"));
  client.isCurrent(true);
  assert.deepEqual(heard, ["reconnecting", 'users/bob {"id":"bob","name":"bob"}', "current", "live"]);
});

describe("a person", () => {
  test("is online until the time is over", async () => {
    const { client, heard } = await connected();
    client.says("users/bob", user("bob"));
    client.says("presence/bob", { id: "bob", online: true, until: inAMinute() });
    assert.deepEqual(JSON.parse(heard.at(-1).slice(10)), { id: "bob", name: "bob", presence: { online: true } });
    mock.timers.tick(50_000);
    client.says("presence/bob", { id: "bob", online: true, until: inAMinute() });
    heard.length = 0;
    mock.timers.tick(59_999);
    assert.deepEqual(heard, []);
    mock.timers.tick(1);
    assert.deepEqual(heard, ['users/bob {"id":"bob","name":"bob","presence":{"online":false}}']);
  });

  test("is offline when that was before, or the server says so", async () => {
    const { client, heard } = await connected();
    client.says("users/bob", user("bob"));
    for (const presence of [
      { id: "bob", online: true, until: new Date(Date.now()).toISOString() },
      { id: "bob", online: false, until: inAMinute() },
    ]) {
      client.says("presence/bob", presence);
      assert.match(heard.at(-1), /"online":false/);
    }
  });

  test("may be heard of first by presence, and no more when the last shared room is left", async () => {
    const { client, heard } = await connected();
    client.says("presence/bob", { id: "bob", online: true, until: inAMinute() });
    assert.deepEqual(heard, []);
    client.says("users/bob", user("bob"));
    assert.match(heard.at(-1), /"online":true/);
    client.says("presence/bob", null);
    assert.equal(heard.at(-1), 'users/bob {"id":"bob","name":"bob"}');
    client.says("users/bob", null);
    assert.equal(heard.at(-1), "users/bob null");
  });
});

describe("the room on screen", () => {
  test("has its items come after those that are there, as soon as it is there itself", async () => {
    const { live, client, heard } = await connected({ known: (id) => ({ s: 7 })[id] });
    live.show("r");
    assert.equal(client.items_.length, 0);
    client.says("rooms/r", room("r", 12));
    live.show("r");
    client.says("rooms/r", room("r", 13));
    client.says("rooms/s", room("s", 9));
    assert.deepEqual(
      client.items_.map(({ roomId, known }) => [roomId, known]),
      [["r", 12]],
    );
    heard.length = 0;
    client.items_[0].listener.changed("rooms/r/items/13", { sequence: 13 });
    client.items_[0].listener.changed("rooms/r/items/2", null);
    assert.deepEqual(heard, ['rooms/r/items/13 {"sequence":13}']);
    live.show("s");
    assert.deepEqual(
      client.items_.map(({ known, stopped }) => [known, stopped]),
      [
        [12, true],
        [7, false],
      ],
    );
    live.show(undefined);
    assert.ok(client.items_[1].stopped);
  });

  test("is followed no more once it is left, and again after another invitation", async () => {
    const { live, client } = await connected();
    client.says("rooms/r", room("r", 1));
    live.show("r");
    client.items_[0].listener.failed(new Error("permission-denied"));
    client.says("rooms/r", null);
    await later();
    assert.equal(client.items_.length, 1);
    client.says("rooms/r", room("r", 4));
    assert.equal(client.items_[1].known, 4);
  });

  test("is asked for again after a refusal if it is still there", async () => {
    const { live, client } = await connected();
    client.says("rooms/r", room("r", 1));
    live.show("r");
    client.items_[0].listener.failed(new Error("permission-denied"));
    client.says("rooms/r", room("r", 2)); // is no reason to ask at once
    assert.equal(client.items_.length, 1);
    await later();
    assert.equal(client.items_.length, 2);
    assert.equal(client.items_[1].stopped, false);
  });
});

describe("an invitation", () => {
  const announcement = (kind, userId) => ({ announcement: { kind, arguments: { userId, actorName: "Bob" } } });

  test("is told of when its room appears", async () => {
    const { client, heard } = await connected();
    client.says("rooms/r", room("r", 4, announcement("user-joined", "ann")));
    assert.equal(heard.at(-1), "notification Trip: Bob added you to this room /rooms/r");
    heard.length = 0;
    client.says("rooms/r", room("r", 4, announcement("user-joined", "ann")));
    assert.equal(heard.length, 1);
  });

  test("is none if it came before the first picture, or is another's, or something else", async () => {
    const { client, heard } = await harness();
    client.says("rooms/old", room("old", 4, announcement("user-joined", "ann")));
    client.isCurrent();
    client.says("rooms/r", room("r", 4, announcement("user-joined", "cleo")));
    client.says("rooms/s", room("s", 1, announcement("room-created", undefined)));
    client.says("rooms/t", room("t"));
    assert.equal(heard.filter((word) => word.startsWith("notification")).length, 0);
  });
});

describe("a refused listener", () => {
  test("begins all anew with a new token", async () => {
    const parts = await connected({ refresh: async () => parts.renew("token-2") });
    const { client, heard } = parts;
    client.says("users/bob", user("bob"));
    heard.length = 0;
    client.listeners.users.failed(new Error("permission-denied"));
    assert.deepEqual(Object.keys(client.listeners), []);
    await later();
    assert.deepEqual(client.tokens, ["token-1", "token-2"]);
    client.isCurrent();
    assert.deepEqual(heard, ["reconnecting", "reset", "current", "live"]);
    client.says("presence/bob", { id: "bob", online: true, until: inAMinute() });
    assert.equal(heard.length, 4); // bob was of the old picture
  });

  test("stays so when the session is over", async () => {
    const { client } = await connected({
      refresh: async () => {
        throw permanent();
      },
    });
    client.listeners.rooms.failed(new Error("permission-denied"));
    await later();
    await later();
    assert.equal(client.tokens.length, 1);
  });

  test("is tried again until there is a new token", async () => {
    const problems = [temporary()];
    const { client } = await connected({
      refresh: async () => {
        if (problems.length) throw problems.pop();
      },
    });
    client.listeners.rooms.failed(new Error("permission-denied"));
    await later();
    assert.equal(client.tokens.length, 1);
    await later();
    assert.equal(client.tokens.length, 2);
  });
});

describe("signing in", () => {
  const ended = () => Object.assign(new Error(), { code: "auth/invalid-custom-token" });
  const unreachable = () => Object.assign(new Error(), { code: "auth/network-request-failed" });

  for (const [name, error, refreshes] of [
    ["with an ended token is done again with a new one", ended, 1],
    ["that does not get through is done again as it was", unreachable, 0],
  ]) {
    test(name, async () => {
      let refreshed = 0;
      const { client, heard } = await harness({ refusals: [error()], refresh: async () => refreshed++ });
      assert.deepEqual(heard, ["connecting", "reconnecting"]);
      await later();
      client.isCurrent();
      assert.equal(client.tokens.length, 2);
      assert.equal(refreshed, refreshes);
      assert.equal(heard.at(-1), "live");
    });
  }

  test("is tried at once when woken, and only once", async () => {
    const { live, client } = await harness({ refusals: [unreachable()] });
    live.wake();
    live.wake();
    await later();
    assert.equal(client.tokens.length, 2);
  });
});
