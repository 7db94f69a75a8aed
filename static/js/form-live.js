/* Keeps on the server what is typed and not saved, and says beside an input how it was read and
   what is wrong with it. Sends on leaving a field, and a moment after typing stops. */

"use strict";

const PAUSE_MS = 1200;
const live = document.querySelector("form[data-live-form]");
let pause = 0;
let isSending = false;
let isDue = false;
let isGone = false;

function touchedInput() {
  const known = live.elements.namedItem("touched");
  if (known) return known;
  const input = Object.assign(document.createElement("input"), { name: "touched", type: "hidden" });
  live.append(input);
  return input;
}

function touch(name) {
  const names = touchedInput().value.split(" ");
  if (name && !names.includes(name)) touchedInput().value = [...names, name].join(" ").trim();
}

function typedData() {
  const data = new FormData(live);
  // A chosen file goes up once, with the save.
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  data.set("save", "check");
  return data;
}

async function send() {
  clearTimeout(pause);
  pause = 0;
  isDue = isSending;
  if (isSending || isGone) return;
  isSending = true;
  const data = typedData();
  try {
    const answer = await fetch(location.pathname, { body: data, method: "POST", redirect: "manual" });
    if (answer.ok) {
      const said = await answer.json();
      await released();
      show(said, data);
    } else if (answer.type === "opaqueredirect" || answer.status === 403) {
      document.dispatchEvent(new CustomEvent("session:over"));
    } else markKept(false);
  } catch {
    markKept(false);
  }
  isSending = false;
  if (isDue) send();
}

/* A line that appears under a pressed pointer moves the button away from it, and the click is lost. */
let isPressed = false;
document.addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => { isPressed = false; }, true);
}

function released() {
  if (!isPressed) return Promise.resolve();
  return new Promise((go) => {
    // The click comes right after the pointer is up; a second later nobody is clicking any more.
    setTimeout(go, 1000);
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, () => setTimeout(go), { capture: true, once: true });
    }
  });
}

function markKept(isKept) {
  for (const sign of document.querySelectorAll("[data-kept-mark]")) sign.hidden = !isKept;
}

function show({ fields, kept }, data) {
  document.dispatchEvent(new CustomEvent("session:used"));
  markKept(kept);
  for (const place of live.querySelectorAll(".field [data-live]")) {
    const field = place.closest(".field");
    const answer = field.querySelector(".field-input");
    const input = answer.id ? answer : answer.querySelector("input, select, textarea");
    if (input) say(fields[input.id] ?? {}, { data, field, input, place });
  }
}

/* A place for the reason, while the value is unusual and none is stored for it. */
function askWhy(said, { field, input }) {
  const name = input.name || input.querySelector("input")?.name;
  const place = field.querySelector(".field-because");
  if (!said.soft || said.because) {
    if (!place?.querySelector("input").value) place?.remove();
  } else if (!place && name) {
    const copy = document.createElement("div");
    const template = live.querySelector("template[data-because]");
    copy.innerHTML = template.innerHTML.replaceAll("__name__", name);
    field.querySelector("[data-live]").after(copy.firstElementChild);
  }
}

function say(said, { data, field, input, place }) {
  const isHere = field.contains(document.activeElement);
  // Typed since the question was sent: the next answer is about it.
  if (input.name && data.get(input.name) !== input.value && !input.disabled) return;
  if (isHere && said.hard) return;
  // How a text was read stays in sight while that is what the input holds.
  const before = place.dataset.echoOf === input.value ? place.textContent : "";
  place.textContent = said.hard ?? said.soft ?? said.echo ?? before;
  place.dataset.echoOf = said.hard || said.soft ? "" : (said.value ?? "");
  place.classList.toggle("is-hard", Boolean(said.hard));
  place.classList.toggle("is-soft", !said.hard && Boolean(said.soft));
  field.classList.toggle("is-warned", !said.hard && Boolean(said.soft));
  if (!said.hard) askWhy(said, { field, input });
  if (said.value !== undefined && !isHere && input.value !== said.value) input.value = said.value;
  if (!input.matches("input, select, textarea")) return;
  if (said.hard) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

if (live) {
  touchedInput();
  live.addEventListener("input", (event) => {
    touch(event.target.name);
    clearTimeout(pause);
    pause = setTimeout(send, PAUSE_MS);
  });
  // After the other scripts have followed the change.
  live.addEventListener("change", (event) => {
    touch(event.target.name);
    setTimeout(send);
  });
  live.addEventListener("submit", (event) => {
    isGone = !event.defaultPrevented;
    clearTimeout(pause);
  });
  window.addEventListener("pageshow", () => {
    isGone = false;
  });
  window.addEventListener("pagehide", () => {
    if (pause && !isGone) navigator.sendBeacon(location.pathname, typedData());
  });
}
