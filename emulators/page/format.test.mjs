import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { briefTime, colourOf, count, dayLabel, initials, isEmojiOnly, segments } from "./format.js";

const now = new Date(2026, 10, 24, 18, 0);

describe("times", () => {
  for (const [time, day, brief] of [
    [new Date(2026, 10, 24, 9, 5), "Today", "09:05"],
    [new Date(2026, 10, 24, 18, 1), "Today", "18:01"], // a clock a minute behind the server's
    [new Date(2026, 10, 23, 23, 59), "Yesterday", "Yesterday"],
    [new Date(2026, 10, 20, 9, 0), "Friday 20 November", "Fri"],
    [new Date(2026, 10, 17, 9, 0), "Tuesday 17 November", "17 Nov"],
    [new Date(2025, 11, 31, 9, 0), "Wednesday 31 December 2025", "31 Dec 2025"],
  ]) {
    test(`${time.toISOString()} is ${day}, in short ${brief}`, () => {
      assert.equal(dayLabel(time, now).replace(",", ""), day);
      assert.equal(briefTime(time, now), brief);
    });
  }
});

test("initials stand for a name", () => {
  for (const [name, want] of [
    ["Ann", "A"],
    ["ann lee", "AL"],
    [" Ann Mary  Lee ", "AL"],
    ["élodie", "É"],
    ["👩‍🚀 Crew", "👩‍🚀C"],
    ["", "?"],
  ]) {
    assert.equal(initials(name), want, name);
  }
});

test("a colour is one of eight, always the same, and ids get different ones", () => {
  const colours = Array.from({ length: 200 }, (_, index) => colourOf(`person-${index}`));
  assert.ok(colours.every((colour) => Number.isInteger(colour) && colour >= 0 && colour < 8));
  assert.equal(new Set(colours).size, 8);
  assert.equal(colourOf("person-1"), colours[1]);
});

test("numbers go with their noun", () => {
  assert.deepEqual(
    [count(0, "member"), count(1, "member"), count(2, "member")],
    ["0 members", "1 member", "2 members"],
  );
});

describe("web addresses", () => {
  for (const [text, want] of [
    ["no address", ["no address"]],
    ["see https://example.com/a?b=c.", ["see ", ["https://example.com/a?b=c"], "."]],
    ["(http://example.com/x)", ["(", ["http://example.com/x"], ")"]],
    ["https://a.example https://b.example", [["https://a.example"], " ", ["https://b.example"]]],
    ["javascript:alert(1) ftp://a.example", ["javascript:alert(1) ftp://a.example"]],
    ["", []],
  ]) {
    test(`in “${text}”`, () => {
      assert.deepEqual(
        segments(text).map((part) => (part.href ? [part.href] : part.text)),
        want,
      );
      assert.equal(
        segments(text)
          .map((part) => part.text)
          .join(""),
        text,
      );
    });
  }
});

test("one to three emoji are shown large", () => {
  for (const text of ["🎉", "👩‍🚀 👍🏽", "🇫🇷🇫🇷🇫🇷"]) assert.ok(isEmojiOnly(text), text);
  for (const text of ["", "1", "a🎉", "🎉🎉🎉🎉"]) assert.ok(!isEmojiOnly(text), text);
});
