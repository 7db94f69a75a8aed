/* Entry without a mouse: digits pick a choice, Enter goes on instead of sending by accident, F4 says
   why a value is missing, Ctrl+Enter completes, ? shows the keys. */

"use strict";

const entryForm = "form[data-unsaved-form]";

function pickByDigit(event) {
  const radio = event.target;
  if (radio.type !== "radio" || !/^[0-9]$/.test(event.key)) return;
  const group = [...radio.form.querySelectorAll(`input[name="${CSS.escape(radio.name)}"]`)];
  // A value that is itself the digit (ECOG 0 to 4) goes before the position.
  const choice = group.find((one) => one.value === event.key) ?? group[Number(event.key) - 1];
  if (!choice) return;
  event.preventDefault();
  choice.focus();
  choice.click();
}

function goOn(event) {
  if (event.key !== "Enter" || !event.target.matches(`${entryForm} :is(input, select)`)) return;
  event.preventDefault();
  const stops = [...event.target.form.elements].filter(
    (one) => one.matches("input:not([type=hidden]), select, textarea, button") && !one.disabled &&
      one.tabIndex >= 0 && one.offsetParent !== null,
  );
  const here = event.target;
  const isNext = (one) => one.type !== "radio" || one.name !== here.name;
  stops.slice(stops.indexOf(here) + 1).find(isNext)?.focus();
}

/* The next reason for a missing value, and after the last one the value again. */
function sayMissing(event) {
  const field = event.target.closest(`${entryForm} .field`);
  const codes = field?.querySelector(".field-missing select");
  if (event.key !== "F4" || !codes) return;
  event.preventDefault();
  const values = field.querySelectorAll(".field-input :is(input, select, textarea)");
  for (const input of values) {
    if (["radio", "checkbox"].includes(input.type)) input.checked = false;
    else input.value = "";
  }
  codes.selectedIndex = (codes.selectedIndex + 1) % codes.options.length;
  codes.dispatchEvent(new Event("input", { bubbles: true }));
  codes.dispatchEvent(new Event("change", { bubbles: true }));
  (codes.value ? codes : values[0]).focus();
}

function complete(event) {
  const form = document.querySelector(entryForm);
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !form) return;
  event.preventDefault();
  const next = form.querySelector("button[name=save]:is([value=next], [value=exit])");
  const patient = form.querySelector("button[name=save][value=patient]");
  const button = event.shiftKey && patient ? patient : next;
  if (button) form.requestSubmit(button);
}

function addRowByKey(event) {
  if (!event.altKey || event.code !== "KeyR") return;
  const section = event.target.closest("[data-rows]") ?? document.querySelector("[data-rows]");
  const button = section?.querySelector("[data-add-row]");
  if (!button) return;
  event.preventDefault();
  button.click();
}

function showKeys(event) {
  const dialog = document.getElementById("keys-dialog");
  const isText = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if (!dialog || dialog.open || !(event.key === "F1" || (event.key === "?" && !isText))) return;
  event.preventDefault();
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  complete(event);
  addRowByKey(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  pickByDigit(event);
  goOn(event);
  sayMissing(event);
  showKeys(event);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) document.getElementById("keys-dialog").showModal();
});

/* On the way from answer to answer the list of reasons is no stop while it says nothing: F4. */
function stopAtReasons() {
  for (const codes of document.querySelectorAll(`${entryForm} .field-missing select`)) {
    codes.tabIndex = codes.value ? 0 : -1;
  }
}

document.addEventListener("change", stopAtReasons);
stopAtReasons();
