/* Entry without a mouse: digits pick a choice, Enter goes on instead of sending by accident. */

"use strict";

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
  if (event.key !== "Enter" || !event.target.matches("form[data-unsaved-form] :is(input, select)")) return;
  event.preventDefault();
  const answers = [...event.target.form.elements].filter(
    (one) => one.matches("input:not([type=hidden]), select, textarea, button") && !one.disabled &&
      one.tabIndex >= 0 && one.offsetParent !== null,
  );
  answers[answers.indexOf(event.target) + 1]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  pickByDigit(event);
  goOn(event);
});
