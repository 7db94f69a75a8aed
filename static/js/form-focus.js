/* Puts the cursor where work goes on: the first wrong answer, else the first empty one. */

"use strict";

function isOpen(input) {
  return !input.disabled && !input.readOnly && input.offsetParent !== null;
}

function isAnswered(input, form) {
  if (input.type !== "radio") return input.value !== "";
  return form.querySelector(`input[name="${CSS.escape(input.name)}"]:checked`) !== null;
}

function firstEmpty(form) {
  const answers = form.querySelectorAll(
    ".field-input :is(input:not([type=hidden], [type=checkbox]), select, textarea)",
  );
  return [...answers].find(
    (input) =>
      isOpen(input) &&
      !isAnswered(input, form) &&
      !input.closest("[data-asked-last], .field:has(.field-missing option:checked:not([value='']))") &&
      !input.closest(".field").querySelector(".optional"),
  );
}

function focusTarget(target) {
  const input = target?.matches("input, select, textarea") ? target : target?.querySelector("input");
  (input ?? target)?.focus();
}

function focusWhereWorkGoesOn() {
  const summary = document.querySelector("[data-error-summary]");
  if (summary) {
    // The summary is announced; the cursor is where the first answer can be mended.
    const wrong = document.querySelectorAll(
      "form .field.has-errors .field-answer :is(input:not([type=hidden]), select, textarea)",
    );
    ([...wrong].find(isOpen) ?? summary).focus();
    return;
  }
  // An address that names a place on the page has already said where to go.
  if (location.hash) {
    focusTarget(document.getElementById(location.hash.slice(1)));
    return;
  }
  const form = document.querySelector("form[data-unsaved-form]");
  if (form) firstEmpty(form)?.focus();
}

// A link of the summary goes to the input itself, not only near it.
document.addEventListener("click", (event) => {
  const link = event.target.closest('[data-error-summary] a[href^="#"]');
  if (!link) return;
  const target = document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  focusTarget(target);
});

focusWhereWorkGoesOn();
