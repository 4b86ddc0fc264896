import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { settled, temporary } from "./fakes.mjs";
import { Live } from "./live.js";
import { chooseLive } from "./listening.js";

test("a page listens on its server's socket unless told otherwise, and asks until it is told", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.location = { href: "https://chat.example/#/rooms/r" };
  const answers = [temporary(), temporary()];
  const localClient = async () => {
    if (answers.length) throw answers.pop();
    return { live: "websocket" };
  };
  const chosen = chooseLive({ localClient });
  for (let attempt = 0; attempt < 2; attempt++) {
    await settled();
    mock.timers.tick(1_000);
  }
  assert.ok((await chosen)({ session: {}, listener: {} }) instanceof Live);
});
