// The calendar dialog: the private address of my meetups, to subscribe to.
import { act } from "./acting.js";
import { onSubmit } from "./dialogs.js";
import { $, setAttribute, setText } from "./dom.js";

// openCalendar shows the address, copies it, and makes a new one.
export function openCalendar({ api }) {
  const dialog = $("calendar-dialog");
  const form = dialog.querySelector("form");
  const load = (words, work = async () => {}) => {
    show("", "");
    return act(dialog, form.querySelector(".form-problem"), async () => {
      await work();
      show((await api.query("calendar")).url, words);
    });
  };
  onSubmit(form, copy);
  $("rotate-calendar").onclick = () =>
    load("This is your new address. The old one has stopped working.", () => api.command("rotate-calendar"));
  dialog.showModal();
  load("");
}

function show(url, words) {
  $("calendar-url").value = url;
  $("copy-calendar").disabled = !url;
  setAttribute($("open-calendar"), "href", url ? url.replace(/^https?:/, "webcal:") : undefined);
  setText($("calendar-said"), words);
}

// copy puts the address on the clipboard. Browsers have one only on https and localhost;
// elsewhere it is at least chosen, ready to be copied.
async function copy() {
  $("calendar-url").select();
  try {
    await navigator.clipboard.writeText($("calendar-url").value);
    setText($("calendar-said"), "It is on the clipboard.");
  } catch {
    setText($("calendar-said"), "It is chosen: copy it with the keys of your device.");
  }
}
