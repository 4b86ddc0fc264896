// The composer: a text field that grows, one draft for each room.
import { $, setText } from "./dom.js";

const longest = 4_000; // code points of a message
const warnBelow = 200; // code points left at which the rest is counted down

export class Composer {
  #field = $("composer");
  #drafts = new Map(); // room id -> text
  #roomId;
  #send;

  // send gets the trimmed text of a message.
  constructor(send) {
    this.#send = send;
    this.#field.addEventListener("input", () => this.#draw());
    this.#field.addEventListener("keydown", (event) => {
      // Enter while an input method is composing only accepts a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    $("composer-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
      this.#field.focus();
    });
  }

  // show brings back what was being written in a room.
  show(roomId) {
    this.#drafts.set(this.#roomId, this.#field.value);
    this.#roomId = roomId;
    this.#field.value = this.#drafts.get(roomId) ?? "";
    this.#draw();
  }

  focus() {
    this.#field.focus();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text || left(text) < 0) return;
    this.#field.value = "";
    this.#draw();
    this.#send(text);
  }

  #draw() {
    const text = this.#field.value.trim();
    $("send").disabled = !text || left(text) < 0;
    setText($("composer-left"), left(text) < warnBelow ? String(left(text)) : "");
    this.#field.ariaInvalid = String(left(text) < 0);
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }
}

function left(text) {
  return longest - [...text].length;
}
