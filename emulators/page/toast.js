// Toasts: short words at the edge of the screen that go away by themselves.
import { $, el, icon } from "./dom.js";

const shownFor = { info: 6_000, warning: 8_000, error: 10_000 }; // milliseconds

// toast shows a notification: {title?, message, level?, link?}; link is a route of the page.
export function toast({ title, message, level = "info", link }) {
  const card = el("div", {
    class: "toast",
    role: level === "error" ? "alert" : "status",
    "data-testid": "toast",
    "data-level": level,
  });
  const words = el("div", { class: "toast-words" });
  if (title) words.append(el("strong", {}, title));
  words.append(el("span", {}, message));
  card.append(words);
  const dismiss = () => card.remove();
  if (link) card.append(el("a", { class: "toast-link", href: link, click: dismiss }, "Open"));
  card.append(
    el("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", click: dismiss }, icon("close")),
  );
  $("toasts").append(card);
  // Raised anew, a popover is above a dialog that was opened after it.
  $("toasts").hidePopover();
  $("toasts").showPopover();
  setTimeout(dismiss, shownFor[level]);
}

// toastProblem tells of something that did not work.
export function toastProblem(problem) {
  toast({ message: problem.message, level: "error" });
}
