import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { permanent, settled, temporary } from "./fakes.mjs";
import { Live } from "./live.js";

const longEnough = 60_000;

class FakeSocket {
  static OPEN = 1;
  static all = [];
  static get last() {
    return FakeSocket.all.at(-1);
  }
  readyState = 0;
  sent = [];
  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    FakeSocket.all.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }
  says(...messages) {
    for (const message of messages) this.onmessage({ data: JSON.stringify(message) });
  }
  breaks(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

function harness(refresh = async () => {}) {
  const heard = [];
  const listener = {
    reset: () => heard.push("reset"),
    change: (path, data) => heard.push(`${path} ${JSON.stringify(data)}`),
    current: () => heard.push("current"),
    notification: ({ title }) => heard.push(`notification ${title}`),
    state: (state) => heard.push(state),
  };
  let token = "token-1";
  const live = new Live({ url: "ws://here/v1/live", token: () => token, refresh, listener, WebSocket: FakeSocket });
  live.start();
  return { live, heard, renew: (next) => (token = next) };
}

beforeEach(() => {
  FakeSocket.all = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

const change = (cursor, path = "users/ann") => ({ type: "change", cursor, path, data: {} });
const current = (cursor) => ({ type: "current", cursor });

function connected(refresh) {
  const parts = harness(refresh);
  FakeSocket.last.open();
  FakeSocket.last.says(current("c1"));
  parts.heard.length = 0;
  return parts;
}

test("a connection authenticates first, and passes on what it hears", () => {
  const { heard } = harness();
  assert.equal(FakeSocket.last.protocol, "boochat.v1");
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent, [{ type: "authenticate", accessToken: "token-1" }]);
  FakeSocket.last.says(change("c0"), current("c1"), { type: "notification", title: "Hi" }, { type: "from the future" });
  assert.deepEqual(heard, ["connecting", "reset", "users/ann {}", "current", "live", "notification Hi"]);
});

describe("a lost connection", () => {
  test("comes back with the last cursor", () => {
    const { heard } = connected();
    FakeSocket.last.says(change("c2"));
    FakeSocket.last.breaks();
    mock.timers.tick(longEnough);
    FakeSocket.last.open();
    assert.equal(FakeSocket.last.sent[0].cursor, "c2");
    assert.deepEqual(heard, ["users/ann {}", "reconnecting"]);
  });

  test("starts anew if the first picture was not whole", () => {
    const { heard } = harness();
    FakeSocket.last.open();
    FakeSocket.last.says(change("c0"));
    FakeSocket.last.breaks();
    mock.timers.tick(longEnough);
    FakeSocket.last.open();
    assert.equal(FakeSocket.last.sent[0].cursor, undefined);
    assert.equal(heard.filter((word) => word === "reset").length, 2);
  });

  test("waits longer each time, until it has been live again", () => {
    connected();
    const waits = [];
    for (let failure = 0; failure < 8; failure++) {
      const before = FakeSocket.all.length;
      FakeSocket.last.breaks();
      let waited = 0;
      for (; FakeSocket.all.length === before; waited += 50) mock.timers.tick(50);
      waits.push(waited);
    }
    assert.ok(waits[0] <= 550 && waits[7] >= 7_500 && waits[7] <= 15_050, String(waits));
    FakeSocket.last.open();
    FakeSocket.last.says(current("c2"));
    FakeSocket.last.breaks();
    const before = FakeSocket.all.length;
    mock.timers.tick(550);
    assert.equal(FakeSocket.all.length, before + 1);
  });

  test("comes back at once when woken, and only once", () => {
    const { live } = connected();
    live.wake();
    assert.equal(FakeSocket.all.length, 1);
    FakeSocket.last.breaks();
    live.wake();
    assert.equal(FakeSocket.all.length, 2);
    mock.timers.tick(5_000);
    assert.equal(FakeSocket.all.length, 2);
  });

  test("that never opened is given up", () => {
    harness();
    mock.timers.tick(10_000); // given up
    mock.timers.tick(longEnough); // and tried again
    assert.equal(FakeSocket.all.length, 2);
    assert.equal(FakeSocket.all[0].readyState, 3);
  });
});

test("a reset starts anew without a cursor until the next picture is whole", () => {
  const { heard } = connected();
  FakeSocket.last.says({ type: "reset" }, change("c7"));
  FakeSocket.last.breaks();
  mock.timers.tick(longEnough);
  FakeSocket.last.open();
  assert.equal(FakeSocket.last.sent[0].cursor, undefined);
  assert.deepEqual(heard, ["reset", "users/ann {}", "reconnecting", "reset"]);
});

describe("an ended token", () => {
  test("is renewed before coming back", async () => {
    const parts = connected(async () => parts.renew("token-2"));
    FakeSocket.last.breaks(4401);
    mock.timers.tick(longEnough);
    await settled();
    FakeSocket.last.open();
    assert.deepEqual(FakeSocket.last.sent[0], { type: "authenticate", accessToken: "token-2", cursor: "c1" });
  });

  test("that cannot be renewed now is renewed later", async () => {
    const answers = [temporary()];
    connected(async () => {
      if (answers.length) throw answers.pop();
    });
    FakeSocket.last.breaks(4401);
    mock.timers.tick(longEnough);
    await settled();
    assert.equal(FakeSocket.all.length, 1);
    mock.timers.tick(longEnough);
    await settled();
    assert.equal(FakeSocket.all.length, 2);
  });

  test("that will never be renewed ends the connection", async () => {
    connected(async () => {
      throw permanent();
    });
    FakeSocket.last.breaks(4401);
    mock.timers.tick(longEnough);
    await settled();
    mock.timers.tick(longEnough);
    await settled();
    assert.equal(FakeSocket.all.length, 1);
  });
});

test("a new token is shown on the open connection", () => {
  const { live, renew } = connected();
  renew("token-2");
  live.authenticate();
  assert.deepEqual(FakeSocket.last.sent.at(-1), { type: "authenticate", accessToken: "token-2" });
});
