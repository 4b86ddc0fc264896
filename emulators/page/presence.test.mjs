import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { settled, temporary } from "./fakes.mjs";
import { Presence } from "./presence.js";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});

function harness() {
  const there = { watching: true, problem: undefined };
  const told = [];
  const send = async (name, { roomId, readSequence }) => {
    told.push([name, roomId, readSequence].filter((part) => part !== undefined).join(" "));
    if (there.problem) throw there.problem;
  };
  return { there, told, presence: new Presence({ send, watching: () => there.watching }) };
}

test("reading is told at once, then at most once a second", () => {
  const { presence, told } = harness();
  for (const sequence of [5, 6, 7]) presence.show("r", sequence, { memberIds: [] });
  assert.deepEqual(told, ["open-room r 5"]);
  mock.timers.tick(1_000);
  assert.deepEqual(told, ["open-room r 5", "open-room r 7"]);
  mock.timers.tick(10_000);
  assert.equal(told.length, 2);
});

test("what the server has noted as read already is not told again", () => {
  const { presence, told } = harness();
  presence.show("r", 5, { memberIds: [], noted: 5 });
  mock.timers.tick(1_000);
  presence.show("r", 6, { memberIds: [], noted: 6 });
  presence.show("r", 7, { memberIds: [], noted: 6 });
  presence.leave();
  assert.deepEqual(told, ["open-room r 5", "open-room r 7", "close-room r 7"]);
});

test("going to another room closes the first, up to what was read", () => {
  const { presence, told } = harness();
  presence.show("r", 5, { memberIds: [] });
  presence.show("r", 6, { memberIds: [] });
  presence.show("s", 2, { memberIds: [] });
  assert.deepEqual(told, ["open-room r 5", "close-room r 6", "open-room s 2"]);
});

test("what comes while nobody is watching is not read by turning away", () => {
  const { there, presence, told } = harness();
  presence.show("r", 5, { memberIds: [] });
  there.watching = false;
  presence.show("r", 6, { memberIds: [] });
  presence.leave();
  assert.deepEqual(told, ["open-room r 5", "close-room r 5"]);
});

test("a room one has left is not closed", () => {
  const { presence, told } = harness();
  presence.show("r", 5, { memberIds: [] });
  presence.forget();
  presence.leave();
  assert.deepEqual(told, ["open-room r 5"]);
});

test("nothing is read while nobody is watching", () => {
  const { there, presence, told } = harness();
  there.watching = false;
  presence.show("r", 5, { memberIds: [] });
  presence.leave();
  assert.deepEqual(told, []);
  there.watching = true;
  presence.show("r", 5, { memberIds: [] });
  assert.deepEqual(told, ["open-room r 5"]);
});

test("a report that was lost is made again", async () => {
  const { there, presence, told } = harness();
  there.problem = temporary();
  presence.show("r", 5, { memberIds: [] });
  await settled();
  there.problem = undefined;
  mock.timers.tick(1_000);
  assert.deepEqual(told, ["open-room r 5", "open-room r 5"]);
});

test("the heart beats at once and every 30 seconds, with the room on screen", () => {
  const { there, presence, told } = harness();
  presence.start();
  presence.show("r", 5, { memberIds: [] });
  mock.timers.tick(30_000);
  there.watching = false;
  mock.timers.tick(30_000);
  assert.deepEqual(told, ["heartbeat", "open-room r 5", "heartbeat r", "heartbeat"]);
});

test("people who are new hear at once that one is there", () => {
  const { there, presence, told } = harness();
  presence.start();
  presence.show("r", 5, { memberIds: ["me", "ann"] });
  presence.show("r", 5, { memberIds: ["ann", "me"] });
  presence.show("s", 2, { memberIds: ["me"] });
  there.watching = false;
  presence.show("s", 2, { memberIds: ["me", "bob"] });
  there.watching = true;
  presence.show("s", 2, { memberIds: ["me", "bob"] });
  const beats = told.filter((what) => what.startsWith("heartbeat"));
  assert.deepEqual(beats, ["heartbeat", "heartbeat r", "heartbeat s"]);
});
