/* Puts a value into a field as if somebody had typed or chosen it: from a button with data-take, or
   from a choice between two values (components/field_choice.html). */

"use strict";

function take(form, name, value) {
  for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (input.type === "checkbox") input.checked = value.split(" ").includes(input.value);
    else if (input.type !== "radio") input.value = value;
    else if (value === "") input.checked = false;
    else if (input.value === value) input.checked = true;
    else continue;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if (input.type === "radio" && value !== "") input.focus();
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  take(button.form, button.dataset.take, button.value);
  button.form.elements.namedItem(button.dataset.take)?.focus?.();
});

const mine = new Map();

/* Of boxes the ticked ones, with spaces between, as the field is stored. */
function held(form, name) {
  const ticked = form.querySelectorAll(`[type="checkbox"][name="${CSS.escape(name)}"]:checked`);
  if (ticked.length > 0) return [...ticked].map((box) => box.value).join(" ");
  return form.elements.namedItem(name).value;
}

function follow(radio) {
  const name = radio.name.replace("keep-", "");
  for (const each of [name, `${name}__missing`]) {
    const sent = radio.form.elements.namedItem(`theirs-${each}`);
    const input = radio.form.elements.namedItem(each);
    if (!sent || !input) continue;
    if (radio.value === "theirs") {
      if (!mine.has(each)) mine.set(each, held(radio.form, each));
      take(radio.form, each, sent.value);
    } else if (mine.has(each)) take(radio.form, each, mine.get(each));
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".field-choice input")) follow(event.target);
});

for (const radio of document.querySelectorAll(".field-choice input[value=theirs]:checked")) follow(radio);
