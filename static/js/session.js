/* Says before a session ends, and lets the person stay. Several pages of one person know of each
   other's use by the browser's storage. */

"use strict";

const session = document.getElementById("session-dialog");
const LAST_MS = 60 * 1000;
const USED = "session-used-at";
let warnMs = 5 * 60 * 1000;
let endsAt = 0;
let isOver = false;

function noteUse() {
  try {
    localStorage.setItem(USED, String(Date.now()));
  } catch {
    session.dataset.usedAt = String(Date.now()); // a browser that stores nothing
  }
}

function usedAt() {
  try {
    return Number(localStorage.getItem(USED));
  } catch {
    return Number(session.dataset.usedAt);
  }
}

function leftMs() {
  const idleEnds = usedAt() + 1000 * Number(session.dataset.idleSeconds);
  return Math.min(idleEnds, endsAt) - Date.now();
}

function look() {
  const left = leftMs();
  if (isOver || left > warnMs) {
    if (session.open && !isOver) session.close();
    return;
  }
  if (left <= 0) {
    end();
    return;
  }
  const seconds = Math.floor(left / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  session.querySelector("[data-session-clock]").textContent = clock;
  session.querySelector("[data-session-stay]").hidden = endsAt - Date.now() <= left;
  if (!session.open) session.showModal();
}

function end() {
  isOver = true;
  session.querySelector("[data-session-ends]").hidden = true;
  session.querySelector("[data-session-over]").hidden = false;
  if (!session.open) session.showModal();
  session.querySelector("[data-session-over] a").focus();
}

async function stay() {
  const body = new FormData(session.querySelector("form"));
  const answer = await fetch(session.dataset.extend, { body, method: "POST", redirect: "manual" });
  if (!answer.ok) return end();
  noteUse();
  session.close();
}

if (session) {
  endsAt = Date.now() + 1000 * Number(session.dataset.leftSeconds);
  noteUse();
  setInterval(look, 1000);
  document.addEventListener("session:used", noteUse);
  document.addEventListener("session:over", end);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) noteUse();
  });
  session.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
  session.querySelector("[data-session-later]").addEventListener("click", () => {
    warnMs = LAST_MS;
    session.close();
  });
  // Escape must not hide that the session is over.
  session.addEventListener("cancel", (event) => {
    if (isOver) event.preventDefault();
    else warnMs = LAST_MS;
  });
}
