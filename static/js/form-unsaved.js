/* Shows that a form was changed, warns before leaving, saves with Ctrl+S. */

"use strict";

const watched = "form[data-unsaved-form]";
let leaving = false;

function mark(changed) {
  document.body.toggleAttribute("data-unsaved", changed);
  for (const sign of document.querySelectorAll("[data-unsaved-mark]")) sign.hidden = !changed;
}

function isUnsaved() {
  return document.body.hasAttribute("data-unsaved");
}

document.addEventListener("input", (event) => {
  if (event.target.closest(watched)) mark(true);
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-typed]")) mark(false);
  const form = event.target.closest(watched);
  if (!form) return;
  // A second click while the first is on its way would only repeat it.
  if (leaving) event.preventDefault();
  leaving = true;
});

// Back from the browser's memory: the form can be sent again.
window.addEventListener("pageshow", () => {
  leaving = false;
});

window.addEventListener("beforeunload", (event) => {
  if (isUnsaved() && !leaving) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  const form = document.querySelector(watched);
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-save]"));
});

// A refused save comes back with what was typed, as does what was kept: still not saved.
if (document.querySelector(`${watched} [aria-invalid="true"], [data-error-summary], [data-typed]`)) mark(true);
