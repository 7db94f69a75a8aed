/* Adds a row to a table of rows by copying its template, and keeps the count of a formset. */

"use strict";

function addRow(section) {
  const total = section.querySelector(`[name="${section.dataset.rows}-TOTAL_FORMS"]`);
  const body = section.querySelector("[data-rows-body]");
  const template = section.querySelector("template[data-row-template]");
  const index = Number(total.value);
  const copy = document.createElement("tbody");
  copy.innerHTML = template.innerHTML
    .replaceAll("__prefix__", String(index))
    .replaceAll("__number__", String(body.rows.length + 1));
  const row = copy.querySelector("tr");
  body.append(row);
  total.value = String(index + 1);
  total.dispatchEvent(new Event("input", { bubbles: true }));
  total.dispatchEvent(new Event("change", { bubbles: true }));
  row.querySelector(".field-input :is(input, select, textarea)")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-row]");
  if (button) addRow(button.closest("[data-rows]"));
});

for (const button of document.querySelectorAll("[data-add-row]")) button.hidden = false;
