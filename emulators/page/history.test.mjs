import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { settled, temporary } from "./fakes.mjs";
import { Histories } from "./history.js";
import { Model } from "./model.js";

const longEnough = 5_000;
const item = (sequence) => ({ id: `i${sequence}`, roomId: "r", sequence, kind: "message" });
const items = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => item(from + index));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

// harness is a room of `last` items on a server that can be asked as api.md says.
function harness(last) {
  const model = new Model("ann");
  const asked = [];
  const server = { last, problem: undefined };
  const query = async (path) => {
    asked.push(path);
    if (server.problem) throw server.problem;
    const [, direction, at, limit] = /(before|after)=(\d+)&limit=(\d+)/.exec(path) ?? [];
    if (direction === "before") return { items: items(Math.max(1, at - limit), at - 1), hasBefore: at - limit > 1 };
    if (direction === "after")
      return { items: items(Number(at) + 1, Math.min(server.last, Number(at) + Number(limit))) };
    return { items: items(Math.max(1, server.last - 49), server.last) };
  };
  const histories = new Histories({ model, query, changed() {} });
  const arrives = (sequence) => {
    server.last = sequence;
    model.apply("rooms/r", { id: "r", name: "R", imageUrl: "", memberIds: ["ann"], lastSequence: sequence });
  };
  arrives(last);
  const keepUp = async () => {
    histories.keepUp("r");
    mock.timers.tick(longEnough);
    await settled();
  };
  const shown = () => {
    const run = histories.items("r");
    return run.length && [run[0].sequence, run.at(-1).sequence];
  };
  return { model, server, histories, arrives, keepUp, shown, asked };
}

test("opening a room loads the latest, scrolling up the older ones until the first", async () => {
  const { histories, keepUp, shown } = harness(120);
  await keepUp();
  assert.deepEqual(shown(), [71, 120]);
  await histories.loadOlder("r");
  assert.deepEqual(shown(), [21, 120]);
  assert.ok(histories.hasOlder("r"));
  await histories.loadOlder("r");
  assert.deepEqual(shown(), [1, 120]);
  assert.ok(!histories.hasOlder("r"));
});

test("an item that comes live in a moment is not asked for", async () => {
  const { model, histories, arrives, keepUp, shown, asked } = harness(10);
  await keepUp();
  arrives(11);
  histories.keepUp("r");
  model.apply("rooms/r/items/11", item(11));
  mock.timers.tick(longEnough);
  await settled();
  assert.deepEqual(shown(), [1, 11]);
  assert.deepEqual(asked, ["rooms/r"]);
});

test("a hole is filled before what comes after it is shown", async () => {
  const { model, arrives, keepUp, shown, asked } = harness(10);
  await keepUp();
  arrives(13);
  model.apply("rooms/r/items/13", item(13));
  assert.deepEqual(shown(), [1, 10]);
  await keepUp();
  assert.deepEqual(shown(), [1, 13]);
  assert.deepEqual(asked.at(-1), "rooms/r/items?after=10&limit=200");
});

test("a room far ahead is shown from its latest", async () => {
  const { arrives, keepUp, shown } = harness(10);
  await keepUp();
  arrives(1000);
  await keepUp();
  assert.deepEqual(shown(), [951, 1000]);
});

test("a problem is kept in words, and not asked again until recovery", async () => {
  const { server, histories, keepUp, shown, asked } = harness(10);
  server.problem = temporary();
  await keepUp();
  await keepUp();
  assert.equal(asked.length, 1);
  assert.equal(histories.of("r").problem.message, "not now");
  server.problem = undefined;
  histories.recover();
  await keepUp();
  assert.deepEqual(shown(), [1, 10]);
});

test("a room that is not mine is not asked for", async () => {
  const { model, keepUp, asked } = harness(10);
  model.apply("rooms/r", null);
  await keepUp();
  assert.deepEqual(asked, []);
});
