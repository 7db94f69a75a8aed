/* A reason for a missing value and the value itself exclude each other. */

"use strict";

function followMissingCode(select) {
  const field = select.closest(".field");
  const isMissing = select.value !== "";
  for (const input of field.querySelectorAll(".field-input :is(input, select, textarea)")) {
    input.disabled = isMissing;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".field-missing select")) followMissingCode(event.target);
});

for (const select of document.querySelectorAll(".field-missing select")) {
  // Both filled, as a refused save can bring back: leave both open to be corrected.
  const value = select.closest(".field").querySelector(".field-input :is(input, select, textarea)");
  const isTicked = ["radio", "checkbox"].includes(value?.type);
  if (value && (isTicked || value.value === "")) followMissingCode(select);
}
