// The sign-in page: be one of the demo people, somebody new, or anybody on the list.
import { avatar, drawAvatar } from "./avatar.js";
import { onSubmit } from "./dialogs.js";
import { $, el, setText } from "./dom.js";

const stored = "boochat.guests"; // of this browser: name -> e-mail of the guest seat taken

export async function showSignIn(api, words) {
  $("signin").hidden = false;
  notice(words);
  onSubmit($("other-person"), (data) => api.signIn({ email: data.get("email").trim(), name: data.get("name").trim() }));
  try {
    offer(api, await api.localPeople());
  } catch (problem) {
    notice(problem.message);
    $("signin-people").replaceChildren(
      el("button", { class: "button", type: "button", click: () => showSignIn(api, "") }, "Try again"),
    );
  }
}

// offer shows the demo people, and the guests this browser has been before.
function offer(api, { people, guestSeats }) {
  const guests = readGuests();
  const known = Object.entries(guests).map(([name, email]) => ({ name, email, guest: true }));
  $("signin-people").replaceChildren(...[...people, ...known].map((person) => personButton(api, person)));
  onSubmit($("new-person"), async (data) => {
    const name = data.get("name").trim();
    const email = guests[name] ?? freeSeat(guestSeats, Object.values(guests));
    await api.signIn({ email, name });
    localStorage.setItem(stored, JSON.stringify({ ...readGuests(), [name]: email }));
  });
}

// freeSeat picks a guest seat at random, so that two browsers seldom pick the same.
function freeSeat(seats, taken) {
  const free = seats.filter((seat) => !taken.includes(seat));
  if (free.length === 0) throw new Error("All guest seats are taken in this browser. Be one of the people above.");
  return free[Math.floor(Math.random() * free.length)];
}

function readGuests() {
  return JSON.parse(localStorage.getItem(stored)) ?? {};
}

function personButton(api, { email, name, guest }) {
  const signIn = async () => {
    button.disabled = true;
    try {
      await api.signIn({ email, name });
    } catch (problem) {
      notice(problem.message);
      button.disabled = false;
    }
  };
  const firstName = name.split(" ")[0].toLowerCase();
  const button = el(
    "button",
    { class: "signin-person", type: "button", "data-testid": `sign-in-as-${firstName}`, click: signIn },
    drawAvatar(avatar(), { id: email, name, imageUrl: "" }),
    el("span", { class: "signin-name" }, name),
    el("span", { class: "hint" }, guest ? "guest in this browser" : email),
  );
  return button;
}

function notice(words) {
  $("signin-notice").hidden = !words;
  setText($("signin-notice"), words);
}
