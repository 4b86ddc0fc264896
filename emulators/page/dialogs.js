// Dialogs: native ones of index.html, opened for one question at a time.
import { setAttribute } from "./dom.js";

// prepareDialogs makes every dialog close by its close buttons and by a click outside.
// (Escape is the browser's own.)
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("[data-close]")) dialog.close();
    });
  }
}

// ask opens a dialog with a form and closes it when submit, given the form's data, has
// done its work. A problem stays in the dialog, in words, and nothing typed is lost.
export function ask(dialog, submit) {
  const form = dialog.querySelector("form");
  onSubmit(form, async (data) => {
    await submit(data);
    dialog.close();
  });
  dialog.showModal();
}

// onSubmit runs work when a form is sent, one at a time, and shows its problem in the
// form's .form-problem.
export function onSubmit(form, work) {
  const problem = form.querySelector(".form-problem");
  problem.textContent = "";
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    setBusy(form, true);
    problem.textContent = "";
    try {
      await work(new FormData(form));
    } catch (failure) {
      problem.textContent = failure.message;
      fieldOf(form, failure)?.focus();
      problem.scrollIntoView({ block: "nearest" });
    }
    setBusy(form, false);
  };
}

// fieldOf finds what a problem is about by its name, which is that of the contract.
function fieldOf(form, { fields = [] }) {
  return fields.map((field) => form.querySelector(`[name="${CSS.escape(field)}"]`)).find(Boolean);
}

function setBusy(form, busy) {
  form.ariaBusy = String(busy);
  for (const button of form.querySelectorAll("[type=submit]")) setAttribute(button, "disabled", busy);
}
