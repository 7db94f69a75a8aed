/* Fields that are asked only after a certain answer: data-shown-when="field=value,value". */

"use strict";

function answerTo(form, name) {
  const inputs = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
  for (const input of inputs) {
    if (!["radio", "checkbox"].includes(input.type) || input.checked) return input.value;
  }
  return "";
}

function showWhatIsAsked(form) {
  for (const field of form.querySelectorAll("[data-shown-when]")) {
    const [name, values] = field.dataset.shownWhen.split("=");
    field.hidden = !values.split(",").includes(answerTo(form, name));
  }
}

document.addEventListener("change", (event) => {
  if (event.target.form) showWhatIsAsked(event.target.form);
});

for (const form of document.querySelectorAll("form")) showWhatIsAsked(form);
