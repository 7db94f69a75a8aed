/* A button with data-take puts its value into the field of that name, as if somebody had chosen it. */

"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  for (const input of button.form.querySelectorAll(`[name="${button.dataset.take}"]`)) {
    if (input.type !== "radio") input.value = button.value;
    else if (input.value === button.value) input.checked = true;
    else continue;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  }
});
