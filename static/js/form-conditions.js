/* Fields that are asked only after a certain answer: data-shown-when="field=value,value". Before an
   answer would hide fields that hold something, the person is asked. */

"use strict";

const hideDialog = document.getElementById("hide-dialog");
const answers = new WeakMap();

function isTicked(input) {
  return ["radio", "checkbox"].includes(input.type);
}

function answerTo(form, name) {
  const inputs = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
  for (const input of inputs) {
    if (!isTicked(input) || input.checked) return input.value;
  }
  return "";
}

function giveAnswer(form, name, value) {
  for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (isTicked(input)) input.checked = input.value === value;
    else input.value = value;
  }
}

function isAsked(form, field) {
  const [name, values] = field.dataset.shownWhen.split("=");
  return values.split(",").includes(answerTo(form, name));
}

function inputsOf(field) {
  return [...field.querySelectorAll(":is(.field-input, .field-missing) :is(input, select, textarea)")];
}

function holdsSomething(field) {
  return inputsOf(field).some((one) => (isTicked(one) ? one.checked : one.value !== ""));
}

function conditional(form) {
  return [...form.querySelectorAll("[data-shown-when]")];
}

function showWhatIsAsked(form) {
  for (const field of conditional(form)) field.hidden = !isAsked(form, field);
  const names = conditional(form).map((field) => field.dataset.shownWhen.split("=")[0]);
  answers.set(form, new Map(names.map((name) => [name, answerTo(form, name)])));
}

function empty(field) {
  for (const input of inputsOf(field)) {
    if (isTicked(input)) input.checked = false;
    else input.value = "";
    input.disabled = false;
  }
}

/* What the changed answer would hide although it holds something. */
function wouldHide(form) {
  return conditional(form).filter(
    (field) => !field.hidden && !isAsked(form, field) && holdsSomething(field),
  );
}

function ask(input, fields) {
  const form = input.form;
  const names = fields.map((field) => field.querySelector(".field-label").innerText.split("\n")[0]);
  hideDialog.querySelector("[data-hidden-names]").textContent = names.join(", ");
  hideDialog.addEventListener(
    "close",
    () => {
      if (hideDialog.returnValue === "remove") fields.forEach(empty);
      else giveAnswer(form, input.name, answers.get(form)?.get(input.name) ?? "");
      showWhatIsAsked(form);
      input.dispatchEvent(new Event("change", { bubbles: true }));
      const chosen = form.querySelector(`[name="${CSS.escape(input.name)}"]:checked`);
      (chosen ?? input).focus();
    },
    { once: true },
  );
  hideDialog.returnValue = "";
  hideDialog.showModal();
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form) return;
  const fields = hideDialog ? wouldHide(form) : [];
  if (fields.length > 0) ask(event.target, fields);
  else showWhatIsAsked(form);
});

for (const form of document.querySelectorAll("form")) showWhatIsAsked(form);
