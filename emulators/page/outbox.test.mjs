import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { memoryStorage, permanent, settled, temporary } from "./fakes.mjs";
import { Outbox } from "./outbox.js";

const longEnough = 60_000;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

// harness is an outbox whose post answers, or throws, what answers holds, one after the
// other; afterwards it accepts everything.
function harness(answers = [], storage = memoryStorage()) {
  const posted = [];
  const post = async (message) => {
    posted.push(message);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? { sequence: posted.length };
  };
  const outbox = new Outbox({ storage, key: "outbox", post, changed() {} });
  const states = () => outbox.of("r").map(({ content, state }) => `${content} ${state}`);
  return { outbox, posted, states, storage };
}

describe("messages", () => {
  test("are sent one after the other, in the order of writing", async () => {
    let answer;
    const { outbox, posted, states } = harness([new Promise((resolve) => (answer = resolve))]);
    outbox.add("r", "one");
    outbox.add("r", "two");
    await settled();
    assert.deepEqual(
      posted.map(({ content }) => content),
      ["one"],
    );
    answer({ sequence: 1 });
    await settled();
    assert.deepEqual(
      posted.map(({ content }) => content),
      ["one", "two"],
    );
    assert.deepEqual(states(), ["one sent", "two sent"]);
  });

  test("wait through a lost connection, keep their order and their ids", async () => {
    const { outbox, posted, states } = harness([temporary(), temporary()]);
    outbox.add("r", "one");
    outbox.add("r", "two");
    await settled();
    assert.deepEqual(states(), ["one waiting", "two sending"]);
    for (let attempt = 0; attempt < 2; attempt++) {
      mock.timers.tick(longEnough);
      await settled();
    }
    assert.deepEqual(
      posted.map(({ content }) => content),
      ["one", "one", "one", "two"],
    );
    assert.equal(new Set(posted.slice(0, 3).map(({ id }) => id)).size, 1);
  });

  test("wait as long as the server asks", async () => {
    const { outbox, posted } = harness([Object.assign(temporary(), { retryAfter: 40 })]);
    outbox.add("r", "one");
    await settled();
    mock.timers.tick(39_000);
    outbox.add("r", "two");
    await settled();
    assert.equal(posted.length, 1);
    mock.timers.tick(1_000);
    await settled();
    assert.deepEqual(
      posted.map(({ content }) => content),
      ["one", "one", "two"],
    );
  });

  test("that are refused do not hold up the others, and can be tried again or given up", async () => {
    const { outbox, posted, states } = harness([permanent()]);
    outbox.add("r", "one");
    outbox.add("r", "two");
    await settled();
    assert.deepEqual(states(), ["one failed", "two sent"]);
    const [{ id, detail }] = outbox.of("r");
    assert.equal(detail, "not so");
    outbox.retry(id);
    await settled();
    assert.equal(posted.at(-1).id, id);
    assert.deepEqual(states(), ["one sent", "two sent"]);
    outbox.discard(id);
    assert.deepEqual(states(), ["two sent"]);
  });

  test("are forgotten when their item is there", async () => {
    const { outbox, states } = harness();
    outbox.add("r", "one");
    await settled();
    outbox.arrived("some other item");
    assert.deepEqual(states(), ["one sent"]);
    outbox.arrived(outbox.of("r")[0].id);
    assert.deepEqual(states(), []);
  });
});

test("a reload keeps what is not sent, and only that", async () => {
  const before = harness([{ sequence: 1 }, temporary()]);
  before.outbox.add("r", "one");
  before.outbox.add("r", "two");
  await settled();
  const after = harness([], before.storage);
  assert.deepEqual(after.states(), ["two waiting"]);
  after.outbox.flush();
  await settled();
  assert.deepEqual(after.posted, [before.posted.at(-1)]);
});
