/* Says beside a number, on leaving it, that it is impossible (hard) or unusual (soft). */

"use strict";

/* Number in the text, full-width digits included; NaN when it is none. */
function numberIn(text) {
  return text.trim() === "" ? NaN : Number(text.normalize("NFKC").trim().replace(",", "."));
}

function isOutside(value, low, high) {
  return (low !== undefined && value < Number(low)) || (high !== undefined && value > Number(high));
}

function checkLimits(input) {
  const field = input.closest(".field");
  const message = field?.querySelector("[data-live]");
  if (!message || !(field.dataset.messageHard || field.dataset.messageSoft)) return;
  const { min, max, softMin, softMax, messageHard, messageSoft } = field.dataset;
  const value = numberIn(input.value);
  const isHard = isOutside(value, min, max);
  const isSoft = !isHard && isOutside(value, softMin, softMax);
  message.textContent = isHard ? messageHard : isSoft ? messageSoft : "";
  message.classList.toggle("is-hard", isHard);
  message.classList.toggle("is-soft", isSoft);
  field.classList.toggle("is-warned", isSoft);
  if (isHard) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

document.addEventListener("change", (event) => {
  if (!event.target.matches(".field-input > input")) return;
  // What the server said was about the value before.
  event.target.closest(".field")?.querySelector(".errorlist")?.remove();
  checkLimits(event.target);
});

for (const input of document.querySelectorAll(".field:not(.has-errors) > .field-answer input")) {
  checkLimits(input);
}
