import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Model } from "./model.js";

const user = (id, name, online = false) => [`users/${id}`, { id, name, imageUrl: "", presence: { online } }];
const room = (id, name, memberIds, lastSequence, timestamp) => [
  `rooms/${id}`,
  { id, name, imageUrl: "", memberIds, lastSequence, lastItem: { timestamp } },
];
const item = (roomId, sequence) => [
  `rooms/${roomId}/items/${sequence}`,
  { id: `i${sequence}`, roomId, sequence, kind: "message" },
];
const visit = (roomId, readSequence) => [`users/ann/visits/${roomId}`, { roomId, readSequence }];

function modelOf(...changes) {
  const model = new Model("ann");
  model.reset();
  for (const [path, data] of changes) model.apply(path, data);
  model.settle();
  return model;
}

const people = [user("ann", "Ann"), user("bob", "Bob", true), user("cleo", "Cleo")];

describe("a room", () => {
  for (const [name, memberIds, title, subject] of [
    ["Trip", ["ann", "bob"], "Bob", "Trip"],
    ["Ann, Bob", ["ann", "bob"], "Bob", ""],
    ["Trip", ["ann", "bob", "cleo"], "Trip", ""],
    ["Ann, Bob, Cleo", ["cleo", "bob", "ann"], "Bob, Cleo", ""],
    ["Trip", ["ann"], "Trip", ""],
    ["Ann", ["ann"], "Ann", ""],
  ]) {
    test(`called ${name}, of ${memberIds.join(" and ")}, goes by ${title} (F-4)`, () => {
      const shown = modelOf(...people, room("r", name, memberIds, 1, "")).room("r");
      assert.deepEqual([shown.title, shown.subject], [title, subject]);
    });
  }

  test("of two shows whether the other is there", () => {
    assert.equal(modelOf(...people, room("r", "Trip", ["ann", "bob"], 1, "")).room("r").companion.online, true);
  });

  test("has as unread what came after the last read", () => {
    const documents = [...people, room("r", "Trip", ["ann", "bob"], 9, "")];
    assert.equal(modelOf(...documents, visit("r", 4)).room("r").unread, 5);
    assert.equal(modelOf(...documents).room("r").unread, 9);
    // A visit may arrive before the room has caught up with it.
    assert.equal(modelOf(...documents, visit("r", 10)).room("r").unread, 0);
  });
});

test("rooms are listed with the latest item first", () => {
  const model = modelOf(
    room("old", "Old", ["ann"], 1, "2026-01-01T10:00:00.000Z"),
    room("new", "New", ["ann"], 1, "2026-01-02T10:00:00.000Z"),
    item("new", 1),
    visit("new", 1),
  );
  assert.deepEqual(
    model.rooms().map(({ id }) => id),
    ["new", "old"],
  );
});

test("others are everybody but me, by name", () => {
  assert.deepEqual(
    modelOf(user("z", "Cleo"), user("ann", "Ann"), user("a", "Bob"))
      .others()
      .map(({ name }) => name),
    ["Bob", "Cleo"],
  );
});

describe("items", () => {
  test("run upwards until one is missing, in order of sequence", () => {
    const model = modelOf(room("r", "R", ["ann"], 9, ""), item("r", 7), item("r", 5), item("r", 6), item("r", 9));
    const run = () => model.run("r", 5).map(({ sequence }) => sequence);
    assert.deepEqual(run(), [5, 6, 7]);
    model.addItems([item("r", 8)[1], item("r", 7)[1]]);
    assert.deepEqual(run(), [5, 6, 7, 8, 9]);
  });

  test("go with their room", () => {
    const model = modelOf(
      room("r", "R", ["ann"], 1, ""),
      room("rr", "RR", ["ann"], 1, ""),
      item("r", 1),
      item("rr", 1),
    );
    model.apply("rooms/r", null);
    assert.equal(model.room("r"), undefined);
    assert.deepEqual(model.run("r", 1), []);
    assert.equal(model.run("rr", 1).length, 1);
  });
});

describe("a reset", () => {
  test("shows the old picture until the new one is whole, then only the new one", () => {
    const model = modelOf(
      ...people,
      room("kept", "K", ["ann"], 1, ""),
      room("left", "L", ["ann"], 1, ""),
      item("kept", 1),
      item("left", 1),
    );
    model.reset();
    model.apply(...room("kept", "Renamed", ["ann"], 2, ""));
    assert.equal(model.room("kept").name, "K");
    assert.equal(model.room("left").name, "L");
    model.settle();
    assert.equal(model.room("kept").name, "Renamed");
    assert.equal(model.room("left"), undefined);
    assert.equal(model.run("kept", 1).length, 1);
    assert.deepEqual(model.run("left", 1), []);
  });
});

test("meetups come and go, and a reset keeps only those that are mine still", () => {
  const model = modelOf(["meetups/kept", { id: "kept" }], ["meetups/left", { id: "left" }]);
  assert.deepEqual(model.meetups(), [{ id: "kept" }, { id: "left" }]);
  model.reset();
  model.apply("meetups/kept", { id: "kept", name: "Picnic" });
  model.settle();
  assert.equal(model.meetup("kept").name, "Picnic");
  assert.equal(model.meetup("left"), undefined);
  model.apply("meetups/kept", null);
  assert.deepEqual(model.meetups(), []);
});
